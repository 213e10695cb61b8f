import type { AbstractionMaps, AbstractionProblem } from '../../../../src/causal/problem.ts';
import { pushForward } from '../../../../src/causal/problem.ts';
import { type Random, seededRandom } from '../../../../src/core/random.ts';

export interface Size {
  readonly labGaps: number;
  readonly lineGaps: number;
  readonly labBins: number;
  readonly outcomes: number;
}

/** A random pair of mechanisms, with a share of zeros in ν as on a real line. */
export function randomProblem(seed: number, size: Size): AbstractionProblem {
  const random = seededRandom(seed);
  return problemOf(
    Array.from({ length: size.labGaps }, () => distribution(random, size.labBins, 0.2)),
    Array.from({ length: size.lineGaps }, () => distribution(random, size.outcomes, 0.4)),
  );
}

/** A pair of mechanisms between which the returned maps are exact: each line gap's mechanism splits up μ's. */
export function plantedProblem(
  seed: number,
  size: Size,
): { problem: AbstractionProblem; maps: AbstractionMaps } {
  const random = seededRandom(seed);
  const alphaGap = Array.from({ length: size.lineGaps }, (_, g) => g % size.labGaps);
  const alphaLoading = Array.from({ length: size.outcomes }, (_, o) => o % size.labBins);
  const nu = alphaGap.map(() => distribution(random, size.outcomes, 0));
  const mu = Array.from({ length: size.labGaps }, (_, k) => pushForward(nu[k]!, alphaLoading, size.labBins));
  const split = nu.map((column, g) => {
    const own = pushForward(column, alphaLoading, size.labBins);
    const rescaled = column.map(
      (mass, o) => (mass * mu[alphaGap[g]!]![alphaLoading[o]!]!) / own[alphaLoading[o]!]!,
    );
    return normalised(rescaled);
  });
  return { problem: problemOf(mu.map(normalised), split), maps: { alphaGap, alphaLoading } };
}

/** A problem of bare matrices: gaps and outcomes have names only because they must. */
export function problemOf(mu: readonly Float64Array[], nu: readonly Float64Array[]): AbstractionProblem {
  return {
    labGaps_um: mu.map((_, k) => 100 + k),
    lineGaps_um: nu.map((_, g) => 100 + g),
    labBins: mu[0]!.length,
    outcomes: Array.from(nu[0]!, (_, o) => [o]),
    mu,
    nu,
  };
}

function distribution(random: Random, length: number, zeros: number): Float64Array {
  const keep = random.integer(length);
  return normalised(
    Float64Array.from({ length }, (_, i) => {
      const share = -Math.log(1 - random.uniform());
      return i === keep || random.uniform() >= zeros ? share : 0;
    }),
  );
}

function normalised(weights: Float64Array): Float64Array {
  const sum = weights.reduce((x, y) => x + y, 0);
  return weights.map((weight) => weight / sum);
}
