import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { Subject } from 'rxjs';
import { mqttClientOptions, withoutCredentials } from '../../config/mqtt-options.ts';
import type { MqttSourceSettings } from '../../config/sources.ts';
import type { Cancel } from '../../core/clock.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Outage, Scan } from '../../core/messages.ts';
import { seededRandom } from '../../core/random.ts';
import { retryDelays } from '../../core/retry.ts';
import type { Arrival, DeadLetterReason, Source } from '../../core/source.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SourceDependencies } from '../dependencies.ts';
import type { DecodedScan, Refusal, ScanDecoder } from './decoder.ts';
import { refuse } from './figures.ts';
import { scanDecoder } from './formats.ts';
import { rebirthCommand } from './sparkplug/payload.ts';
import { type SparkplugOutcome, SparkplugSession } from './sparkplug/session.ts';
import { type TopicPattern, topicPattern } from './topics.ts';

/**
 * Scans from an MQTT broker, at QoS 1 over a session that the broker keeps. A message is acknowledged to the
 * broker only when its arrival was; a refused one is fetched again by dropping the connection, which is the one
 * way that MQTT has to ask for a redelivery. The client hands over one message at a time and waits for its
 * acknowledgement: that bounds what is in flight to one, keeps the order, and lets the broker hold the rest.
 */
export function createMqttSource(settings: MqttSourceSettings, dependencies: SourceDependencies): Source {
  return new MqttSource(settings, dependencies);
}

/** What came of one packet: nothing, for one that is in order and tells no scan. */
interface Taken {
  readonly messages: readonly (Scan | Outage)[];
  readonly refusal?: Refusal;
}

class MqttSource implements Source {
  readonly name = 'mqtt';
  readonly #settings: MqttSourceSettings;
  readonly #dependencies: SourceDependencies;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #arrivals = new Subject<Arrival>();
  readonly #decode: ScanDecoder | undefined;
  readonly #sparkplug: SparkplugSession | undefined;
  readonly #topicLine: string;
  readonly #patterns: readonly TopicPattern[];
  #delays: Generator<number, never>;
  #client: MqttClient | undefined;
  #cancelRetry: Cancel = () => {};
  #stopped = true;
  /** The last arrival that was settled was refused. */
  #refusing = false;

  constructor(settings: MqttSourceSettings, dependencies: SourceDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#log = dependencies.log.child({ source: this.name, line: dependencies.line });
    this.#board = new StatusBoard(this.#log);
    const { payload, invalid_values } = settings;
    if (payload.type === 'sparkplug') this.#sparkplug = new SparkplugSession(payload, invalid_values);
    else this.#decode = scanDecoder(payload, invalid_values);
    this.#topicLine = settings.topic_line ?? dependencies.line;
    this.#patterns = settings.topics.map((pattern) => topicPattern(pattern, this.#topicLine));
    this.#delays = this.#newDelays();
  }

  get arrivals() {
    return this.#arrivals.asObservable();
  }

  get status() {
    return this.#board.changes;
  }

  async start(): Promise<void> {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#connect();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRetry();
    const client = this.#client;
    this.#client = undefined;
    if (client) await this.#end(client);
    this.#board.set('stopped', 'stopped');
  }

