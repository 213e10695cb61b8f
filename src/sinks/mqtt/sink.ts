import type { IClientOptions, MqttClient } from 'mqtt';
import { MqttLink } from '../../config/mqtt-link.ts';
import type { MqttSinkSettings } from '../../config/sinks.ts';
import type { Figure } from '../../core/figure.ts';
import type { Logger } from '../../core/logger.ts';
import { seededRandom } from '../../core/random.ts';
import type { Report } from '../../core/report.ts';
import type { ReportId } from '../../core/report-id.ts';
import type { Sink } from '../../core/sink.ts';
import type { Spool } from '../../core/spool.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SinkCounters, SinkDependencies } from '../dependencies.ts';
import { SinkQueue } from '../queue.ts';
import { EventLane } from './event-lane.ts';
import { LatestLane } from './latest-lane.ts';
import type { Payload } from './schemas.ts';
import { type LineState, publicationsOf } from './topics.ts';

export interface MqttSinkDependencies extends SinkDependencies {
  /** Of this sink alone; where there are several MQTT sinks each has its own. */
  readonly name?: string;
  readonly spool: Spool;
}

/**
 * Publishes JSON (see README.md beside this file), each message until the broker has confirmed it: events in order
 * from the disk, states from memory, where only the latest matters.
 */
export function createMqttSink(
  settings: MqttSinkSettings,
  dependencies: MqttSinkDependencies,
): Sink & { readonly counters: SinkCounters } {
  return new MqttSink(settings, dependencies);
}

class MqttSink implements Sink {
  readonly name: string;
  readonly #settings: MqttSinkSettings;
  readonly #dependencies: MqttSinkDependencies;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #link: MqttLink;
  readonly #events: EventLane;
  readonly #latest: LatestLane;
  readonly #states = new Map<string, LineState>();
  #stopped = true;

  constructor(settings: MqttSinkSettings, dependencies: MqttSinkDependencies) {
    const { clock, name = 'mqtt', spool } = dependencies;
    this.name = name;
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#log = dependencies.log.child({ sink: name });
    this.#board = new StatusBoard(this.#log);
    const rate = { inFlight: settings.in_flight, perSecond: settings.catch_up_per_s };
    this.#events = new EventLane(spool, rate, { clock, log: this.#log });
    this.#latest = new LatestLane(new SinkQueue(settings.queue_size, settings.overflow));
    this.#link = new MqttLink({
      connection: settings,
      clientId: 'gapwise-sink',
      clock,
      log: this.#log,
      board: this.#board,
      random: seededRandom(0).fork(`mqtt sink ${settings.client_id ?? name}`),
      options: () => ({ clean: true, will: this.#will() }),
      onConnect: (client) => {
        this.#board.set('connected', `publishing below ${settings.topic_prefix}/`);
        client.publish(this.#statusTopic, statusText('online'), { qos: 1, retain: true });
        this.#send();
      },
      onClose: () => {
        this.#events.pause();
        this.#latest.pause();
      },
    });
  }

  get status() {
    return this.#board.changes;
  }

  get counters(): SinkCounters {
    const latest = this.#latest.counters;
    return {
      ...latest,
      delivered: latest.delivered + this.#events.delivered,
      queued: latest.queued + this.#events.waiting,
    };
  }

  /** @throws ConfigError for TLS files or a URL that can't work. */
  async start(): Promise<void> {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#link.open();
  }

  accept(report: Report, id?: ReportId): void {
    const line = report.kind === 'run' ? report.run.line : report.line;
    if (line === undefined) return;
    const before = this.#states.get(line);
    const { publications, state } = publicationsOf(this.#settings.topic_prefix, report, id, before);
    if (state) this.#states.set(line, state);
    for (const publication of publications) {
      if (publication.matters === 'each') this.#events.push(publication, id && { line, id });
      else this.#latest.push(publication);
    }
    this.#send();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await new Promise<void>((resolve) => {
      const cancel = this.#dependencies.clock.after(this.#settings.stop_within_ms, resolve);
      void Promise.all([this.#events.drained(), this.#latest.drained()]).then(() => {
        cancel();
        resolve();
      });
    });
    this.#events.pause();
    this.#latest.pause();
    await this.#link.close((client) =>
      client.publishAsync(this.#statusTopic, statusText('offline'), { qos: 1, retain: true }),
    );
    const { queued } = this.#latest.counters;
    if (queued > 0) this.#log.warn({ event: 'mqtt-sink-undelivered', messages: queued });
    this.#board.set('stopped', 'stopped');
  }

  *figures(): Iterable<Figure> {
    const labels = { sink: this.name };
    const { delivered, dropped, refused, queued } = this.counters;
    const counter = (name: string, help: string, value: number): Figure => ({
      name: `gapwise_mqtt_${name}`,
      help,
      type: name.endsWith('_total') ? 'counter' : 'gauge',
      labels,
      value,
    });
    yield counter('delivered_total', 'Messages that the broker has confirmed.', delivered);
    yield counter('dropped_total', 'Messages given up because the queue in memory was full.', dropped);
    yield counter('refused_total', 'Messages that the broker refused for good.', refused);
    yield counter('waiting_messages', 'Messages that wait for the broker.', queued);
  }

  #send(): void {
    const client: MqttClient | undefined = this.#link.client;
    if (client === undefined) return;
    this.#events.send(client);
    this.#latest.send(client);
  }

  #will(): NonNullable<IClientOptions['will']> {
    return { topic: this.#statusTopic, payload: Buffer.from(statusText('offline')), qos: 1, retain: true };
  }

  get #statusTopic(): string {
    return `${this.#settings.topic_prefix}/status`;
  }
}

const statusText = (state: Payload<'status'>['state']): string =>
  JSON.stringify({ state } satisfies Payload<'status'>);
