import { BadInputError } from '../../core/errors.ts';
import type { AbstractionProblem } from '../problem.ts';

/**
 * Ground distance between two outcomes: mean difference of the lanes' bins, over the widest there is, so 0 to 1.
 * A Wasserstein radius in it reads as the share of mass that may cross the whole range.
 */
export function outcomeDistances(problem: AbstractionProblem): Float64Array[] {
  const highest = Math.max(1, ...problem.outcomes.flat());
  return problem.outcomes.map((a) =>
    Float64Array.from(
      problem.outcomes,
      (b) =>
        a.reduce((sum, bin, lane) => sum + Math.abs(bin - b[lane]!), 0) / (Math.max(1, a.length) * highest),
    ),
  );
}

/**
 * Radius within which the true mechanism lies with the given confidence, from n independent observations of K
 * outcomes: half the L1 deviation bound of Weissman et al. (2003), since a transport over distances of at most 1
 * costs no more than the total variation. At most 1, where the ball holds everything.
 *
 * @throws BadInputError for no observations, or a confidence outside (0, 1)
 */
export function wassersteinRadius(observations: number, outcomes: number, confidence = 0.9): number {
  if (!(observations > 0)) {
    throw new BadInputError(`${observations} observations`, { where: 'radius', allowed: 'a number above 0' });
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new BadInputError(`confidence ${confidence}`, { where: 'radius', allowed: 'between 0 and 1' });
  }
  if (outcomes < 2) return 0;
  const logSets = outcomes > 50 ? outcomes * Math.LN2 : Math.log(2 ** outcomes - 2);
  return Math.min(1, Math.sqrt((2 * (logSets - Math.log(1 - confidence))) / observations) / 2);
}

/** Where a unit of one outcome's mass may go among the lab bins, by cost: the corners of its upper hull. */
interface Move {
  readonly bin: number;
  readonly cost: number;
  readonly gain: number;
}

/**
 * The pushed-forward distribution of greatest linear gain within a Wasserstein ball: for each outcome mass moves
 * to bins at a cost (the ground distance to the nearest outcome of that bin) and all costs together stay within
 * the radius. A continuous multiple-choice knapsack, so the best increments in order are optimal (Zemel 1980).
 *
 * @param costs outcomes × bins, 0 at the outcome's own bin, Infinity where no outcome maps to a bin
 * @param gains one for each bin
 */
export function steepestInBall(
  masses: ArrayLike<number>,
  costs: readonly Float64Array[],
  home: readonly number[],
  gains: ArrayLike<number>,
  radius: number,
): Float64Array {
  const pushed = new Float64Array(gains.length);
  const increments: { mass: number; from: Move; to: Move; slope: number }[] = [];
  for (let o = 0; o < masses.length; o++) {
    const mass = masses[o]!;
    if (!(mass > 0)) continue;
    pushed[home[o]!]! += mass;
    const hull = upperHull(costs[o]!, home[o]!, gains);
    for (let i = 1; i < hull.length; i++) {
      const [from, to] = [hull[i - 1]!, hull[i]!];
      increments.push({ mass, from, to, slope: (to.gain - from.gain) / (to.cost - from.cost) });
    }
  }
  increments.sort((a, b) => b.slope - a.slope);
  let left = radius;
  for (const { mass, from, to } of increments) {
    const price = mass * (to.cost - from.cost);
    const share = price <= left ? 1 : left / price;
    pushed[from.bin]! -= mass * share;
    pushed[to.bin]! += mass * share;
    left -= price * share;
    if (left <= 0) break;
  }
  return pushed.map((value) => Math.max(0, value));
}

/** Moves that are worth their cost, with falling slope, from staying at home on. */
function upperHull(costs: Float64Array, home: number, gains: ArrayLike<number>): Move[] {
  const moves = Array.from(costs, (cost, bin): Move => ({ bin, cost, gain: gains[bin]! }))
    .filter(({ cost, bin }) => Number.isFinite(cost) && (cost > 0 || bin === home))
    .sort((a, b) => a.cost - b.cost || b.gain - a.gain);
  const hull: Move[] = [];
  const slope = (a: Move, b: Move) => (b.gain - a.gain) / (b.cost - a.cost);
  for (const move of moves) {
    if (hull.length > 0 && move.gain <= hull.at(-1)!.gain) continue;
    if (hull.length > 0 && move.cost === hull.at(-1)!.cost) continue;
    while (hull.length > 1 && slope(hull.at(-2)!, move) >= slope(hull.at(-2)!, hull.at(-1)!)) hull.pop();
    hull.push(move);
  }
  return hull;
}