  /** In good order if the broker answers in time, so that the last acknowledgement still gets through. */
  #end(client: MqttClient): Promise<void> {
    return new Promise((resolve) => {
      const force = () => client.end(true, {}, () => resolve());
      if (!client.connected) {
        force();
        return;
      }
      const cancel = this.#dependencies.clock.after(2_000, force);
      client.end(false, {}, () => {
        cancel();
        resolve();
      });
    });
  }

  /** @throws ConfigError where the TLS files or the URL can't work. */
  #connect(): void {
    this.#board.set('connecting', `connecting to ${withoutCredentials(this.#settings.url)}`);
    const settings = this.#settings;
    const options: IClientOptions = {
      ...mqttClientOptions(settings, `gapwise-${this.#dependencies.line}`),
      // The broker keeps the session, and what arrives meanwhile, for this client id.
      clean: false,
    };
    if (settings.protocol_version === '5') {
      options.properties = { sessionExpiryInterval: settings.session_expiry_s, receiveMaximum: 64 };
    }
    let client: MqttClient;
    try {
      client = mqtt.connect(this.#settings.url, options);
    } catch (error) {
      throw new ConfigError(messageOf(error), { where: 'url', cause: error });
    }
    this.#client = client;
    let lastError = 'the broker closed the connection';

    client.handleMessage = (packet, released) => this.#take(client, packet, released);
    client.on('error', (error) => {
      lastError = messageOf(error);
      // After a refused connection the client would stay open without a word.
      client.end(true);
    });
    client.on('connect', ({ sessionPresent }) => {
      this.#log.info({ event: 'mqtt-connected', sessionPresent });
      this.#sparkplug?.reset();
      this.#subscribe(client, (reason) => {
        lastError = reason;
        client.end(true);
      });
    });
    client.on('close', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      client.end(true);
      this.#retry(lastError);
    });
    client.connect();
  }

  #subscribe(client: MqttClient, lost: (reason: string) => void): void {
    const filters = this.#patterns.map(({ filter }) => filter);
    client.subscribe(filters, { qos: 1 }, (error, granted) => {
      if (this.#client !== client) return;
      const refused = granted?.filter(({ qos }) => qos >= 128).map(({ topic }) => topic) ?? [];
      if (error || refused.length > 0) {
        lost(`the broker refuses the subscription to ${(refused.length > 0 ? refused : filters).join(', ')}`);
        return;
      }
      // While the store refuses messages, each connection fails as soon as it stands: the delays must go on growing.
      if (!this.#refusing) this.#delays = this.#newDelays();
      this.#board.set('connected', `subscribed to ${filters.join(', ')}`);
    });
  }

  #retry(reason: string): void {
    if (this.#stopped) return;
    const delay_ms = Math.round(this.#delays.next().value);
    this.#board.set('disconnected', reason);
    this.#log.info({ event: 'mqtt-retry', delay_ms }, reason);
    this.#cancelRetry = this.#dependencies.clock.after(delay_ms, () => {
      try {
        this.#connect();
      } catch (error) {
        // A certificate that is being replaced may be away for a moment.
        this.#retry(messageOf(error));
      }
    });
  }

  /** `released` lets the client send the PUBACK and hand over the next message; it must be called at most once. */
  #take(client: MqttClient, packet: IPublishPacket, released: () => void): void {
    const { messages, refusal } = this.#read(client, packet);
    // What can't be used is acknowledged all the same: it would only come back as it is.
    if (refusal) this.#deadLetter(packet.topic, refusal.reason, refusal.detail);
    let waiting = messages.length;
    if (waiting === 0) {
      released();
      return;
    }
    let settled = false;
    const settle = (refused: boolean, action: () => void) => {
      if (settled) return;
      settled = true;
      if (this.#refusing && !refused) this.#delays = this.#newDelays();
      this.#refusing = refused;
      // After the connection is gone the broker delivers again, whatever is done here.
      if (this.#client === client && client.connected) action();
    };
    for (const message of messages) {
      let kept = false;
      this.#arrivals.next({
        message,
        acknowledge: () => {
          if (!kept && --waiting === 0) settle(false, released);
          kept = true;
        },
        refuse: () =>
          settle(true, () => {
            const { kind, time_ms } = message;
            this.#log.warn(
              { event: 'mqtt-refused', kind, time_ms },
              'dropping the connection for redelivery',
            );
            client.stream.destroy();
          }),
      });
    }
  }

  #read(client: MqttClient, packet: IPublishPacket): Taken {
    const { max_payload_bytes } = this.#settings;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    if (payload.byteLength > max_payload_bytes) {
      const detail = `${payload.byteLength} bytes, at most ${max_payload_bytes} are taken`;
      return { messages: [], refusal: refuse('too-large', detail) };
    }
    if (this.#sparkplug)
      return this.#follow(client, packet.topic, this.#sparkplug.take(packet.topic, payload));
    const decoded = this.#decode?.(payload);
    if (!decoded?.ok) return { messages: [], ...(decoded ? { refusal: decoded } : {}) };
    return this.#taken(packet.topic, decoded.value);
  }

  /** What only topic and configuration can tell of a scan. */
  #taken(topic: string, decoded: DecodedScan): Taken {
    const { line } = this.#dependencies;
    const names = this.#patterns.map((pattern) => pattern.read(topic)).find((found) => found);
    const { line: ownLine, gauge, duration_ms, ...figures } = decoded;
    for (const named of [names?.line, ownLine]) {
      if (named !== undefined && named !== this.#topicLine) {
        const detail = `line ${named}, ${this.#topicLine} expected`;
        return { messages: [], refusal: refuse('unknown-line', detail) };
      }
    }
    const scan: Scan = {
      kind: 'scan',
      line,
      gauge: gauge ?? names?.gauge ?? this.#settings.gauge,
      duration_ms: duration_ms ?? this.#settings.default_duration_ms,
      ...figures,
    };
    return { messages: [scan] };
  }

  #follow(
    client: MqttClient,
    topic: string,
    { scan, refusal, rebirth, event, hole }: SparkplugOutcome,
  ): Taken {
    if (rebirth !== undefined) {
      this.#log.info({ event: 'sparkplug-rebirth', topic: rebirth }, 'asking for the births again');
      client.publish(rebirth, rebirthCommand(this.#dependencies.clock.now_ms()), { qos: 0 });
    }
    if (event?.kind === 'death') this.#board.set('degraded', `${event.of} has died`);
    if (event?.kind === 'birth') this.#board.set('connected', `${event.of} is there`);
    const taken = scan ? this.#taken(topic, scan) : { messages: [], ...(refusal ? { refusal } : {}) };
    if (!hole) return taken;
    const { of, ...when } = hole;
    const outage: Outage = {
      kind: 'outage',
      line: this.#dependencies.line,
      source: this.name,
      ...when,
      reason: 'disconnected',
      detail: `${of} has died`,
    };
    return { ...taken, messages: [outage, ...taken.messages] };
  }

  #deadLetter(topic: string, reason: DeadLetterReason, detail: string): void {
    this.#dependencies.deadLetters.take({
      source: this.name,
      line: this.#dependencies.line,
      where: topic,
      reason,
      detail,
    });
  }

  #newDelays(): Generator<number, never> {
    return retryDelays(this.#settings.retry, seededRandom(0).fork(`mqtt ${this.#dependencies.line}`));
  }
}
