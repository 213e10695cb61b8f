import { hostname } from 'node:os';
import type { InfluxSinkSettings } from '../../config/sinks.ts';
import type { Cancel } from '../../core/clock.ts';
import type { Figure, Metered } from '../../core/figure.ts';
import type { Report } from '../../core/report.ts';
import type { ReportId } from '../../core/report-id.ts';
import type { Sink } from '../../core/sink.ts';
import type { Spool } from '../../core/spool.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SinkDependencies } from '../dependencies.ts';
import { Delivery } from './delivery.ts';
import { instantOf, ordinalOf } from './instant.ts';
import { lineOf, type PointParts } from './point.ts';
import { agentPoints } from './points/agent.ts';
import { pointsOf } from './points.ts';
import { processFigures } from './process-figures.ts';

export interface InfluxSinkDependencies extends SinkDependencies {
  /** Of this sink alone. */
  readonly spool: Spool;
  /** Tells several databases apart. */
  readonly name?: string;
  /** What the agent tells of itself, written beside the sink's own. */
  readonly figures?: () => Iterable<Figure>;
}

/** Writes everything that the agent tells to InfluxDB 1.x, 2.x, 3.x and what speaks like them; see README.md here. */
export const createInfluxSink = (
  settings: InfluxSinkSettings,
  dependencies: InfluxSinkDependencies,
): Sink & Metered => new InfluxSink(settings, dependencies);

class InfluxSink implements Sink {
  readonly name: string;
  readonly #settings: InfluxSinkSettings;
  readonly #dependencies: InfluxSinkDependencies;
  readonly #board: StatusBoard;
  readonly #delivery: Delivery;
  readonly #leftOut: ReadonlySet<string>;
  readonly #host: string;
  #cancelHealth: Cancel = () => {};
  /** Counts what has no id. */
  #unnamed = 0;

  constructor(settings: InfluxSinkSettings, dependencies: InfluxSinkDependencies) {
    this.name = dependencies.name ?? 'influx';
    this.#settings = settings;
    this.#dependencies = dependencies;
    const log = dependencies.log.child({ sink: this.name });
    this.#board = new StatusBoard(log);
    this.#delivery = new Delivery(settings, { ...dependencies, log, board: this.#board });
    this.#leftOut = new Set(settings.leave_out);
    this.#host = settings.host ?? hostname();
  }

  get status() {
    return this.#board.changes;
  }

  /** @throws ConfigError for a TLS file that can't be read. */
  async start(): Promise<void> {
    this.#delivery.start();
    this.#tellHealth();
  }

  accept(report: Report, id?: ReportId): void {
    // How things stood at a start repeats what was written when it became so.
    if (id === undefined && (report.kind === 'prediction' || report.kind === 'abstraction')) return;
    const points = pointsOf(report, id ? ordinalOf(id) : this.#unnamed++, this.#settings);
    const line = report.kind === 'run' ? report.run.line : report.line;
    this.#push(points, id && line !== undefined ? { line, id } : undefined);
  }

  async stop(): Promise<void> {
    this.#cancelHealth();
    await this.#delivery.stop();
  }

  *figures(): Iterable<Figure> {
    const labels = { sink: this.name };
    const points = (outcome: string, value: number): Figure => ({
      name: 'gapwise_sink_points_total',
      help: 'Points by what became of them.',
      type: 'counter',
      labels: { ...labels, outcome },
      value,
    });
    yield points('delivered', this.#delivery.delivered);
    yield points('refused', this.#delivery.refused);
    yield {
      name: 'gapwise_sink_failures_total',
      help: 'Attempts that reached nobody or were turned away.',
      type: 'counter',
      labels,
      value: this.#delivery.failures,
    };
    yield* this.#dependencies.spool.figures();
  }

  #push(points: readonly PointParts[], of?: { readonly line: string; readonly id: ReportId }): void {
    const lines: string[] = [];
    for (const point of points) {
      const line = this.#leftOut.has(point.measurement) ? undefined : lineOf(point);
      if (line !== undefined) lines.push(line);
    }
    if (lines.length === 0) return;
    this.#dependencies.spool.push(Buffer.from(lines.join('\n')), of);
    this.#delivery.wake();
  }

  /** On the clock of the wall: the agent's health goes on while a line stands still. */
  #tellHealth(): void {
    const { health_every_s } = this.#settings;
    if (health_every_s === 0) return;
    const { clock, figures } = this.#dependencies;
    const told = [...processFigures(), ...this.figures(), ...(figures?.() ?? [])];
    this.#push(agentPoints(this.#host, told, instantOf(clock.now_ms(), 0)));
    this.#cancelHealth = clock.after(health_every_s * 1000, () => this.#tellHealth());
  }
}
