import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { solveExact } from '../../../src/causal/exact/index.ts';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';
import { makeDescend } from '../../../src/causal/relaxed/fused/descend.ts';
import { FusedKernel } from '../../../src/causal/relaxed/fused/kernel.ts';
import { LogitAdam } from '../../../src/causal/relaxed/fused/logit-adam.ts';
import { fusedTables } from '../../../src/causal/relaxed/fused/tables.ts';
import { softened, solveRelaxed, solveRelaxedSync } from '../../../src/causal/relaxed/index.ts';
import { resolveSettings } from '../../../src/causal/relaxed/options.ts';
import { planRestarts } from '../../../src/causal/relaxed/restarts.ts';
import { hasSharedData } from '../../support/shared-data.ts';
import { publishedProblem } from '../../unit/causal/relaxed/published.ts';
import { benchmark, type Figure, type Part, processorSeconds, seconds } from '../harness.ts';
import { GROWTH, grownProblem, STUDY } from './growth.ts';
import { runReference } from './reference.ts';

/** The published search: 12 settings × 50 restarts of 10,000 steps. */
const SEARCH = { restarts: 600, steps: 10_000 };
const SETTING = { temperature: 0.1, lambda: 5, learningRate: 0.001 };
const RESTARTS_TIMED = { reference: 2, fused: 12 };

/** Enough for the collector's own few kilobytes not to count. */
const STEPS_WATCHED = 200_000;

await benchmark('learning', async (part) => {
  if (!hasSharedData)
    part.note('the published data are absent: everything runs on a drawn problem of their size');
  const problem = hasSharedData ? publishedProblem() : grownProblem({ ...STUDY, joint: 'product' }, 1);

  part.note('times are processor time, except where wall time is said');
  const fused = await perRestart(part, problem);
  allocation(part, problem);
  const reference = referenceRestart(part, problem);
  if (reference)
    part.ratio('PyTorch to fused, one thread each, per restart', reference, fused, { atLeast: 75 });
  const whole = await wholeSearch(part, problem);
  const exact = part.figure(
    'exact solver, proof, tie-break and count',
    (await processorSeconds(25, () => solveExact(problem), 10)).map((s) => s * 1000),
    'ms',
  );
  const scaled = (figure: Figure, factor: number): Figure => ({
    ...figure,
    median: figure.median * factor,
    low: figure.low * factor,
    high: figure.high * factor,
  });
  if (reference) {
    part.ratio('PyTorch, whole search, to exact', scaled(reference, SEARCH.restarts), exact, {
      atLeast: 1e4,
    });
  }
  part.ratio('fused, whole search, to exact', scaled(whole, 1000), exact);
  await tensorBatch(part, problem, reference);
  await online(part, problem);
  acceptance(part, problem);
  await growth(part);
});

async function perRestart(part: Part, problem: AbstractionProblem): Promise<Figure> {
  const settings = resolveSettings({
    loss: 'published',
    restarts: RESTARTS_TIMED.fused,
    steps: SEARCH.steps,
    temperatures: [SETTING.temperature],
    lambdas: [SETTING.lambda],
    learningRates: [SETTING.learningRate],
  });
  const descend = makeDescend(fusedTables(problem), settings);
  const restarts = planRestarts(settings);
  let next = 0;
  const taken = await processorSeconds(restarts.length - 2, () => descend(restarts[next++]!), 2);
  const figure = part.figure(
    'fused, one restart of 10,000 steps',
    taken.map((s) => s * 1000),
    'ms',
  );
  part.note(`that is ${((figure.median * 1000) / SEARCH.steps).toFixed(2)} µs per step`);
  return figure;
}

/** Bytes that the heap grows by per step, each time from a freshly collected heap. */
function allocation(part: Part, problem: AbstractionProblem): void {
  const tables = fusedTables(problem);
  const kernel = new FusedKernel(tables, 'published');
  const adam = new LogitAdam(tables);
  const a = new Float64Array(tables.entries);
  for (let i = 0; i < a.length; i++) a[i] = 1 / (i < tables.gapEntries ? tables.labGaps : tables.labBins);
  const gradient = new Float64Array(tables.entries);
  const run = (steps: number) => {
    for (let i = 0; i < steps; i++) {
      kernel.evaluate(a, 5, 0.1, gradient);
      adam.step(a, gradient, 0.001, 0.1);
    }
  };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  run(50_000);
  const grown = Array.from({ length: 5 }, () => {
    collect();
    const before = process.memoryUsage().heapUsed;
    run(STEPS_WATCHED);
    return (process.memoryUsage().heapUsed - before) / STEPS_WATCHED;
  });
  // The smallest, because what a step allocates would show every time, and what the engine does now and then not.
  part.figure('fused, heap growth per step', [Math.min(...grown)], 'bytes', { atMost: 1 });
}

