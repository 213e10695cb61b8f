import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { encodeScan } from '../../simulators/gauge/payload.ts';
import { generate } from '../../simulators/generate.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import type { MachineSample, Scan } from '../../src/core/messages.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import { startBroker, type TestBroker } from '../real/mqtt-broker.ts';
import { compileInto } from '../support/compiled.ts';
import { type FromChild, isCounted, type Phase, phases, type ToChild } from './crash-protocol.ts';

export interface CampaignSettings {
  readonly seed: number;
  readonly hours: number;
  readonly kills: number;
  readonly brokerKills: number;
  /** Share of the messages that come twice, and of those that change places with their neighbour. */
  readonly duplicates: number;
  readonly reordered: number;
}

export interface Outcome {
  /** What the peer of the sink was given, each id once, without what tells of the transport; sorted. */
  readonly outputs: readonly string[];
  readonly history: readonly string[];
  readonly learner: string;
  readonly pipeline: string;
  /** Ids that came again with something else in them. */
  readonly contradictions: readonly string[];
  /** Scans that the agent said to be done with, and how often the outputs name each. */
  readonly doneScans: ReadonlySet<number>;
  readonly scans: number;
  readonly samples: number;
  readonly kills: Readonly<Partial<Record<Phase | 'idle', number>>>;
  readonly brokerKills: number;
  readonly deliveredAgain: number;
  readonly positions: number;
  readonly seconds: number;
  readonly errors: readonly string[];
}

const line = 'line-1';

/** Seconds of event time by which what is sent may be ahead of what is done. */
const window_ms = 120_000;

type Item =
  | { readonly kind: 'machine'; readonly time_ms: number; readonly sample: MachineSample }
  | { readonly kind: 'scan'; readonly time_ms: number; readonly scan: Scan };

/** What the child runs, compiled once. */
export function compileChild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-crash-code-'));
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('page'))
    .map((name) => join('src', name));
  const own = ['crash-child', 'crash-log', 'crash-protocol'].map((name) => join('test/faults', `${name}.ts`));
  compileInto(folder, [...files, ...own, 'test/support/state-digest.ts']);
  return folder;
}

/** A simulated day (or less), in the order in which its messages would arrive. */
function itemsOf({ hours, seed, duplicates, reordered }: CampaignSettings): Item[] {
  const gaps = [150, 110, 130, 170, 90];
  const scenario = scenarioOf({
    name: 'crash-day',
    description: 'a day of short runs',
    start: '2024-03-04T00:00:00Z',
    line,
    gauge: { standardise: { every_s: 3600, pause_s: 40 } },
    defaults: { duration_s: [500, 900], downtime_s: [60, 180], web_speed_m_min: 2 },
    runs: gaps.map((gap_um) => ({ gap_um })),
    cycles: Math.ceil(hours),
  });
  const generated = generate(scenario, seed);
  const end_ms = generated.start_ms + hours * 3_600_000;
  const items: Item[] = [];
  for (const message of generated) {
    if (message.time_ms > end_ms) break;
    if (message.kind === 'machine')
      items.push({ kind: 'machine', time_ms: message.time_ms, sample: message });
    else if (message.kind === 'scan') items.push({ kind: 'scan', time_ms: message.time_ms, scan: message });
  }
  return disturbed(items, seededRandom(seed).fork('transport'), duplicates, reordered);
}

function disturbed(items: readonly Item[], random: Random, duplicates: number, reordered: number): Item[] {
  const out = items.flatMap((item) => (random.uniform() < duplicates ? [item, item] : [item]));
  for (let i = 1; i < out.length; i++) {
    if (random.uniform() >= reordered) continue;
    const [a, b] = [out[i - 1] as Item, out[i] as Item];
    out[i - 1] = b;
    out[i] = a;
  }
  return out;
}

