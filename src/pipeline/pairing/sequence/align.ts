import type { ExpectedLoading } from '../../events.ts';
import {
  type AlignmentModel,
  type CoaterStretch,
  defaultModel,
  type GaugeStretch,
  intervalLikelihood,
  pairLikelihood,
} from './likelihood.ts';

export interface AlignedPair {
  /** Index into the coater's stretches. */
  readonly coater: number;
  /** Index into the gauge's stretches. */
  readonly gauge: number;
  /** Gauge's start minus coater's start (ms): web delay and difference of the clocks together. */
  readonly offset_ms: number;
  /** Posterior probability of this pair. */
  readonly confidence: number;
}

export interface AlignmentProblem {
  /** Both in ascending order of their start, each on its own clock. */
  readonly coater: readonly CoaterStretch[];
  readonly gauge: readonly GaugeStretch[];
  readonly expectedLoading: ExpectedLoading;
  readonly model?: Partial<AlignmentModel>;
  /** Coater index for each gauge index that is settled already; every other pair for it is excluded. */
  readonly settled?: ReadonlyMap<number, number>;
}

/** Steps of the common factor over ±2.5 standard deviations. */
const FACTOR_STEPS = 11;
const FACTOR_REACH = 2.5;

/**
 * Monotone alignment of two run sequences whose clocks are not known to each other. Order, durations, intervals and
 * expected loading make a probability for every alignment, in which a run of either side may stay alone; the
 * common factor between expected and measured loading is summed over. Forward and backward sums over all
 * alignments (as for pair hidden Markov models: Durbin et al., Biological Sequence Analysis, 1998, ch. 4) give the
 * posterior probability of each pair; the answer is the alignment with the largest sum of these.
 */
export function alignRuns(problem: AlignmentProblem): AlignedPair[] {
  const { coater, gauge } = problem;
  if (coater.length === 0 || gauge.length === 0) return [];
  const posterior = pairPosterior(problem);
  return bestPath(posterior, coater.length, gauge.length).map(([i, j]) => ({
    coater: i,
    gauge: j,
    offset_ms: gauge[j]!.start_ms - coater[i]!.start_ms,
    confidence: Math.min(1, posterior[i * gauge.length + j]!),
  }));
}

/** Row-major (coater × gauge): probability that the two belong together, mixed over the common factor. */
export function pairPosterior(problem: AlignmentProblem): Float64Array {
  const model = { ...defaultModel, ...problem.model };
  const intervals = intervalTable(problem, model);
  const expected = problem.coater.map(({ gap_um }) =>
    Number.isNaN(gap_um) ? Number.NaN : problem.expectedLoading(gap_um).mean_mg_cm2,
  );
  const fits = factors(model).map(({ factor, logPrior }) => {
    const loadings = expected.map((mean) => factor * mean);
    const fit = forwardBackward(problem, loadings, model, intervals);
    return { ...fit, logWeight: logPrior + fit.logEvidence };
  });
  const best = Math.max(...fits.map(({ logWeight }) => logWeight));
  const weights = fits.map(({ logWeight }) => Math.exp(logWeight - best));
  const sum = weights.reduce((a, b) => a + b, 0);
  const mixed = new Float64Array(problem.coater.length * problem.gauge.length);
  for (const [k, fit] of fits.entries())
    for (let at = 0; at < mixed.length; at++) mixed[at]! += (weights[k]! / sum) * fit.posterior[at]!;
  return mixed;
}

function factors({ factor_sd }: AlignmentModel): { factor: number; logPrior: number }[] {
  return Array.from({ length: FACTOR_STEPS }, (_, k) => {
    const z = FACTOR_REACH * ((2 * k) / (FACTOR_STEPS - 1) - 1);
    return { factor: Math.exp(z * factor_sd), logPrior: -(z * z) / 2 };
  });
}

/** Interval likelihoods for every allowed step between pairs; the same for all factors, so made once. */
type Intervals = (i: number, j: number, back: Step) => number;

interface Step {
  readonly di: number;
  readonly dj: number;
}

