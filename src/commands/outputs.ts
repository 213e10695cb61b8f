import type { Observable } from 'rxjs';
import { Supervisor } from '../agent/supervisor.ts';
import type { SinkSettings } from '../config/sinks.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Sink } from '../core/sink.ts';
import type { AdapterStatus } from '../core/source.ts';
import type { Spool } from '../core/spool.ts';

/** A sink of the configuration with what is known of it besides. */
export interface Output {
  readonly sink: Sink;
  readonly settings: SinkSettings;
  readonly spooled?: Spooled;
}

export interface Spooled {
  readonly spool: Spool;
  readonly room_bytes: number;
}

export interface OutputsParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Those who tell the state of sinks and of their spools. */
  readonly teller: {
    watch(adapter: string, status: Observable<AdapterStatus>): void;
    noteSpool(sink: string, share: number): void;
  };
  /** Makes the sink at this place of the configuration. */
  readonly make: (settings: SinkSettings, index: number) => Promise<Output>;
}

const SPOOL_LOOK_MS = 10_000;

/** The sinks of the configuration: started each by its policy, watched, and replaced while the agent runs. */
export class Outputs implements Metered {
  readonly #parts: OutputsParts;
  readonly #supervisor: Supervisor;
  #outputs: Output[] = [];
  #cancelLook: Cancel = () => {};

  constructor(parts: OutputsParts) {
    this.#parts = parts;
    this.#supervisor = new Supervisor(parts.clock, parts.log);
  }

  get sinks(): readonly Sink[] {
    return this.#outputs.map(({ sink }) => sink);
  }

  async make(settings: readonly SinkSettings[]): Promise<void> {
    this.#outputs = await Promise.all(settings.map((one, index) => this.#parts.make(one, index)));
  }

  /** @throws AdapterStopsAgent where a sink can't start without which the agent is not to run. */
  async start(): Promise<void> {
    for (const output of this.#outputs) await this.#start(output);
    this.#look();
  }

  /**
   * Puts other sinks in the place of those whose settings differ. A new one takes reports from the moment at which the
   * old one no longer does; what the old one had spooled is the new one's.
   */
  async replace(settings: readonly SinkSettings[]): Promise<void> {
    const before = this.#outputs;
    const after: Output[] = [];
    for (const [index, wanted] of settings.entries()) {
      const known = before[index];
      const same = known && JSON.stringify(known.settings) === JSON.stringify(wanted);
      after.push(same ? known : await this.#parts.make(wanted, index));
    }
    this.#outputs = after;
    await Promise.all(before.filter((output) => !after.includes(output)).map((output) => this.#stop(output)));
    for (const output of after) if (!before.includes(output)) await this.#start(output);
  }

  async stop(): Promise<void> {
    this.#cancelLook();
    await this.#supervisor.stop();
    await Promise.all(this.#outputs.map((output) => this.#stop(output)));
  }

  *figures(): Iterable<Figure> {
    for (const { sink } of this.#outputs) yield* sink.figures?.() ?? [];
  }

  troubles(): readonly string[] {
    return [...this.#supervisor.failures].map(([name, why]) => `${name} could not start: ${why}`);
  }

  async #start({ sink, settings }: Output): Promise<void> {
    this.#parts.teller.watch(sink.name, sink.status);
    await this.#supervisor.start(sink, settings.on_failure);
  }

  async #stop({ sink }: Output): Promise<void> {
    try {
      await sink.stop();
    } catch (error) {
      this.#parts.log.error({ event: 'sink-not-stopped', sink: sink.name }, messageOf(error));
    }
  }

  #look(): void {
    for (const { sink, spooled } of this.#outputs) {
      if (spooled) this.#parts.teller.noteSpool(sink.name, spooled.spool.bytes / spooled.room_bytes);
    }
    this.#cancelLook = this.#parts.clock.after(SPOOL_LOOK_MS, () => this.#look());
  }
}
