import { BadInputError } from '../../core/errors.ts';
import { jensenShannonDistance } from '../divergence.ts';
import { type AbstractionProblem, checkProblem, type Objective } from '../problem.ts';
import { Mixture, tangentAt, weightsAt } from './mixture.ts';

/**
 * The best stochastic α_L for a given α_G: each outcome may go to several lab bins in shares. The divergences are
 * convex in the shares, so what comes back is the global optimum up to a gap that is proved. Every deterministic
 * α_L is one of these, so `lowerBound` bounds the exact solver's error for this α_G from below.
 */
export interface StochasticOptions {
  readonly alphaGap: readonly number[];
  /**
   * `max` (default): the largest distance. `sum`: the sum of the squared distances, i.e. of the divergences; the
   * sum of the distances themselves is not convex.
   */
  readonly objective?: Objective;
  /** Ends the search once error and bound are this near. Default 1e-4. */
  readonly tolerance?: number;
  /** Default 20,000. */
  readonly steps?: number;
}

export interface StochasticSolution {
  /** For each outcome its shares over the lab bins, summing to 1. */
  readonly alphaLoading: readonly Float64Array[];
  /** For `max` the largest distance; for `sum` the root of the sum of the squared distances. */
  readonly error: number;
  /** No shares do better than this, in the same measure as `error`. */
  readonly lowerBound: number;
  /** Duality gap: `error - lowerBound`. */
  readonly gap: number;
  /** Distance of each intervention. */
  readonly errors: readonly number[];
  readonly steps: number;
}

/** Below this a step changes nothing that rounding wouldn't. */
const SMALLEST_STEP = 1e-14;

/** @throws BadInputError for a malformed problem, or an α_G that doesn't fit it. */
export function solveStochastic(problem: AbstractionProblem, options: StochasticOptions): StochasticSolution {
  checkProblem(problem);
  const { alphaGap } = options;
  const highest = problem.labGaps_um.length - 1;
  if (
    alphaGap.length !== problem.lineGaps_um.length ||
    alphaGap.some((lab) => !(lab >= 0 && lab <= highest))
  ) {
    throw new BadInputError(`[${alphaGap.join(', ')}] is no gap map`, {
      where: 'alphaGap',
      allowed: `${problem.lineGaps_um.length} indices from 0 to ${highest}`,
    });
  }
  const objective = options.objective ?? 'max';
  const tolerance = options.tolerance ?? 1e-4;
  const mostSteps = options.steps ?? 20_000;
  let mixture = Mixture.uniform(problem, alphaGap);
  let best = mixture;
  let bound = 0;
  // The maximum is approached by a soft one. It grows harder whenever its softness keeps value and bound further
  // apart than the descent that is left.
  let sharpness = objective === 'max' ? 8 : 0;
  let stepSize = 1;
  let steps = 0;
  while (steps < mostSteps && stepSize > SMALLEST_STEP) {
    const weights = weightsAt(mixture.divergences, objective, sharpness);
    const tangent = tangentAt(mixture, weights);
    bound = Math.max(bound, tangent.bound);
    if (mixture.value(objective) < best.value(objective)) best = mixture;
    if (Math.sqrt(best.value(objective)) - Math.sqrt(bound) <= tolerance) break;
    if (tangent.descent < (mixture.value(objective) - tangent.value) / 2) {
      sharpness *= 1.5;
      stepSize = Math.max(stepSize, 1e-3);
      steps++;
      continue;
    }
    const next = mixture.stepped(weights, stepSize);
    steps++;
    if (next.softValue(objective, sharpness) < mixture.softValue(objective, sharpness)) {
      mixture = next;
      stepSize = Math.min(2, stepSize * 1.3);
    } else {
      stepSize /= 2;
    }
  }
  const error = Math.sqrt(best.value(objective));
  const lowerBound = Math.min(error, Math.sqrt(bound));
  return {
    alphaLoading: best.shares,
    error,
    lowerBound,
    gap: error - lowerBound,
    errors: best.pushed.map((q, g) => jensenShannonDistance(problem.mu[alphaGap[g]!]!, q)),
    steps,
  };
}
