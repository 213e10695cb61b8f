import type { OpcUaSinkSettings } from '../../config/opcua-output.ts';
import type { Cancel, Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Figure } from '../../core/figure.ts';
import type { Logger } from '../../core/logger.ts';
import { loadOpcUa } from '../../core/opcua-library.ts';
import { seededRandom } from '../../core/random.ts';
import type { Report } from '../../core/report.ts';
import { retryDelays } from '../../core/retry.ts';
import type { Sink } from '../../core/sink.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SinkDependencies } from '../dependencies.ts';
import type { LineKnowledge, OutputLine } from '../line-ports.ts';
import { type Change, LineView } from '../line-view.ts';
import { type OpenServer, openServer } from './server.ts';

export interface OpcUaSinkDependencies extends SinkDependencies {
  readonly name?: string;
  readonly lines: readonly OutputLine[];
  readonly knowledge: LineKnowledge;
  /** Folder for certificates, the sink's own. */
  readonly stateFolder: string;
}

/**
 * The agent's own OPC UA server, for reading alone (see README.md beside this file). What it shows is kept apart from
 * the server, so that one whose port is taken for a while shows everything once it opens.
 */
export function createOpcUaSink(settings: OpcUaSinkSettings, dependencies: OpcUaSinkDependencies): Sink {
  return new OpcUaSink(settings, dependencies);
}

/** How often ages are told (ms). */
const TICK_MS = 1_000;

class OpcUaSink implements Sink {
  readonly name: string;
  readonly #settings: OpcUaSinkSettings;
  readonly #dependencies: OpcUaSinkDependencies;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #lines: ReadonlyMap<string, LineView>;
  #server: OpenServer | undefined;
  #opening: Promise<void> = Promise.resolve();
  #written = 0;
  #stopped = true;
  #cancelRetry: Cancel = () => {};
  #cancelTick: Cancel = () => {};

  constructor(settings: OpcUaSinkSettings, dependencies: OpcUaSinkDependencies) {
    this.name = dependencies.name ?? 'opcua';
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock;
    this.#log = dependencies.log.child({ sink: this.name });
    this.#board = new StatusBoard(this.#log);
    const { knowledge, lines } = dependencies;
    this.#lines = new Map(
      lines.map((line) => [line.name, new LineView(line, knowledge, settings, this.#log)]),
    );
  }

  get status() {
    return this.#board.changes;
  }

  /** A port that is taken, or a folder that can't be written, is tried again: a line never waits for a sink. */
  async start(): Promise<void> {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#opening = this.#open(
      retryDelays(this.#settings.retry, seededRandom(0).fork(`opcua sink ${this.#settings.port}`)),
    );
    await this.#opening;
    this.#tick();
  }

  accept(report: Report): void {
    const name = report.kind === 'run' ? report.run.line : report.line;
    const view = name === undefined ? undefined : this.#lines.get(name);
    if (name !== undefined && view) this.#write(name, view.take(report, this.#clock.now_ms()));
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRetry();
    this.#cancelTick();
    await this.#opening;
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
    this.#board.set('stopped', 'stopped');
  }

  *figures(): Iterable<Figure> {
    yield {
      name: 'gapwise_opcua_sessions',
      help: 'Clients logged in at the OPC UA server.',
      type: 'gauge',
      value: this.#server?.sessions() ?? 0,
    };
    yield {
      name: 'gapwise_opcua_values_written_total',
      help: 'Values given to nodes of the OPC UA server.',
      type: 'counter',
      value: this.#written,
    };
  }

  async #open(delays: Generator<number, never>): Promise<void> {
    const { lines, stateFolder, log } = this.#dependencies;
    this.#board.set('connecting', `opening port ${this.#settings.port}`);
    try {
      const library = await loadOpcUa(log);
      const server = await openServer(library, this.#settings, lines, stateFolder);
      this.#server = server;
      for (const [name, view] of this.#lines) this.#write(name, view.all());
      this.#board.set('connected', `serving at ${server.endpoint}`);
    } catch (error) {
      const delay_ms = Math.round(delays.next().value);
      this.#board.set('disconnected', messageOf(error));
      if (this.#stopped) return;
      this.#cancelRetry = this.#clock.after(delay_ms, () => {
        this.#opening = this.#open(delays);
      });
    }
  }

  #write(line: string, changes: readonly Change[]): void {
    if (!this.#server) return;
    for (const change of changes) this.#server.write(line, change);
    this.#written += changes.length;
  }

  #tick(): void {
    for (const [name, view] of this.#lines) this.#write(name, view.tick(this.#clock.now_ms()));
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
  }
}