function referenceRestart(part: Part, problem: AbstractionProblem): Figure | undefined {
  const { reference: restarts } = RESTARTS_TIMED;
  const run = runReference(problem, { ...SETTING, restarts, steps: SEARCH.steps, threads: 1, seed: 1 });
  if (!run) {
    part.note('no PyTorch here, so no ratio to it: apt-get install python3-torch');
    return undefined;
  }
  const figure = part.figure(
    `PyTorch ${run.version}, one thread, one restart of 10,000 steps`,
    run.seconds.map((s) => s * 1000),
    'ms',
  );
  part.note(
    `PyTorch ran ${restarts} restarts; its whole search of ${SEARCH.restarts} is extrapolated from them: ` +
      `${((figure.median * SEARCH.restarts) / 60_000).toFixed(1)} min`,
  );
  return figure;
}

/** All 600 restarts, run and not extrapolated. */
async function wholeSearch(part: Part, problem: AbstractionProblem): Promise<Figure> {
  const options = { ...SEARCH, loss: 'published' } as const;
  const search = (more: object) => () => solveRelaxed(problem, { ...options, ...more });
  const name = 'fused, whole search of 600 restarts';
  const figure = part.figure(`${name}, one thread`, await processorSeconds(1, search({}), 0), 's');
  part.figure(
    `${name}, patience of 100 steps`,
    await processorSeconds(1, search({ patience_steps: 100 }), 0),
    's',
  );
  for (const threads of [1, 2]) {
    part.figure(
      `${name}, worker threads: ${threads}, wall time`,
      await seconds(1, search({ threads }), 0),
      's',
    );
  }
  return figure;
}

/** The tensor engine pays per operation, hardly per restart: a few hundred steps of the whole batch tell. */
async function tensorBatch(
  part: Part,
  problem: AbstractionProblem,
  reference: Figure | undefined,
): Promise<void> {
  const steps = 200;
  for (const restarts of [50, SEARCH.restarts]) {
    const solve = () =>
      solveRelaxed(problem, { engine: 'tensor', loss: 'published', restarts, steps, polish: false });
    const { engine } = await solve();
    const taken = await processorSeconds(3, solve, 0);
    const figure = part.figure(
      `${engine}, ${restarts} restarts in one batch, per restart of 10,000 steps (extrapolated from ${steps})`,
      taken.map((s) => (s * 1000 * SEARCH.steps) / steps / restarts),
      'ms',
    );
    if (reference) part.ratio(`PyTorch to ${engine}, ${restarts} restarts in one batch`, reference, figure);
  }
}

/** What the agent does after a scan: one restart from the maps that it has. */
async function online(part: Part, problem: AbstractionProblem): Promise<void> {
  const warmStart = softened(problem, solveExact(problem));
  const update = () => solveRelaxedSync(problem, { warmStart, restarts: 1, steps: 300 });
  const taken = await processorSeconds(50, update, 20);
  part.figure(
    'fused, warm start of 300 steps with rounding',
    taken.map((s) => s * 1000),
    'ms',
  );
}

function acceptance(part: Part, problem: AbstractionProblem): void {
  for (const [loss, atMost] of [
    ['published', 0.0008],
    ['column', 0.001],
  ] as const) {
    const solution = solveRelaxedSync(problem, { loss, restarts: 50, steps: SEARCH.steps });
    part.figure(`${loss} loss, best of 50 restarts`, [solution.relaxed.distance], '', { atMost });
    part.note(
      `${loss}: that restart rounded ${solution.relaxed.rounded.error.toFixed(6)}, best rounded and polished ` +
        `${solution.error.toFixed(6)}, certified optimum ${solveExact(problem).error.toFixed(6)}`,
    );
  }
}

async function growth(part: Part): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const size of GROWTH) {
    const problem = grownProblem(size, 1);
    const exact = solveExact(problem);
    const [exact_s] = await processorSeconds(1, () => solveExact(problem), 0);
    const relaxed = solveRelaxedSync(problem, { restarts: 12, steps: 2000 });
    const [relaxed_s] = await processorSeconds(
      1,
      () => solveRelaxedSync(problem, { restarts: 12, steps: 2000 }),
      0,
    );
    rows.push([
      size.bins,
      size.lanes,
      size.lineGaps,
      size.labGaps,
      problem.outcomes.length,
      exact_s! * 1000,
      exact.proved ? 'yes' : 'no',
      exact.error,
      exact.lowerBound,
      (relaxed_s! * 1e6) / (12 * 2000),
      relaxed.error,
    ]);
  }
  part.table(
    "growth (drawn lines of the study's kind, lanes joint)",
    [
      'bins',
      'lanes',
      'line gaps',
      'lab gaps',
      'outcomes',
      'exact ms',
      'proved',
      'error',
      'lower bound',
      'fused µs/step',
      'relaxed error',
    ],
    rows,
  );
}
