import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { mqttClientOptions, withoutCredentials } from '../../config/mqtt-options.ts';
import type { MqttSinkSettings } from '../../config/sinks.ts';
import type { Cancel } from '../../core/clock.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { seededRandom } from '../../core/random.ts';
import type { Report } from '../../core/report.ts';
import { retryDelays } from '../../core/retry.ts';
import type { Sink } from '../../core/sink.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SinkCounters, SinkDependencies } from '../dependencies.ts';
import { SinkQueue } from '../queue.ts';
import { type LineState, type Publication, publicationsOf } from './topics.ts';

/** Publishes what plants ask for (see README.md beside this file), each message until the broker has confirmed it. */
export function createMqttSink(
  settings: MqttSinkSettings,
  dependencies: SinkDependencies,
): Sink & { readonly counters: SinkCounters } {
  return new MqttSink(settings, dependencies);
}

class MqttSink implements Sink {
  readonly name = 'mqtt';
  readonly #settings: MqttSinkSettings;
  readonly #dependencies: SinkDependencies;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #queue: SinkQueue<Publication>;
  readonly #states = new Map<string, LineState>();
  #delays: Generator<number, never>;
  #client: MqttClient | undefined;
  /** A message is on its way to the broker. */
  #sending = false;
  #delivered = 0;
  #cancelRetry: Cancel = () => {};
  #drained: () => void = () => {};
  #stopped = true;

  constructor(settings: MqttSinkSettings, dependencies: SinkDependencies) {
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
    return { delivered: this.#delivered, dropped, refused: 0, queued };
  }

  /** @throws ConfigError for TLS files or a URL that can't work. */
  async start(): Promise<void> {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#connect();
  }

  accept(report: Report): void {
    const line = lineOf(report);
    if (line === undefined) return;
    const { publications, state } = publicationsOf(
      this.#settings.topic_prefix,
      report,
      this.#states.get(line),
    );
    if (state) this.#states.set(line, state);
    for (const publication of publications) {
      this.#queue.push(publication, publication.retain ? publication.topic : undefined);
    }
    this.#send();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRetry();
    const { clock } = this.#dependencies;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(this.#settings.stop_within_ms, resolve);
      this.#drained = () => {
        cancel();
        resolve();
      };
      if (this.#client?.connected !== true || this.#queue.length === 0) this.#drained();
    });
    const client = this.#client;
    this.#client = undefined;
    if (client) await this.#leave(client);
    if (this.#queue.length > 0)
      this.#log.warn({ event: 'mqtt-sink-undelivered', messages: this.#queue.length });
    this.#board.set('stopped', 'stopped');
  }

  /** Says goodbye itself: the broker publishes the last will only for those who vanish. */
  #leave(client: MqttClient): Promise<void> {
    return new Promise((resolve) => {
      const force = () => client.end(true, {}, () => resolve());
      if (!client.connected) {
        force();
        return;
      }
      const cancel = this.#dependencies.clock.after(2_000, force);
      client.publish(this.#statusTopic, offline, { qos: 1, retain: true }, () =>
        client.end(false, {}, () => {
          cancel();
          resolve();
        }),
      );
    });
  }

  get #statusTopic(): string {
    return `${this.#settings.topic_prefix}/status`;
  }

  #connect(): void {
    const settings = this.#settings;
    this.#board.set('connecting', `connecting to ${withoutCredentials(settings.url)}`);
    const options: IClientOptions = {
      ...mqttClientOptions(settings, 'gapwise-sink'),
      clean: true,
      will: { topic: this.#statusTopic, payload: Buffer.from(offline), qos: 1, retain: true },
    };
    let client: MqttClient;
    try {
      client = mqtt.connect(settings.url, options);
    } catch (error) {
      throw new ConfigError(messageOf(error), { where: 'url', cause: error });
    }
    this.#client = client;
    this.#sending = false;
    let lastError = 'the broker closed the connection';
    client.on('error', (error) => {
      lastError = messageOf(error);
      client.end(true);
    });
    client.on('connect', () => {
      if (this.#client !== client) return;
      this.#delays = this.#newDelays();
      this.#board.set('connected', `publishing below ${settings.topic_prefix}/`);
      client.publish(this.#statusTopic, online, { qos: 1, retain: true });
      this.#send();
    });
    client.on('close', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      client.end(true);
      this.#drained();
      this.#retry(lastError);
    });
    client.connect();
  }

  #retry(reason: string): void {
    if (this.#stopped) return;
    this.#board.set('disconnected', reason);
    const delay_ms = Math.round(this.#delays.next().value);
    this.#cancelRetry = this.#dependencies.clock.after(delay_ms, () => {
      try {
        this.#connect();
      } catch (error) {
        // A certificate that is being replaced may be away for a moment.
        this.#retry(messageOf(error));
      }
    });
  }

  /** One at a time, in order; a message leaves the queue when the broker has confirmed it. */
  #send(): void {
    const client = this.#client;
    if (this.#sending || client?.connected !== true) return;
    const [publication] = this.#queue.peek(1);
    if (publication === undefined) {
      this.#drained();
      return;
    }
    this.#sending = true;
    const { topic, payload, retain } = publication;
    client.publish(topic, payload, { qos: 1, retain }, (error) => {
      if (this.#client !== client) return;
      this.#sending = false;
      if (error) {
        this.#log.warn({ event: 'mqtt-publish-failed', topic }, messageOf(error));
        client.stream.destroy();
        return;
      }
      this.#delivered++;
      this.#queue.remove([publication]);
      this.#send();
    });
  }

  #newDelays(): Generator<number, never> {
    return retryDelays(
      this.#settings.retry,
      seededRandom(0).fork(`mqtt sink ${this.#settings.client_id ?? ''}`),
    );
  }
}

const online = JSON.stringify({ state: 'online' });
const offline = JSON.stringify({ state: 'offline' });

const lineOf = (report: Report): string | undefined =>
  report.kind === 'run' ? report.run.line : report.line;
