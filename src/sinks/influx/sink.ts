import type { InfluxSinkSettings } from '../../config/sinks.ts';
import type { Cancel } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { seededRandom } from '../../core/random.ts';
import type { Report } from '../../core/report.ts';
import { retryDelays } from '../../core/retry.ts';
import type { Sink } from '../../core/sink.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SinkCounters, SinkDependencies } from '../dependencies.ts';
import { SinkQueue } from '../queue.ts';
import { pointsOf } from './points.ts';
import { createWriter, type InfluxWriter } from './writer.ts';

/** Writes observations, gaps, predictions and abstraction errors to InfluxDB 1.x, 2.x and what speaks like them. */
export function createInfluxSink(
  settings: InfluxSinkSettings,
  dependencies: SinkDependencies,
): Sink & { readonly counters: SinkCounters } {
  return new InfluxSink(settings, dependencies);
}

/** A queued line; an object, because two points may read the same. */
interface Line {
  readonly text: string;
}

class InfluxSink implements Sink {
  readonly name = 'influx';
  readonly #settings: InfluxSinkSettings;
  readonly #dependencies: SinkDependencies;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #queue: SinkQueue<Line>;
  readonly #lastCurve_ms = new Map<string, number>();
  #writer: InfluxWriter | undefined;
  #delays: Generator<number, never>;
  #cancel: Cancel | undefined;
  #writing: Promise<boolean> | undefined;
  #delivered = 0;
  #refused = 0;

  constructor(settings: InfluxSinkSettings, dependencies: SinkDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#log = dependencies.log.child({ sink: this.name });
    this.#board = new StatusBoard(this.#log);
    this.#queue = new SinkQueue(settings.queue_size, settings.overflow);
    this.#delays = this.#newDelays();
  }

  get status() {
    return this.#board.changes;
  }

  get counters(): SinkCounters {
    const { dropped, length: queued } = this.#queue;
    return { delivered: this.#delivered, dropped, refused: this.#refused, queued };
  }

  async start(): Promise<void> {
    if (this.#writer) return;
    this.#writer = createWriter(this.#settings);
    this.#board.set('connecting', `no point written to ${this.#settings.url} yet`);
    this.#schedule(this.#settings.flush_interval_ms);
  }

  accept(report: Report): void {
    for (const point of pointsOf(report, { curve: this.#curveIsDue(report) })) {
      const text = point.toLineProtocol();
      if (text !== undefined) this.#queue.push({ text });
    }
    this.#schedule(this.#settings.flush_interval_ms);
  }

  /** The curve is many points and changes little from scan to scan. */
  #curveIsDue(report: Report): boolean {
    if (report.kind !== 'prediction') return false;
    const { line, time_ms } = report;
    const last_ms = this.#lastCurve_ms.get(line);
    if (last_ms !== undefined && Math.abs(time_ms - last_ms) < this.#settings.curve_every_s * 1000)
      return false;
    this.#lastCurve_ms.set(line, time_ms);
    return true;
  }

  async stop(): Promise<void> {
    const writer = this.#writer;
    if (!writer) return;
    this.#cancel?.();
    this.#cancel = undefined;
    let cancelLimit: Cancel = () => {};
    const limit = new Promise<void>((resolve) => {
      cancelLimit = this.#dependencies.clock.after(this.#settings.stop_within_ms, resolve);
    });
    await Promise.race([limit, this.#drain()]);
    cancelLimit();
    this.#writer = undefined;
    writer.close();
    if (this.#queue.length > 0) this.#log.warn({ event: 'influx-undelivered', points: this.#queue.length });
    this.#board.set('stopped', 'stopped');
  }

  /** Until the queue is empty or the database fails. */
  async #drain(): Promise<void> {
    await this.#writing;
    while (this.#queue.length > 0 && (await this.#writeBatch())) {
      // Each batch is its own request.
    }
  }

  #schedule(delay_ms: number): void {
    if (!this.#writer || this.#cancel || this.#writing || this.#queue.length === 0) return;
    this.#cancel = this.#dependencies.clock.after(delay_ms, () => {
      this.#cancel = undefined;
      this.#writing = this.#writeBatch().then((going) => {
        this.#writing = undefined;
        const more = this.#queue.length >= this.#settings.batch_size;
        this.#schedule(going ? (more ? 0 : this.#settings.flush_interval_ms) : this.#delays.next().value);
        return going;
      });
    });
  }

  /** Resolves with whether the database takes writes. */
  async #writeBatch(): Promise<boolean> {
    const lines = this.#queue.peek(this.#settings.batch_size);
    if (lines.length === 0) return true;
    const going = await this.#write(lines);
    if (going) this.#delays = this.#newDelays();
    return going;
  }

  /** A batch that is refused is halved until the lines at fault stand alone: they are given up, the others not. */
  async #write(lines: readonly Line[]): Promise<boolean> {
    const writer = this.#writer;
    if (!writer) return false;
    const outcome = await writer.write(lines.map(({ text }) => text));
    switch (outcome.result) {
      case 'written':
        this.#queue.remove(lines);
        this.#delivered += lines.length;
        this.#board.set('connected', `writing to ${this.#settings.url}`);
        return true;
      case 'unreachable':
        this.#board.set('disconnected', outcome.detail);
        return false;
      case 'refused': {
        if (lines.length > 1) {
          const half = lines.length >> 1;
          return (await this.#write(lines.slice(0, half))) && (await this.#write(lines.slice(half)));
        }
        this.#queue.remove(lines);
        this.#refused++;
        this.#log.error({ event: 'influx-point-refused', line: lines[0]?.text }, outcome.detail);
        return true;
      }
    }
  }

  #newDelays(): Generator<number, never> {
    return retryDelays(this.#settings.retry, seededRandom(0).fork('influx sink'));
  }
}
