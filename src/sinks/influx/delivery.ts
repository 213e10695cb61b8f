import { withoutCredentials } from '../../config/mqtt-options.ts';
import type { InfluxSinkSettings } from '../../config/sinks.ts';
import type { Cancel, Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { seededRandom } from '../../core/random.ts';
import { retryDelays } from '../../core/retry.ts';
import type { Spool, SpoolEntry } from '../../core/spool.ts';
import type { StatusBoard } from '../../core/status-board.ts';
import { createDatabase } from './database.ts';
import { createWriter, type InfluxWriter } from './writer.ts';

export interface DeliveryParts {
  readonly spool: Spool;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Most bytes of line protocol in one request; they go out compressed. */
const BATCH_BYTES = 2_000_000;

/** `going`: the database takes writes; `away`: try again later; `stopped`: nobody waits for the answer any more. */
type Progress = 'going' | 'away' | 'stopped';

/**
 * Empties the spool into the database: strictly in order, batch by batch, an entry leaving the disk once the database
 * has confirmed it. A batch whose answer was lost is sent again, which changes nothing, because a point is named by
 * its series and time.
 */
export class Delivery {
  readonly #settings: InfluxSinkSettings;
  readonly #parts: DeliveryParts;
  #writer: InfluxWriter | undefined;
  #delays: Generator<number, never>;
  #cancel: Cancel | undefined;
  #stopping = false;
  #turn: Promise<void> | undefined;
  /** What the spool is being told about entries that have left. */
  #settling: Promise<void> = Promise.resolve();
  delivered = 0;
  refused = 0;
  failures = 0;

  constructor(settings: InfluxSinkSettings, parts: DeliveryParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#delays = this.#newDelays();
  }

  /** @throws ConfigError for a TLS file that can't be read. */
  start(): void {
    if (this.#writer) return;
    this.#writer = createWriter(this.#settings);
    this.#stopping = false;
    this.#parts.board.set('connecting', `no point written to ${this.#address} yet`);
    this.wake();
  }

  /** Something waits in the spool. */
  wake(): void {
    this.#after(this.#settings.flush_interval_ms);
  }

  /** Delivers what it can within the time for stopping; the rest stays in the spool. */
  async stop(): Promise<void> {
    const writer = this.#writer;
    if (!writer || this.#stopping) return;
    this.#stopping = true;
    this.#cancel?.();
    this.#cancel = undefined;
    let cancelLimit: Cancel = () => {};
    const limit = new Promise<void>((resolve) => {
      cancelLimit = this.#parts.clock.after(this.#settings.stop_within_ms, resolve);
    });
    await Promise.race([limit, this.#drain()]);
    cancelLimit();
    this.#writer = undefined;
    writer.close();
    await this.#settling;
    this.#parts.board.set('stopped', `${this.#parts.spool.entries} reports wait in the spool`);
  }

  async #drain(): Promise<void> {
    await this.#turn;
    while (
      this.#writer &&
      this.#parts.spool.entries > 0 &&
      (await this.#deliver(this.#batch().entries)) === 'going'
    ) {
      // Each batch is its own request.
    }
  }

  #after(delay_ms: number): void {
    if (!this.#writer || this.#stopping || this.#cancel || this.#turn || this.#parts.spool.entries === 0)
      return;
    this.#cancel = this.#parts.clock.after(delay_ms, () => {
      this.#cancel = undefined;
      this.#turn = this.#takeTurn().then((delay_ms) => {
        this.#turn = undefined;
        this.#after(delay_ms);
      });
    });
  }

  /** One batch; resolves with the delay before the next (ms). */
  async #takeTurn(): Promise<number> {
    const { clock } = this.#parts;
    const began_ms = clock.now_ms();
    const { entries, points, full } = this.#batch();
    if (entries.length === 0) return 0;
    if ((await this.#deliver(entries)) !== 'going') return this.#delays.next().value;
    this.#delays = this.#newDelays();
    if (!full) return this.#settings.flush_interval_ms;
    // A backlog: no faster than agreed, so that a database that comes back isn't flooded by all its clients.
    const due_ms = (1000 * points) / this.#settings.catch_up_points_per_s;
    return Math.max(0, due_ms - (clock.now_ms() - began_ms));
  }

  /** The oldest entries, up to the size of a batch; at least one where there is any. */
  #batch(): { entries: readonly SpoolEntry[]; points: number; full: boolean } {
    const { batch_points } = this.#settings;
    const oldest = this.#parts.spool.peek({ entries: batch_points, bytes: BATCH_BYTES });
    let points = 0;
    let count = 0;
    for (const entry of oldest) {
      const more = pointsIn(entry);
      if (count > 0 && points + more > batch_points) break;
      points += more;
      count++;
    }
    return { entries: oldest.slice(0, count), points, full: count < this.#parts.spool.entries };
  }

  /** A batch that is refused is halved until the reports at fault stand alone: they are given up, the others not. */
  async #deliver(entries: readonly SpoolEntry[]): Promise<Progress> {
    const writer = this.#writer;
    if (!writer) return 'stopped';
    if (entries.length === 0) return 'going';
    const text = Buffer.concat(
      entries.flatMap(({ payload }, i) => (i > 0 ? [LINE_END, payload] : [payload])),
    );
    const outcome = await writer.write(text.toString());
    if (this.#writer !== writer) return 'stopped';
    const { board, spool } = this.#parts;
    switch (outcome.result) {
      case 'written':
        for (const entry of entries) this.delivered += pointsIn(entry);
        board.set('connected', `writing to ${this.#address}`);
        await this.#settle(spool.remove(entries));
        return 'going';
      case 'refused': {
        if (entries.length > 1) {
          const half = entries.length >> 1;
          const first = await this.#deliver(entries.slice(0, half));
          return first === 'going' ? this.#deliver(entries.slice(half)) : first;
        }
        for (const entry of entries) this.refused += pointsIn(entry);
        await this.#settle(spool.reject(entries, outcome.detail));
        return 'going';
      }
      case 'missing': {
        const why = await createDatabase(this.#settings);
        if (why === undefined) {
          this.#parts.log.info(
            { event: 'influx-database-created' },
            `created the database at ${this.#address}`,
          );
          return this.#deliver(entries);
        }
        return this.#failed(`${outcome.detail}: ${why}`);
      }
      case 'unreachable':
        return this.#failed(outcome.detail);
    }
  }

  #failed(why: string): Progress {
    this.failures++;
    this.#parts.board.set('disconnected', why);
    return 'away';
  }

  #settle(done: Promise<void>): Promise<void> {
    this.#settling = done;
    return done;
  }

  get #address(): string {
    return withoutCredentials(this.#settings.url);
  }

  #newDelays(): Generator<number, never> {
    return retryDelays(this.#settings.retry, seededRandom(0).fork('influx sink'));
  }
}

const LINE_END = Buffer.from('\n');

function pointsIn({ payload }: SpoolEntry): number {
  let points = 1;
  for (const byte of payload) if (byte === 10) points++;
  return points;
}
