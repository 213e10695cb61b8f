import { jensenShannonDivergence } from '../divergence.ts';
import type { AbstractionProblem, Objective } from '../problem.ts';

/** A stochastic α_L with everything that follows from it; immutable. */
export class Mixture {
  readonly #problem: AbstractionProblem;
  readonly #targets: readonly Float64Array[];
  /** Outcomes × bins. */
  readonly shares: readonly Float64Array[];
  /** α_L·ν for each line gap: lineGaps × bins. */
  readonly pushed: readonly Float64Array[];
  /** Jensen-Shannon divergence of each intervention. */
  readonly divergences: Float64Array;

  constructor(
    problem: AbstractionProblem,
    targets: readonly Float64Array[],
    shares: readonly Float64Array[],
  ) {
    this.#problem = problem;
    this.#targets = targets;
    this.shares = shares;
    this.pushed = problem.nu.map((row) => {
      const q = new Float64Array(problem.labBins);
      row.forEach((mass, o) => {
        if (mass > 0) for (let bin = 0; bin < q.length; bin++) q[bin]! += mass * shares[o]![bin]!;
      });
      return q;
    });
    this.divergences = Float64Array.from(this.pushed, (q, g) => jensenShannonDivergence(targets[g]!, q));
  }

  static uniform(problem: AbstractionProblem, alphaGap: readonly number[]): Mixture {
    const targets = alphaGap.map((lab) => problem.mu[lab]!);
    const shares = problem.outcomes.map(() => new Float64Array(problem.labBins).fill(1 / problem.labBins));
    return new Mixture(problem, targets, shares);
  }

  value(objective: Objective): number {
    return this.divergences.reduce((total, d) => (objective === 'max' ? Math.max(total, d) : total + d), 0);
  }

  /** The soft maximum ln Σ exp(sharpness·d) / sharpness, at most ln(gaps) / sharpness above the hard one. */
  softValue(objective: Objective, sharpness: number): number {
    if (objective === 'sum') return this.value('sum');
    const top = this.value('max');
    const sum = this.divergences.reduce((total, d) => total + Math.exp(sharpness * (d - top)), 0);
    return top + Math.log(sum) / sharpness;
  }

  /** Slope of the weighted divergences in each share: outcomes × bins. */
  gradient(weights: Float64Array): Float64Array[] {
    const { nu, outcomes, labBins } = this.#problem;
    const slopes = this.pushed.map((q, g) =>
      q.map((mass, bin) => (mass > 0 ? Math.log((2 * mass) / (this.#targets[g]![bin]! + mass)) / 2 : 0)),
    );
    return outcomes.map((_, o) => {
      const gradient = new Float64Array(labBins);
      for (const [g, weight] of weights.entries()) {
        const factor = weight * nu[g]![o]!;
        if (factor > 0) for (let bin = 0; bin < labBins; bin++) gradient[bin]! += factor * slopes[g]![bin]!;
      }
      return gradient;
    });
  }

  /**
   * One step of mirror descent with the entropy of each outcome's shares, weighted by the outcome's mass. The
   * divergence is 1/2-smooth relative to that entropy (its second derivative in q is at most 1/(2q), and pushing
   * forward never raises a relative entropy), so for fixed weights a step of 2 always descends
   * (Bauschke, Bolte and Teboulle 2017).
   */
  stepped(weights: Float64Array, stepSize: number): Mixture {
    const gradient = this.gradient(weights);
    const { nu } = this.#problem;
    const shares = this.shares.map((column, o) => {
      const mass = weights.reduce((sum, weight, g) => sum + weight * nu[g]![o]!, 0);
      if (!(mass > 0)) return column;
      const exponents = gradient[o]!.map((slope) => (-stepSize * slope) / mass);
      const top = Math.max(...exponents);
      // A share never reaches zero for good: from there no step would bring it back.
      const raised = column.map((share, bin) => Math.max(share * Math.exp(exponents[bin]! - top), 1e-300));
      const sum = raised.reduce((a, b) => a + b, 0);
      return raised.map((share) => share / sum);
    });
    return new Mixture(this.#problem, this.#targets, shares);
  }
}

/** Weights of the interventions in the gradient of the (soft) objective; they sum to 1 for `max`. */
export function weightsAt(divergences: Float64Array, objective: Objective, sharpness: number): Float64Array {
  if (objective === 'sum') return new Float64Array(divergences.length).fill(1);
  const top = Math.max(...divergences);
  const raised = divergences.map((d) => Math.exp(sharpness * (d - top)));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => value / sum);
}

/** What the tangent at one point proves (all in divergence). */
export interface Tangent {
  /** Weighted sum of the divergences; for `max` their weighted mean. */
  readonly value: number;
  /** How far the tangent falls below that at most: 0 at the optimum for these weights. */
  readonly descent: number;
  /** Lower bound on the objective. */
  readonly bound: number;
}

/**
 * A convex function lies above its tangent, whose least value puts each outcome into its steepest bin (Frank and
 * Wolfe 1956; Jaggi 2013). For the maximum any weights that sum to 1 will do, for no weighted mean exceeds it.
 */
export function tangentAt(mixture: Mixture, weights: Float64Array): Tangent {
  const gradient = mixture.gradient(weights);
  const value = mixture.divergences.reduce((sum, d, g) => sum + weights[g]! * d, 0);
  const descent = gradient.reduce((sum, slopes, o) => {
    const here = slopes.reduce((total, slope, bin) => total + slope * mixture.shares[o]![bin]!, 0);
    return sum + here - Math.min(...slopes);
  }, 0);
  return { value, descent, bound: Math.max(0, value - descent) };
}
