import mqtt, { type MqttClient } from 'mqtt';
import { processorSecondsOf, type Subject } from '../processes.ts';
import type { Format, Step } from './steps.ts';
import { payloadOf } from './steps.ts';

const LOOK_MS = 100;
/** Looks in a row in which a subject takes next to no processor time, before it counts as done. */
const IDLE_LOOKS = 3;
const IDLE_SHARE = 0.05;
const LONGEST_MS = 60_000;

/** The gauges' side: sends scans, sees what comes out, and takes the time in between. */
export class Load {
  readonly #client: MqttClient;
  readonly #steps: readonly Step[];
  readonly #payloads: Record<Format, Buffer[]>;
  /** By subject and by scan: when it was sent (ms). */
  readonly #sent = new Map<string, number>();
  #last_ms = 0;
  #latencies_ms: number[] = [];

  private constructor(client: MqttClient, steps: readonly Step[]) {
    this.#client = client;
    this.#steps = steps;
    const all = (format: Format) => steps.map(({ scan }) => payloadOf(scan, format));
    this.#payloads = { json: all('json'), float32: all('float32') };
  }

  static async start(url: string, steps: readonly Step[]): Promise<Load> {
    const client = await mqtt.connectAsync(url, { clientId: 'load' });
    const load = new Load(client, steps);
    const byTime = new Map(steps.map(({ scan }) => [scan.time_ms, scan.scan]));
    client.on('message', (topic, payload) => {
      load.#last_ms = performance.now();
      const [, name, ...rest] = topic.split('/');
      // The product's answer to a scan is its prediction, the others' their means.
      if (!['prediction', 'means'].includes(rest.at(-1) ?? '')) return;
      const said = JSON.parse(payload.toString()) as { scan?: number; time_ms?: number };
      const sent_ms = load.#sent.get(`${name} ${said.scan ?? byTime.get(said.time_ms ?? 0)}`);
      if (sent_ms !== undefined) load.#latencies_ms.push(load.#last_ms - sent_ms);
    });
    await client.subscribeAsync('out/#', { qos: 0 });
    return load;
  }

  stop(): Promise<void> {
    return this.#client.endAsync();
  }

  /**
   * Sends the scans `from` to `to` to a subject, evenly at `perSecond` or all at once, and waits until it has
   * nothing more to do.
   *
   * @returns seconds from the first scan to the end of the work, and how long each answer took (ms).
   */
  async send(
    { name, subject }: { readonly name: string; readonly subject: Subject },
    format: Format,
    range: readonly [from: number, to: number],
    perSecond = Number.POSITIVE_INFINITY,
  ): Promise<{ readonly seconds: number; readonly latencies_ms: readonly number[] }> {
    this.#latencies_ms = [];
    const [from, to] = range;
    const start_ms = performance.now();
    const confirmed: Promise<unknown>[] = [];
    for (let i = from; i < to; i++) {
      const due_ms = start_ms + (1000 * (i - from)) / perSecond;
      const wait_ms = due_ms - performance.now();
      if (wait_ms > 0) await new Promise((resolve) => setTimeout(resolve, wait_ms));
      this.#sent.set(`${name} ${this.#steps[i]!.scan.scan}`, performance.now());
      confirmed.push(this.#client.publishAsync(`bench/${name}/scan`, this.#payloads[format][i]!, { qos: 1 }));
    }
    await Promise.all(confirmed);
    const done_ms = await idle(subject.pid);
    const end_ms = Math.max(this.#last_ms, done_ms);
    return { seconds: (end_ms - start_ms) / 1000, latencies_ms: this.#latencies_ms };
  }
}

/** Resolves once a process has nothing to do, with when that began (ms). Its answers alone would not tell. */
async function idle(pid: number): Promise<number> {
  const limit_ms = performance.now() + LONGEST_MS;
  let busy_ms = performance.now();
  let before_s = processorSecondsOf(pid);
  let looks = 0;
  while (looks < IDLE_LOOKS && performance.now() < limit_ms) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now_s = processorSecondsOf(pid);
    looks = (now_s - before_s) * 1000 < IDLE_SHARE * LOOK_MS ? looks + 1 : 0;
    if (looks === 0) busy_ms = performance.now();
    before_s = now_s;
  }
  return busy_ms;
}
