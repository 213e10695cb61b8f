import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { Processor } from '../../../src/agent/processor.ts';
import { lineParts } from '../../../src/commands/line-parts.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { LineConfig } from '../../../src/config/schema.ts';
import { silentLogger as log } from '../../../src/core/logger.ts';
import type { MachineSample, Scan } from '../../../src/core/messages.ts';
import { benchmark, type Part } from '../harness.ts';

/**
 * What a scan costs, and a line weighs, as things grow: everything that an agent makes of its messages, without
 * networks and disk. Simulating them does not count.
 */
const LOCATIONS = [800, 2400, 8000];
const LINES = [1, 10, 50, 200];
const SCANS_OF_A_LINE = 120;
const LANES = [1, 2, 4];
const BINS = [3, 5, 10];
const SCANS = 400;
/** GAPWISE_BENCH_SCANS=1000000 takes the better part of an hour. */
const MOST_SCANS = Number(process.env['GAPWISE_BENCH_SCANS'] ?? 10_000);

type Step = readonly [readonly MachineSample[], Scan];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const { config, folder } = loadConfig('config/simulator.yaml', {});
const settings = config.lines[0]!;

await benchmark('growth', async (part) => {
  part.note('processor time of this process; memory after a full garbage collection');
  const steps = [...simulated(SCANS)];
  inLocations(part, steps);
  inSettings(part, 'lanes', LANES, steps, (count, line) => {
    line.pipeline.lanes.count = count;
  });
  inSettings(part, 'bins', BINS, steps, (count, line) => {
    line.pipeline.bins.count = count;
  });
  inLines(part, steps.slice(0, SCANS_OF_A_LINE));
  inScans(part);
});

/** Runs of half an hour at five gaps, over and over. */
function* simulated(count: number): Generator<Step> {
  const scenario = scenarioOf({
    name: 'growth',
    start: '2024-03-04T06:00:00Z',
    defaults: { duration_s: [1500, 2400], downtime_s: [180, 420], web_speed_m_min: 2 },
    runs: [90, 110, 130, 150, 170].map((gap_um) => ({ gap_um })),
    cycles: 1 + Math.ceil(count / 1000),
  });
  let samples: MachineSample[] = [];
  let scans = 0;
  for (const message of generate(scenario, 11, settings.name)) {
    if (message.kind === 'machine') samples.push(message);
    if (message.kind !== 'scan') continue;
    yield [samples, message];
    samples = [];
    if (++scans === count) return;
  }
}

function newProcessor(line: LineConfig): { processor: Processor; learnt: () => number } {
  let learnt = 0;
  const tell = ({ kind }: { readonly kind: string }) => {
    if (kind === 'observation') learnt++;
  };
  return { processor: new Processor({ ...lineParts(line, folder), log, tell }), learnt: () => learnt };
}

/** Milliseconds of processor time for each scan. */
function run(processor: Processor, steps: readonly Step[]): number {
  const before = process.cpuUsage();
  for (const [samples, scan] of steps) {
    for (const sample of samples) processor.process(sample);
    processor.process(scan);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / steps.length;
}

function inLocations(part: Part, steps: readonly Step[]): void {
  const costs = LOCATIONS.map((locations) => {
    const wide = steps.map(([samples, scan]): Step => [samples, widened(scan, locations)]);
    run(newProcessor(settings).processor, wide);
    const values = [1, 2, 3].map(() => run(newProcessor(settings).processor, wide));
    return part.figure(`a scan of ${locations} locations`, values, 'ms');
  });
  const [narrow, , wide] = costs;
  if (narrow && wide) {
    const factor = LOCATIONS[2]! / LOCATIONS[0]!;
    part.ratio(`${factor} times the locations`, wide, narrow, { atMost: factor });
  }
}

/** The same profile, measured more finely. */
function widened(scan: Scan, locations: number): Scan {
  const { loading_mg_cm2: narrow } = scan;
  const loading_mg_cm2 = new Float64Array(locations);
  for (let i = 0; i < locations; i++)
    loading_mg_cm2[i] = narrow[Math.floor((i * narrow.length) / locations)]!;
  return { ...scan, loading_mg_cm2 };
}

function inSettings(
  part: Part,
  what: string,
  counts: readonly number[],
  steps: readonly Step[],
  set: (count: number, line: LineConfig) => void,
): void {
  const costs = counts.map((count) => {
    const line = structuredClone(settings);
    set(count, line);
    run(newProcessor(line).processor, steps);
    const values = [1, 2, 3].map(() => run(newProcessor(line).processor, steps));
    return part.figure(`a scan with ${count} ${what}`, values, 'ms');
  });
  const [few, many] = [costs[0], costs.at(-1)];
  if (few && many) {
    const factor = counts.at(-1)! / counts[0]!;
    part.ratio(`${counts.at(-1)} ${what} over ${counts[0]}`, many, few, { atMost: factor ** 2 });
  }
}

function inLines(part: Part, steps: readonly Step[]): void {
  const rows: (string | number)[][] = [];
  for (const lines of LINES) {
    collectGarbage();
    const before = process.memoryUsage();
    const all = Array.from({ length: lines }, () => newProcessor(settings));
    const costs = all.map(({ processor }) => run(processor, steps));
    collectGarbage();
    const after = process.memoryUsage();
    const kb = (key: 'rss' | 'heapUsed' | 'arrayBuffers') => (after[key] - before[key]) / 1000 / lines;
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / lines;
    rows.push([lines, mean, kb('heapUsed') + kb('arrayBuffers'), kb('rss'), all[0]?.learnt() ?? 0]);
  }
  part.table(
    'lines in one process',
    ['lines', 'ms/scan', 'heap kB/line', 'RSS kB/line', 'scans learnt of each'],
    rows,
  );
  const [, first, , ,] = rows[0] ?? [];
  const [, last, heap, rss] = rows.at(-1) ?? [];
  part.figure(`cost of a scan, ${LINES.at(-1)} lines over ${LINES[0]}`, [Number(last) / Number(first)], '×', {
    atMost: 1.25,
  });
  part.figure(`heap of a line, of ${LINES.at(-1)}`, [Number(heap)], 'kB');
  part.figure(`resident memory of a line, of ${LINES.at(-1)}`, [Number(rss)], 'kB', { atMost: 200 });
}

function inScans(part: Part): void {
  const { processor, learnt } = newProcessor(settings);
  const rows: (string | number)[][] = [];
  let batch: Step[] = [];
  let costs: number[] = [];
  let scans = 0;
  /** Half a power of ten from one look to the next. */
  let power = 3;
  for (const step of simulated(MOST_SCANS)) {
    batch.push(step);
    if (batch.length < 100) continue;
    costs.push(run(processor, batch));
    scans += batch.length;
    batch = [];
    if (scans < 10 ** power) continue;
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    const recent = costs.slice(-10);
    const mean = recent.reduce((sum, cost) => sum + cost, 0) / recent.length;
    const runs = processor.learner.forecaster.runs.length;
    rows.push([scans, runs, learnt(), mean, heapUsed / 1e6, rss / 1e6]);
    costs = recent;
    power += 0.5;
  }
  part.table('scans of one line', ['scans', 'runs', 'learnt', 'ms/scan', 'heap MB', 'RSS MB'], rows);
  const [first, last] = [rows[0], rows.at(-1)];
  if (first && last)
    part.figure(
      `cost of a scan, after ${last[0]} over after ${first[0]}`,
      [Number(last[3]) / Number(first[3])],
      '×',
      {
        atMost: 1.25,
      },
    );
}
