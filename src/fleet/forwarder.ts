import type { FleetSettings } from '../config/fleet.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { LineMessage } from '../core/messages.ts';
import { seededRandom } from '../core/random.ts';
import { retryDelays } from '../core/retry.ts';
import type { Spool } from '../core/spool.ts';
import { encodeMessage } from '../store/message-codec.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { packEnvelope, unpackEnvelope } from './envelope.ts';
import { LineChannel, type Waiting } from './line-channel.ts';
import { subjectOf } from './partitions.ts';

export interface ForwarderParts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Below the largest message that a NATS server takes by default (1 MiB), also where it is all of one line. */
const batch = { entries: 500, bytes: 700_000 };
const retry = { initial_ms: 200, max_ms: 10_000, factor: 2, jitter: 0.5 };

/**
 * Sends what the lines of an edge take in to the cluster, in order and once, through a spool on the disk: a cluster that
 * is away costs nothing but room. A message leaves the spool when the stream has it.
 */
export class Forwarder implements Metered {
  readonly #settings: FleetSettings;
  readonly #parts: ForwarderParts;
  readonly #channels = new Map<string, LineChannel>();
  #cluster: Cluster | undefined;
  #cancel: Cancel | undefined;
  #sending: Promise<void> | undefined;
  #running = false;
  #sent = 0;
  #delays = retryDelays(retry, seededRandom(0));

  constructor(settings: FleetSettings, parts: ForwarderParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  start(): void {
    this.#running = true;
    this.#schedule(0);
  }

  /** Takes the message at once; the journal's position names it. One taken before is left out. */
  accept(line: string, position: number, message: LineMessage): void {
    const entries = [{ position, bytes: encodeMessage(message) }];
    this.#parts.spool.push(packEnvelope({ line, entries }), { line, id: { position, index: 0 } });
    this.#schedule(0);
  }

  /** What is not sent stays in the spool. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#sending;
    await this.#cluster?.close();
    this.#cluster = undefined;
  }

  *figures(): Iterable<Figure> {
    yield {
      name: 'gapwise_fleet_sent_total',
      help: 'Messages that the cluster has taken.',
      type: 'counter',
      value: this.#sent,
    };
    yield* this.#parts.spool.figures();
  }

  #schedule(delay_ms: number): void {
    if (!this.#running || this.#cancel || this.#sending) return;
    this.#cancel = this.#parts.clock.after(delay_ms, () => {
      this.#cancel = undefined;
      this.#sending = this.#drain().then((pause_ms) => {
        this.#sending = undefined;
        if (pause_ms !== undefined) this.#schedule(pause_ms);
      });
    });
  }

  /** Resolves with when to go on; undefined while there is nothing to do. */
  async #drain(): Promise<number | undefined> {
    const { spool, log } = this.#parts;
    try {
      this.#cluster ??= await openCluster(this.#settings, 'gapwise edge');
      while (this.#running && spool.entries > 0) await this.#send(this.#cluster);
      return undefined;
    } catch (error) {
      log.warn({ event: 'fleet-unreachable', waiting: spool.entries }, messageOf(error));
      return this.#delays.next().value;
    }
  }

  /** The lines side by side, each in its own order. What the stream took leaves, whatever befell the others. */
  async #send(cluster: Cluster): Promise<void> {
    const byLine = new Map<string, Waiting[]>();
    for (const spooled of this.#parts.spool.peek(batch)) {
      const { line, entries } = unpackEnvelope(spooled.payload);
      const waiting = byLine.get(line) ?? [];
      for (const entry of entries) waiting.push({ spooled, entry });
      byLine.set(line, waiting);
    }
    const outcomes = await Promise.allSettled(
      [...byLine].map(async ([line, waiting]) => {
        await this.#channel(line).send(cluster, waiting);
        this.#sent += waiting.length;
        await this.#parts.spool.remove(waiting.map(({ spooled }) => spooled));
      }),
    );
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    this.#delays = retryDelays(retry, seededRandom(this.#sent));
  }

  #channel(line: string): LineChannel {
    const known = this.#channels.get(line);
    if (known) return known;
    const channel = new LineChannel(line, subjectOf(line, this.#settings), this.#settings.stream);
    this.#channels.set(line, channel);
    return channel;
  }
}
