import { jensenShannonDistance, jensenShannonTerm } from '../divergence.ts';
import { type AbstractionMaps, type AbstractionProblem, pushForward } from '../problem.ts';
import { outcomeDistances, steepestInBall } from './ball.ts';

/** How bad one intervention can get while its mechanism stays within the ball. */
export interface WorstCase {
  /** Distance reached by a mechanism within the ball: the worst that was found. */
  readonly found: number;
  /** No mechanism within the ball is further away than this. */
  readonly ceiling: number;
}

const MOST_STEPS = 50;

/**
 * Worst case of each intervention over all mechanisms within a Wasserstein ball around the observed one. The
 * distance is convex in the mechanism, so the worst lies at a corner of the ball and is reached by steepest moves
 * from several starts (each step solves a linear programme and never falls). The ceiling replaces every bin's convex
 * term by its chord over the range that the bin can take, and solves that programme exactly.
 */
export function worstCases(
  problem: AbstractionProblem,
  maps: AbstractionMaps,
  radii: readonly number[],
): WorstCase[] {
  const { labBins, nu, mu } = problem;
  const costs = costsToBins(outcomeDistances(problem), maps.alphaLoading, labBins);
  return nu.map((masses, g): WorstCase => {
    const p = mu[maps.alphaGap[g]!]!;
    const radius = radii[g]!;
    const reach = (gains: ArrayLike<number>) =>
      steepestInBall(masses, costs, maps.alphaLoading, gains, radius);
    const observed = pushForward(masses, maps.alphaLoading, labBins);
    const nominal = jensenShannonDistance(p, observed);
    if (radius <= 0) return { found: nominal, ceiling: nominal };
    let found = nominal;
    const starts = [slopes(p, observed), ...corners(labBins)];
    for (const start of starts) found = Math.max(found, ascend(p, reach, start));
    return { found, ceiling: Math.max(found, ceilingOf(p, reach, labBins)) };
  });
}

function ascend(
  p: Float64Array,
  reach: (gains: ArrayLike<number>) => Float64Array,
  start: ArrayLike<number>,
): number {
  let gains = start;
  let best = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const q = reach(gains);
    const distance = jensenShannonDistance(p, q);
    if (distance <= best + 1e-12) break;
    best = distance;
    gains = slopes(p, q);
  }
  return best;
}

/** Slope of each bin's divergence term, kept finite where the bin is empty. */
const slopes = (p: Float64Array, q: Float64Array): Float64Array =>
  q.map((mass, bin) =>
    mass + p[bin]! > 0
      ? Math.log((2 * Math.max(mass, 1e-12)) / (p[bin]! + Math.max(mass, 1e-12))) / 2
      : Math.LN2 / 2,
  );

/** Starts that pull all mass towards a bin, and away from it. */
const corners = (bins: number): Float64Array[] =>
  Array.from({ length: bins }, (_, bin) => bin).flatMap((bin) =>
    [1, -1].map((sign) => Float64Array.from({ length: bins }, (_, b) => (b === bin ? sign : 0))),
  );

function ceilingOf(p: Float64Array, reach: (gains: ArrayLike<number>) => Float64Array, bins: number): number {
  const range = Array.from({ length: bins }, (_, bin) => {
    const towards = Float64Array.from({ length: bins }, (_, b) => (b === bin ? 1 : 0));
    const most = reach(towards)[bin]!;
    const least = reach(towards.map((v) => -v))[bin]!;
    return { least, most };
  });
  const chords = range.map(({ least, most }, bin) => {
    const from = jensenShannonTerm(p[bin]!, least);
    const slope = most > least ? (jensenShannonTerm(p[bin]!, most) - from) / (most - least) : 0;
    return { from, slope, least };
  });
  const q = reach(chords.map(({ slope }) => slope));
  const divergence = chords.reduce(
    (sum, { from, slope, least }, bin) => sum + from + slope * (q[bin]! - least),
    0,
  );
  return Math.sqrt(Math.min(Math.LN2, Math.max(0, divergence)));
}

/** Cheapest way from each outcome into each lab bin: to the nearest outcome that maps there. */
function costsToBins(
  distances: readonly Float64Array[],
  alphaLoading: readonly number[],
  bins: number,
): Float64Array[] {
  return distances.map((row) => {
    const costs = new Float64Array(bins).fill(Number.POSITIVE_INFINITY);
    row.forEach((distance, other) => {
      const bin = alphaLoading[other]!;
      costs[bin] = Math.min(costs[bin]!, distance);
    });
    return costs;
  });
}
