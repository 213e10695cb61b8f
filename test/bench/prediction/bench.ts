import { spawnSync } from 'node:child_process';
import type { LabGroup, LineRun } from '../../../src/core/prediction.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { benchmark, type Part, processorSeconds, seconds } from '../harness.ts';
import { coverageOverLines, type Tally } from './simulated-lines.ts';

const GROWTH = [10, 100, 300, 1000];
const LANES = [1, 2, 8, 16];
const PREDICTIONS = 1000;

await benchmark('prediction', async (part) => {
  part.note(
    'times are processor time, unless they say wall; the lab has 10 slurries at 5 gaps, every run a gap of its own',
  );
  await growth(part);
  await lanes(part);
  await reference(part);
  if (!process.argv.includes('--costs')) coverage(part);
});

function ms(seconds: readonly number[]): number[] {
  return seconds.map((s) => 1000 * s);
}

async function measured(evidence: { lab: LabGroup[]; line: LineRun[] }) {
  const predictor = hierarchicalPredictor();
  const fit = ms(await processorSeconds(3, () => predictor.fit(evidence)));
  const model = predictor.fit(evidence);
  const last = evidence.line.at(-1) as LineRun;
  let scans = last.scans;
  const SCANS = 20;
  const scan = ms(
    await processorSeconds(5, () => {
      for (let i = 0; i < SCANS; i++)
        model.withRun({ ...last, scans: ++scans }).predict({ gap_um: last.gap_um });
    }),
  ).map((total) => total / SCANS);
  const predict = ms(
    await processorSeconds(5, () => {
      for (let i = 0; i < PREDICTIONS; i++) model.predict({ gap_um: 60 + 0.2 * i });
    }),
  );
  return { fit, scan, predict };
}

async function growth(part: Part): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const runs of GROWTH) {
    const data = evidence(runs, 2);
    const { fit, scan, predict } = await measured(data);
    const whole = runs === 1000;
    if (whole) await wall(part, data);
    rows.push([
      runs,
      part.figure(`fit from ${runs} runs`, fit, 'ms', whole ? { atMost: 2000 } : undefined).median,
      part.figure(`one more scan and its prediction, ${runs} runs`, scan, 'ms', { atMost: 2 }).median,
      part.figure(`${PREDICTIONS} predictions, ${runs} runs`, predict, 'ms', { atMost: 50 }).median,
    ]);
  }
  part.table('growth over runs, two lanes (ms)', ['runs', 'fit', 'scan', `${PREDICTIONS} predictions`], rows);
}

/** The same work by the clock on the wall: more than its processor time where others use the machine too. */
async function wall(part: Part, data: ReturnType<typeof evidence>): Promise<void> {
  const predictor = hierarchicalPredictor();
  const model = predictor.fit(data);
  const last = data.line.at(-1) as LineRun;
  let scans = last.scans;
  part.figure('wall: fit from 1000 runs', ms(await seconds(3, () => predictor.fit(data))), 'ms');
  const scan = await seconds(20, () =>
    model.withRun({ ...last, scans: ++scans }).predict({ gap_um: last.gap_um }),
  );
  part.figure('wall: one more scan and its prediction', ms(scan), 'ms');
  const predictions = await seconds(5, () => {
    for (let i = 0; i < PREDICTIONS; i++) model.predict({ gap_um: 60 + 0.2 * i });
  });
  part.figure(`wall: ${PREDICTIONS} predictions`, ms(predictions), 'ms');
}

async function lanes(part: Part): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const count of LANES) {
    const { fit, scan, predict } = await measured(evidence(300, count));
    rows.push([
      count,
      ...[fit, scan, predict].map((values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0),
    ]);
  }
  part.table(
    'growth over lanes, 300 runs (ms)',
    ['lanes', 'fit', 'scan', `${PREDICTIONS} predictions`],
    rows,
  );
}

/** scikit-learn's Gaussian process on the same rows, where Debian's python3-sklearn is installed. */
async function reference(part: Part): Promise<void> {
  const data = evidence(1000, 2);
  const rows = [
    ...data.lab.map((g) => [1, g.gap_um, g.mean_mg_cm2]),
    ...data.line.map((r) => [0, r.gap_um, r.level_mg_cm2]),
  ];
  const script = new URL('../../../../test/bench/prediction/reference.py', import.meta.url).pathname;
  const child = spawnSync('/usr/bin/python3', [script], {
    input: JSON.stringify({ rows, predictions: PREDICTIONS }),
    encoding: 'utf8',
  });
  if (child.status !== 0) {
    part.note('scikit-learn is not there (Debian: python3-sklearn): no reference');
    return;
  }
  const { version, fit_seconds, predict_seconds } = JSON.parse(child.stdout) as {
    version: string;
    fit_seconds: number;
    predict_seconds: number;
  };
  part.note(`reference: GaussianProcessRegressor of scikit-learn ${version}, RBF and white noise, same rows`);
  const { fit, predict } = await measured(data);
  const slow = part.figure('scikit-learn: fit from 1000 runs', [1000 * fit_seconds], 'ms');
  const slowPredict = part.figure(`scikit-learn: ${PREDICTIONS} predictions`, [1000 * predict_seconds], 'ms');
  part.ratio('scikit-learn to gapwise, fit', slow, part.figure('gapwise: fit', fit, 'ms'));
  part.ratio(
    'scikit-learn to gapwise, predictions',
    slowPredict,
    part.figure('gapwise: predictions', predict, 'ms'),
  );
}

function coverage(part: Part): void {
  const { all, repeated, between, extrapolated, advice } = coverageOverLines(200);
  part.note('200 lines from the simulator’s prior; each prediction against the level of the next run');
  const percent = (tally: Tally): number[] => [100 * tally.coverage];
  part.figure('90 % intervals cover', percent(all), '%', { atLeast: 86, atMost: 94 });
  part.figure('at gaps run before', percent(repeated), '%');
  part.figure('between gaps run', percent(between), '%');
  part.figure('at extrapolated gaps', percent(extrapolated), '%', { atLeast: 80 });
  part.figure('advice: the right gap inside its interval', percent(advice), '%', { atLeast: 86, atMost: 94 });
}

function evidence(runs: number, laneCount: number): { lab: LabGroup[]; line: LineRun[] } {
  const random = seededRandom(3);
  const lab = Array.from({ length: 50 }, (_, i): LabGroup => {
    const [gap_um, solids] = [50 + 80 * (i % 5), 65 + Math.floor(i / 5)];
    return {
      table: 'lab',
      gap_um,
      slurry: { am_percent: 96, solid_to_liquid_percent: solids },
      n: 8,
      mean_mg_cm2: 0.0019 * solids * gap_um + 0.6 * random.normal(),
      sd_mg_cm2: 0.5,
    };
  });
  const line = Array.from({ length: runs }, (_, i): LineRun => {
    const gap_um = 100 + 100 * random.uniform();
    const level_mg_cm2 = 3 + 0.12 * gap_um + random.normal();
    return {
      line: 'a',
      run: i + 1,
      gap_um,
      scans: 20,
      level_mg_cm2,
      spread_mg_cm2: 0.2,
      lanes_mg_cm2: new Array<number>(laneCount).fill(level_mg_cm2),
      start_ms: 1e6 * i,
    };
  });
  return { lab, line };
}
