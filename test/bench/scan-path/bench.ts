import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBroker } from '../../real/mqtt-broker.ts';
import { requireProgram } from '../../support/real.ts';
import { benchmark, type Figure, type Part } from '../harness.ts';
import { keepToFirstCore, processorSecondsOf, pythonWith, quantile, Subject } from '../processes.ts';
import { Load } from './load.ts';
import { installNodeRed } from './node-red.ts';
import { type Format, simulatedSteps } from './steps.ts';

/**
 * From a scan at the broker to a prediction at the broker, beside three programs that publish the mean over each of
 * two lanes and do nothing else. Broker, load and subject are processes of their own. The subjects take turns,
 * window by window, so that whatever else the machine does meets them all alike.
 */
const WARM_UP = 300;
const WINDOW = 150;
const ROUNDS = 5;
const SCANS_PER_S = 100;
const BURST = 150;
const LATENCY_SCANS = 150;
const STEPS = WARM_UP + WINDOW * ROUNDS + BURST + LATENCY_SCANS;
/** A line sends a scan in eight seconds. */
const SCAN_S = 8;

/** Installed once, for both formats. */
let nodeRed: ReturnType<typeof installNodeRed>;

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

await benchmark('scan-path', async (part) => {
  if (!requireProgram('mosquitto')) return part.note('not measured: there is no mosquitto here');
  part.note(
    `${keepToFirstCore()}; the broker with set_tcp_nodelay, without which it holds packets back for 40 ms`,
  );
  const broker = await startBroker(['max_inflight_messages 100', 'set_tcp_nodelay true']);
  try {
    const load = await Load.start(broker.url, simulatedSteps(STEPS));
    for (const format of ['json', 'float32'] as const) await compare(part, load, broker.url, format);
    await load.stop();
  } finally {
    await broker.dispose();
  }
});

interface Contender {
  readonly title: string;
  readonly name: string;
  readonly subject: Subject;
}

async function compare(part: Part, load: Load, url: string, format: Format): Promise<void> {
  const contenders: Contender[] = [];
  try {
    await startAll(part, url, format, contenders);
    const costs_ms = new Map<string, number[]>(contenders.map(({ title }) => [title, []]));
    for (const one of contenders) await load.send(one, format, [0, WARM_UP], SCANS_PER_S);
    for (let round = 0; round < ROUNDS; round++) {
      const from = WARM_UP + WINDOW * round;
      for (const one of contenders) {
        const { title, subject } = one;
        const before_s = processorSecondsOf(subject.pid);
        await load.send(one, format, [from, from + WINDOW], SCANS_PER_S);
        costs_ms.get(title)?.push((1000 * (processorSecondsOf(subject.pid) - before_s)) / WINDOW);
      }
    }
    const figures = new Map(
      [...costs_ms].map(([title, values]) => [title, part.figure(`${title}, ${format}`, values, 'ms/scan')]),
    );
    verdicts(part, figures, format);
    await latencies(part, load, contenders, format);
  } finally {
    for (const { title, subject } of contenders) {
      const said = await subject.stop();
      if (title.startsWith('gapwise')) part.note(`${title}, ${format}, told in ${STEPS} scans: ${said}`);
    }
  }
}

async function startAll(part: Part, url: string, format: Format, contenders: Contender[]): Promise<void> {
  const add = async (title: string, command: readonly string[], ready = /^ready$/) => {
    const name = command.includes('--name')
      ? command[command.indexOf('--name') + 1]!
      : title.replace(/\W+/g, '-');
    contenders.push({ title, name, subject: await Subject.start(command, ready) });
  };
  const profile = process.env['GAPWISE_BENCH_PROFILE'];
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
  for (const journal of ['on', 'off']) {
    const words = { url, name: `gapwise-${journal}-${format}`, format, journal, steps: String(STEPS) };
    const options = Object.entries(words).flatMap(([key, value]) => [`--${key}`, value]);
    await add(`gapwise, journal ${journal}`, [
      process.execPath,
      ...flags,
      here('gapwise-subject.js'),
      ...options,
    ]);
  }
  await add('plain mqtt.js loop', [
    process.execPath,
    here('plain-subject.js'),
    url,
    'plain-mqtt-js-loop',
    format,
  ]);
  const python = pythonWith('numpy', 'paho.mqtt.client');
  if (python) {
    const script = resolve('test/bench/scan-path/numpy-subject.py');
    await add('paho and NumPy', [python, script, url, 'paho-and-NumPy', format]);
  } else part.note('no Python with paho and NumPy here (Debian: python3-paho-mqtt python3-numpy)');
  nodeRed ??= installNodeRed();
  if (nodeRed) {
    const command = await nodeRed.command(url, 'Node-RED', format);
    await add('Node-RED', command, /Connected to broker/);
    part.note(`Node-RED ${nodeRed.version}`);
  } else part.note('Node-RED can not be installed here');
  // Subscriptions of those that only say that they are connected.
  await new Promise((settled) => setTimeout(settled, 500));
}

function verdicts(part: Part, figures: ReadonlyMap<string, Figure>, format: Format): void {
  const on = figures.get('gapwise, journal on');
  const off = figures.get('gapwise, journal off');
  const plain = figures.get('plain mqtt.js loop');
  const red = figures.get('Node-RED');
  if (!on || !off || !plain) return;
  part.ratio(`${format}: journal off over the plain loop`, off, plain, { atMost: 1.5 });
  part.ratio(`${format}: journal on over the plain loop`, on, plain, { atMost: 2.5 });
  if (red) part.ratio(`${format}: journal on over Node-RED`, on, red, { atMost: 0.5 });
  const lines = (1000 * SCAN_S) / on.median;
  part.figure(`${format}: lines on one core at real time, by that cost`, [lines], 'lines', { atLeast: 2000 });
}

/** At half of what the slowest way of gapwise can take. */
async function latencies(
  part: Part,
  load: Load,
  contenders: readonly Contender[],
  format: Format,
): Promise<void> {
  const from = WARM_UP + WINDOW * ROUNDS;
  const [slowest] = contenders;
  const rates: number[] = [];
  for (const one of contenders) {
    const { title } = one;
    const { seconds } = await load.send(one, format, [from, from + BURST]);
    rates.push(BURST / seconds);
    part.figure(`${title}, ${format}: a burst of ${BURST} worked off`, [BURST / seconds], 'scans/s');
  }
  if (!slowest) return;
  const half = rates[0]! / 2;
  const medians = new Map<string, Figure[]>();
  for (const one of contenders) {
    const { title } = one;
    const range = [from + BURST, from + BURST + LATENCY_SCANS] as const;
    const { latencies_ms } = await load.send(one, format, range, half);
    if (latencies_ms.length === 0) continue;
    const at = `${title}, ${format}: scan in to answer out at ${Math.round(half)} scans/s`;
    medians.set(title, [
      part.figure(`${at}, median`, [quantile(latencies_ms, 0.5)], 'ms'),
      part.figure(`${at}, 99 of 100`, [quantile(latencies_ms, 0.99)], 'ms'),
    ]);
  }
  const [own50, own99] = medians.get('gapwise, journal on') ?? [];
  const [plain50, plain99] = medians.get('plain mqtt.js loop') ?? [];
  if (!own50 || !own99 || !plain50 || !plain99) return;
  part.ratio(`${format}: median latency over the plain loop's`, own50, plain50, { atMost: 2 });
  part.figure(`${format}: 99 of 100 beyond the plain loop's`, [own99.median - plain99.median], 'ms', {
    atMost: 20,
  });
}
