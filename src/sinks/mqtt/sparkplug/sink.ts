import type { MqttClient } from 'mqtt';
import { MqttLink } from '../../../config/mqtt-link.ts';
import type { MqttSinkSettings } from '../../../config/sinks.ts';
import type { Cancel, Clock } from '../../../core/clock.ts';
import type { Figure } from '../../../core/figure.ts';
import type { Logger } from '../../../core/logger.ts';
import { seededRandom } from '../../../core/random.ts';
import type { Report } from '../../../core/report.ts';
import type { Sink } from '../../../core/sink.ts';
import { StatusBoard } from '../../../core/status-board.ts';
import type { SinkDependencies } from '../../dependencies.ts';
import type { LineKnowledge, OutputLine } from '../../line-ports.ts';
import { type Change, LineView } from '../../line-view.ts';
import type { BirthCount } from './birth-count.ts';
import { EdgeNode, type SparkplugMessage } from './edge-node.ts';

export interface SparkplugSinkDependencies extends SinkDependencies {
  readonly name?: string;
  readonly lines: readonly OutputLine[];
  readonly knowledge: LineKnowledge;
  readonly births: BirthCount;
}

type SparkplugSettings = Omit<MqttSinkSettings, 'payload'> & {
  readonly payload: Extract<MqttSinkSettings['payload'], { type: 'sparkplug' }>;
};

/** How often ages are told (ms). */
const TICK_MS = 10_000;
/** A peer for which more than this waits in memory (bytes) is taken for dead: its births will tell it everything. */
const BACKLOG_BYTES = 8_000_000;

/**
 * The agent as a Sparkplug B edge node (see README.md one folder up). Sparkplug tells states, at QoS 0: what changes
 * while the broker is away is told by the births that follow, as its latest value.
 */
export function createSparkplugSink(
  settings: SparkplugSettings,
  dependencies: SparkplugSinkDependencies,
): Sink {
  return new SparkplugSink(settings, dependencies);
}

class SparkplugSink implements Sink {
  readonly name: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #lines: ReadonlyMap<string, LineView>;
  readonly #node: EdgeNode;
  readonly #link: MqttLink;
  /** Of the connection that stands or is being made. */
  #bdSeq = 0;
  /** The births have gone out through this client: now it may take data. */
  #born: MqttClient | undefined;
  #published = 0;
  #births = 0;
  #cancelTick: Cancel = () => {};
  #stopped = true;

  constructor(settings: SparkplugSettings, dependencies: SparkplugSinkDependencies) {
    const { clock, lines, knowledge, name = 'mqtt', births } = dependencies;
    const { group, node } = settings.payload;
    this.name = name;
    this.#clock = clock;
    this.#log = dependencies.log.child({ sink: name });
    this.#board = new StatusBoard(this.#log);
    this.#lines = new Map(
      lines.map((line) => [line.name, new LineView(line, knowledge, settings, this.#log)]),
    );
    this.#node = new EdgeNode(group, node, [...this.#lines.keys()]);
    this.#link = new MqttLink({
      connection: settings,
      clientId: `gapwise-${group}-${node}`,
      clock,
      log: this.#log,
      board: this.#board,
      random: seededRandom(0).fork(`sparkplug ${group}/${node}`),
      options: () => {
        this.#bdSeq = births.next();
        const death = this.#node.death(clock.now_ms(), this.#bdSeq);
        return { clean: true, will: { ...death, qos: 1, retain: false } };
      },
      onConnect: (client) => this.#begin(client, `edge node ${group}/${node}`),
      onClose: () => {
        this.#born = undefined;
      },
    });
  }

  get status() {
    return this.#board.changes;
  }

  /** @throws ConfigError for TLS files or a URL that can't work. */
  async start(): Promise<void> {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#link.open();
    this.#tick();
  }

  accept(report: Report): void {
    const name = report.kind === 'run' ? report.run.line : report.line;
    const view = name === undefined ? undefined : this.#lines.get(name);
    if (name !== undefined && view) this.#tell(name, view, view.take(report, this.#clock.now_ms()));
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTick();
    this.#born = undefined;
    // The broker sends no will for those who say goodbye: the death has to be told (5.5).
    await this.#link.close((client) => {
      const { topic, payload } = this.#node.death(this.#clock.now_ms(), this.#bdSeq);
      return client.publishAsync(topic, payload, { qos: 1 });
    });
    this.#board.set('stopped', 'stopped');
  }

  *figures(): Iterable<Figure> {
    const counter = (name: string, help: string, value: number): Figure => ({
      name: `gapwise_sparkplug_${name}`,
      help,
      type: 'counter',
      labels: { sink: this.name },
      value,
    });
    yield counter('messages_total', 'Messages published.', this.#published);
    yield counter('births_total', 'Times that all births were published.', this.#births);
  }

  /** Commands are heard before the births go out: a host may ask at once. */
  #begin(client: MqttClient, who: string): void {
    const { commandTopic } = this.#node;
    client.on('message', (topic, payload) => {
      if (this.#born !== client || !this.#node.asksForRebirth(topic, payload)) return;
      this.#log.info({ event: 'sparkplug-rebirth-asked' }, 'a host asks for the births');
      this.#bear(client);
    });
    client.subscribe(commandTopic, { qos: 1 }, (error) => {
      if (this.#link.client !== client || this.#stopped) return;
      if (error) {
        this.#log.warn({ event: 'sparkplug-no-commands' }, `no subscription to ${commandTopic}`);
        this.#link.drop();
        return;
      }
      this.#board.set('connected', who);
      this.#born = client;
      this.#bear(client);
    });
  }

  #bear(client: MqttClient): void {
    this.#births++;
    const known = (line: string) => this.#lines.get(line)?.all() ?? [];
    for (const message of this.#node.births(this.#clock.now_ms(), this.#bdSeq, known)) {
      this.#publish(client, message);
    }
  }

  #tell(line: string, view: LineView, changes: readonly Change[]): void {
    const client = this.#born;
    if (client === undefined) return;
    const message = this.#node.data(this.#clock.now_ms(), line, changes, () => view.all());
    if (message) this.#publish(client, message);
  }

  #publish(client: MqttClient, { topic, payload }: SparkplugMessage): void {
    if (client.stream.writableLength > BACKLOG_BYTES) {
      this.#log.warn({ event: 'sparkplug-backlog' }, 'the broker takes nothing: connecting anew');
      this.#born = undefined;
      this.#link.drop();
      return;
    }
    this.#published++;
    client.publish(topic, payload, { qos: 0, retain: false });
  }

  #tick(): void {
    for (const [name, view] of this.#lines) this.#tell(name, view, view.tick(this.#clock.now_ms()));
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
  }
}