function steps({ skipsInRow }: AlignmentModel): Step[] {
  const all: Step[] = [];
  for (let di = 1; di <= skipsInRow + 1; di++)
    for (let dj = 1; dj <= skipsInRow + 1; dj++) all.push({ di, dj });
  return all;
}

function intervalTable({ coater, gauge }: AlignmentProblem, model: AlignmentModel): Intervals {
  const reach = model.skipsInRow + 1;
  const table = new Float64Array(coater.length * gauge.length * reach * reach);
  const at = (i: number, j: number, { di, dj }: Step) =>
    ((i * gauge.length + j) * reach + di - 1) * reach + dj - 1;
  for (let i = 0; i < coater.length; i++)
    for (let j = 0; j < gauge.length; j++)
      for (const step of steps(model)) {
        const from = { coater: coater[i - step.di], gauge: gauge[j - step.dj] };
        if (!from.coater || !from.gauge) continue;
        table[at(i, j, step)] =
          intervalLikelihood(
            { coater: from.coater, gauge: from.gauge },
            { coater: coater[i]!, gauge: gauge[j]! },
            model,
          ) -
          model.skip * (step.di + step.dj - 2);
      }
  return (i, j, step) => table[at(i, j, step)]!;
}

function forwardBackward(
  { coater, gauge, settled }: AlignmentProblem,
  loadings_mg_cm2: readonly number[],
  model: AlignmentModel,
  intervals: Intervals,
): { posterior: Float64Array; logEvidence: number } {
  const [n, m] = [coater.length, gauge.length];
  const all = steps(model);
  const own = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const only = settled?.get(j);
      const excluded = only !== undefined && only !== i;
      own[i * m + j] = excluded
        ? -Infinity
        : pairLikelihood(coater[i]!, gauge[j]!, loadings_mg_cm2[i]!, model);
    }

  const forward = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = -model.skipBefore * (i + j);
      for (const step of all) {
        if (step.di > i || step.dj > j) continue;
        sum = logAdd(sum, forward[(i - step.di) * m + j - step.dj]! + intervals(i, j, step));
      }
      forward[i * m + j] = sum + own[i * m + j]!;
    }

  const backward = new Float64Array(n * m);
  // The empty alignment, in which nothing belongs together.
  let logEvidence = -(model.skipCoaterAfter * n + model.skipAfter * m);
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--) {
      const atEnd = -(model.skipCoaterAfter * (n - 1 - i) + model.skipAfter * (m - 1 - j));
      logEvidence = logAdd(logEvidence, forward[i * m + j]! + atEnd);
      let sum = atEnd;
      for (const step of all) {
        const [ni, nj] = [i + step.di, j + step.dj];
        if (ni >= n || nj >= m) continue;
        sum = logAdd(sum, backward[ni * m + nj]! + own[ni * m + nj]! + intervals(ni, nj, step));
      }
      backward[i * m + j] = sum;
    }

  const posterior = forward.map((f, at) => Math.exp(f + backward[at]! - logEvidence));
  return { posterior, logEvidence };
}

/** log(exp(a) + exp(b)). Beyond 40 the smaller one is below the last digit of the larger. */
function logAdd(a: number, b: number): number {
  if (a < b) return logAdd(b, a);
  return b === -Infinity || a - b > 40 ? a : a + Math.log1p(Math.exp(b - a));
}

/** The monotone path of pairs with the largest sum of probabilities. */
function bestPath(posterior: Float64Array, n: number, m: number): [number, number][] {
  const width = m + 1;
  const best = new Float64Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      best[i * width + j] = Math.max(
        best[(i + 1) * width + j]!,
        best[i * width + j + 1]!,
        best[(i + 1) * width + j + 1]! + posterior[i * m + j]!,
      );
  const path: [number, number][] = [];
  for (let i = 0, j = 0; i < n && j < m; ) {
    const here = best[i * width + j]!;
    if (here === best[(i + 1) * width + j]!) i++;
    else if (here === best[i * width + j + 1]!) j++;
    else path.push([i++, j++]);
  }
  return path;
}
