import type { MqttClient } from 'mqtt';
import type { Cancel, Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { ReportId } from '../../core/report-id.ts';
import type { Spool, SpoolEntry } from '../../core/spool.ts';
import { Lane } from './lane.ts';
import { type Message, type Outcome, publishAll } from './publish.ts';
import type { Publication } from './topics.ts';

export interface EventLaneSettings {
  /** Messages on their way at a time. */
  readonly inFlight: number;
  /** Most messages a second, so that a backlog of days does not drown the broker. */
  readonly perSecond: number;
}

/** Enough for many small messages and for one large (bytes). */
const WINDOW_BYTES = 1_000_000;
/** Beyond these a message on its own that ends each connection is given up. */
const MOST_LOSSES = 5;

/**
 * Messages that must all arrive, in order. They wait in the spool and leave it when the broker has confirmed them;
 * what was on its way when a connection was lost goes again, under the same id.
 */
export class EventLane extends Lane {
  readonly #spool: Spool;
  readonly #settings: EventLaneSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  #delivered = 0;
  /** Connections lost in a row with a message on its way. */
  #losses = 0;
  #cancelPause: Cancel = () => {};

  constructor(spool: Spool, settings: EventLaneSettings, around: { clock: Clock; log: Logger }) {
    super();
    this.#spool = spool;
    this.#settings = settings;
    this.#clock = around.clock;
    this.#log = around.log;
  }

  get delivered(): number {
    return this.#delivered;
  }

  get waiting(): number {
    return this.#spool.entries;
  }

  push({ topic, payload, retain }: Publication, of?: { readonly line: string; readonly id: ReportId }): void {
    this.#spool.push(Buffer.from(JSON.stringify([topic, retain, payload])), of);
  }

  override pause(): void {
    super.pause();
    this.#cancelPause();
  }

  protected async work(client: MqttClient): Promise<void> {
    try {
      for (;;) {
        const entries = this.#window();
        if (entries.length === 0) return;
        const begun_ms = this.#clock.now_ms();
        const outcomes = await this.#publish(client, entries);
        await this.#settle(entries, outcomes);
        if (outcomes.includes('lost')) {
          // Without a confirmation the broker may or may not have it: only a new connection makes that clear.
          client.stream.destroy();
          return;
        }
        const due_ms = begun_ms + (1_000 * entries.length) / this.#settings.perSecond;
        if (this.#spool.entries > 0) await this.#pauseUntil(due_ms);
        if (!this.through(client)) return;
      }
    } catch (error) {
      this.#log.error({ event: 'mqtt-spool-failed' }, messageOf(error));
      client.stream.destroy();
    }
  }

  /** After a loss one at a time, until it is clear that it was not this one message that the broker can't bear. */
  #window(): readonly SpoolEntry[] {
    const entries = this.#losses > 0 ? 1 : this.#settings.inFlight;
    return this.#spool.peek({ entries, bytes: WINDOW_BYTES });
  }

  async #publish(client: MqttClient, entries: readonly SpoolEntry[]): Promise<Outcome[]> {
    const read = entries.map(({ payload }) => decode(payload));
    const messages = read.filter((one) => one !== undefined);
    const outcomes = (await publishAll(client, messages))[Symbol.iterator]();
    return read.map((one) =>
      one === undefined ? { refused: 'not an entry of an MQTT spool' } : (outcomes.next().value ?? 'lost'),
    );
  }

  async #settle(entries: readonly SpoolEntry[], outcomes: readonly Outcome[]): Promise<void> {
    const confirmed = entries.filter((_, i) => outcomes[i] === 'confirmed');
    this.#delivered += confirmed.length;
    if (confirmed.length > 0) await this.#spool.remove(confirmed);
    for (const [i, outcome] of outcomes.entries()) {
      const entry = entries[i];
      if (entry && typeof outcome === 'object') await this.#spool.reject([entry], outcome.refused);
    }
    const [first] = entries;
    if (!outcomes.includes('lost')) this.#losses = 0;
    else if (first && outcomes.length === 1 && ++this.#losses > MOST_LOSSES) {
      // MQTT 3.1.1 brokers answer a message that they can't take by closing the connection.
      await this.#spool.reject([first], `the connection broke ${MOST_LOSSES} times in a row at this message`);
      this.#losses = 0;
    } else this.#losses = Math.max(1, this.#losses);
  }

  #pauseUntil(due_ms: number): Promise<void> {
    const delay_ms = due_ms - this.#clock.now_ms();
    if (delay_ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delay_ms, resolve);
      this.#cancelPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Undefined for what no sink of this version has written. */
function decode(bytes: Uint8Array): Message | undefined {
  try {
    const [topic, retain, payload] = JSON.parse(Buffer.from(bytes).toString()) as unknown[];
    return typeof topic === 'string' && typeof retain === 'boolean' && typeof payload === 'string'
      ? { topic, retain, payload }
      : undefined;
  } catch {
    return undefined;
  }
}