/** Runs the day through an agent in a process of its own, which is killed as often as is asked for. */
export async function runCampaign(code: string, settings: CampaignSettings): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-crash-'));
  const broker = await startBroker([
    'max_inflight_messages 20',
    'autosave_on_changes true',
    'autosave_interval 1',
  ]);
  const campaign = new Campaign(code, folder, broker, settings);
  try {
    return await campaign.run();
  } finally {
    await campaign.dispose();
    await broker.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Campaign {
  readonly #code: string;
  readonly #folder: string;
  readonly #broker: TestBroker;
  readonly #items: readonly Item[];
  readonly #random: Random;
  /** How many items are done when the next kill comes. */
  readonly #killsAt: number[];
  readonly #brokerKillsAt: number[];
  readonly #done: boolean[];
  readonly #numbers = new Map<number, number[]>();
  readonly #published = new Set<number>();
  readonly #outputs = new Map<string, string>();
  readonly #contradictions: string[] = [];
  readonly #doneScans = new Set<number>();
  readonly #kills: Partial<Record<Phase | 'idle', number>> = {};
  readonly #errors: string[] = [];
  #brokerKills = 0;
  #doneCount = 0;
  #oldest = 0;
  #next = 0;
  #deliveredAgain = 0;
  #sentTo = new Set<number>();
  #child: ChildProcess | undefined;
  #started: ChildProcess | undefined;
  #publisher: MqttClient | undefined;
  #dying = false;
  #ending = false;
  #resolve: (outcome: Extract<FromChild, { kind: 'final' }>) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(code: string, folder: string, broker: TestBroker, settings: CampaignSettings) {
    this.#code = code;
    this.#folder = folder;
    this.#broker = broker;
    this.#items = itemsOf(settings);
    this.#random = seededRandom(settings.seed).fork('kills');
    const moments = (count: number) =>
      // Not in the last moments, which may be over before it strikes.
      Array.from({ length: count }, () => this.#random.integer(Math.ceil(0.95 * this.#items.length))).sort(
        (a, b) => a - b,
      );
    this.#killsAt = moments(settings.kills);
    this.#brokerKillsAt = moments(settings.brokerKills);
    this.#done = this.#items.map(() => false);
    for (const [n, item] of this.#items.entries()) {
      if (item.kind === 'scan')
        this.#numbers.set(item.scan.scan, [...(this.#numbers.get(item.scan.scan) ?? []), n]);
    }
    writeFileSync(
      join(folder, 'config.yaml'),
      JSON.stringify({
        state: join(folder, 'unused'),
        lines: [
          {
            name: line,
            lab: { file: resolve('config/lab/lrcs-cunha-2020.csv') },
            slurry: { am_percent: 96 },
            sources: [{ type: 'mqtt', url: broker.url, invalid_values: 'mark', client_id: 'crash-agent' }],
            pipeline: { pairing: { method: 'web-length', web_length_m: 20 } },
          },
        ],
      }),
    );
  }

  async run(): Promise<Outcome> {
    const began = performance.now();
    this.#publisher = await mqtt.connectAsync(this.#broker.url, {
      clientId: 'crash-gauge',
      clean: false,
      reconnectPeriod: 50,
      protocolVersion: 5,
    });
    this.#publisher.on('error', () => {});
    const final = await new Promise<Extract<FromChild, { kind: 'final' }>>((resolve, reject) => {
      this.#resolve = resolve;
      this.#fail = reject;
      this.#spawn();
    });
    const outputs = [...this.#outputs.values()].filter((text) => !text.startsWith('-')).sort();
    return {
      outputs,
      history: [...final.history].sort(),
      learner: final.learner,
      pipeline: final.pipeline,
      contradictions: this.#contradictions,
      doneScans: this.#doneScans,
      scans: this.#numbers.size,
      samples: this.#items.length - this.#numbers.size,
      kills: this.#kills,
      brokerKills: this.#brokerKills,
      deliveredAgain: this.#deliveredAgain,
      positions: final.positions,
      seconds: (performance.now() - began) / 1000,
      errors: this.#errors,
    };
  }

  async dispose(): Promise<void> {
    this.#dying = true;
    this.#child?.kill('SIGKILL');
    await this.#publisher?.endAsync(true);
  }

  #spawn(): void {
    const child = fork(
      join(this.#code, 'test/faults/crash-child.js'),
      [
        JSON.stringify({
          folder: this.#folder,
          config: join(this.#folder, 'config.yaml'),
          snapshotEveryMessages: 400,
        }),
      ],
      { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    );
    this.#child = child;
    this.#sentTo = new Set();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#errors.push(text.trimEnd()));
    child.on('message', (message: FromChild) => {
      // What a dying process had told before counts; only nothing is sent to it any more.
      this.#hear(message, child);
    });
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL' && !this.#dying) this.#spawn();
      else if (code !== 0)
        this.#fail(new Error(`the agent ended with ${code ?? signal}:\n${this.#errors.join('\n')}`));
    });
    // Every tenth dies on its way up, while it opens the store or replays the journal.
    if (this.#killsAt.length > 0 && this.#random.uniform() < 0.1) {
      this.#killsAt.pop();
      setTimeout(() => this.#kill(child), this.#random.integer(900));
    }
  }

  #kill(child: ChildProcess): void {
    if (this.#ending) return;
    if (child !== this.#child || child.exitCode !== null || child.killed) {
      // Another was quicker: this one strikes at the next opportunity.
      this.#killsAt.unshift(this.#doneCount);
      return;
    }
    child.kill('SIGKILL');
    const flags = readFileSync(join(this.#folder, 'phase'));
    const phase = phases.find((_, i) => flags[i] === 1) ?? 'idle';
    this.#kills[phase] = (this.#kills[phase] ?? 0) + 1;
  }

  #hear(message: FromChild, child: ChildProcess): void {
    const send = (reply: ToChild) => {
      if (child.connected) child.send(reply, () => {});
    };
    switch (message.kind) {
      case 'started':
        this.#started = child;
        this.#oldestOpen();
        this.#next = this.#oldest;
        this.#pump(send);
        break;
      case 'kept':
        this.#finish(message.n, child, send);
        break;
      case 'scan':
        this.#doneScans.add(message.scan);
        for (const n of this.#numbers.get(message.scan) ?? []) this.#finish(n, child, send);
        break;
      case 'deliver':
        for (const payload of message.payloads) this.#deliver(payload);
        send({ kind: 'delivered' });
        break;
      case 'final':
        this.#resolve(message);
        break;
    }
  }

  #deliver(payload: string): void {
    const [id, kind, text] = JSON.parse(payload) as [string, string, string];
    const known = this.#outputs.get(id);
    const counted = kind === 'prediction' || isCounted(JSON.parse(text) as { kind: string });
    const output = `${counted ? '' : '-'}${text}`;
    if (known === undefined) this.#outputs.set(id, output);
    else if (known === output) this.#deliveredAgain++;
    else this.#contradictions.push(`${id}: ${known} and ${output}`);
  }

  #finish(n: number, child: ChildProcess, send: (message: ToChild) => void): void {
    if (!this.#done[n]) {
      this.#done[n] = true;
      this.#doneCount++;
    }
    this.#oldestOpen();
    if (this.#brokerKillsAt[0] !== undefined && this.#doneCount >= this.#brokerKillsAt[0]) {
      this.#brokerKillsAt.shift();
      void this.#killBroker(send);
    }
    // While it replays its journal it says what it is done with, too; new things are sent when it is ready.
    if (child !== this.#started || child.killed) return;
    if (this.#killsAt[0] !== undefined && this.#doneCount >= this.#killsAt[0]) {
      this.#killsAt.shift();
      setTimeout(() => this.#kill(child), this.#random.integer(12));
      return;
    }
    this.#pump(send);
  }

  /** What it had not written down is gone with it: the gauge says again what nobody is done with. */
  async #killBroker(send: (message: ToChild) => void): Promise<void> {
    this.#brokerKills++;
    await this.#broker.kill();
    await this.#broker.start();
    for (const n of this.#published) if (!this.#done[n]) this.#published.delete(n);
    this.#next = this.#oldest;
    if (this.#started === this.#child && !this.#child?.killed) this.#pump(send);
  }

  #oldestOpen(): void {
    while (this.#oldest < this.#items.length && this.#done[this.#oldest]) this.#oldest++;
  }

  /** Sends what comes next, as long as it is not too far ahead of what is done. */
  #pump(send: (message: ToChild) => void): void {
    const oldest = this.#items[this.#oldest];
    if (!oldest) {
      if (!this.#ending) {
        this.#ending = true;
        send({ kind: 'end' });
      }
      return;
    }
    for (let item = this.#items[this.#next]; item; item = this.#items[this.#next]) {
      if (item.time_ms > oldest.time_ms + window_ms) return;
      const n = this.#next++;
      if (item.kind === 'scan') this.#publish(n, item.scan);
      else if (!this.#done[n] && !this.#sentTo.has(n)) {
        this.#sentTo.add(n);
        send({ kind: 'machine', n, sample: item.sample });
      }
    }
  }

  /** Once: from then on the broker answers for it. */
  #publish(n: number, scan: Scan): void {
    if (this.#published.has(n)) return;
    this.#published.add(n);
    const topic = `gapwise/plant/area/${line}/gauge/${scan.gauge}/scan`;
    const payload = encodeScan(scan, { format: 'json', header: false });
    this.#publisher?.publish(topic, payload, { qos: 1 });
  }
}
