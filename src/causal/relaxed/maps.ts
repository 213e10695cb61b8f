import { jensenShannonDistance } from '../divergence.ts';
import type { AbstractionMaps, AbstractionProblem } from '../problem.ts';
import { columnsOf, diagramOf } from './diagram.ts';

/** Both maps as conditional probabilities. */
export interface RelaxedMaps {
  /** α_G: for each line gap a distribution over the lab gaps. */
  readonly alphaGap: readonly Float64Array[];
  /** α_L: for each line outcome a distribution over the lab bins. */
  readonly alphaLoading: readonly Float64Array[];
}

/**
 * Deterministic maps as a starting point. Probability 1 could never move, so each choice keeps `certainty` and
 * shares out the rest; -1 stands for a gap or outcome that is new, about which nothing is known.
 */
export function softened(problem: AbstractionProblem, maps: AbstractionMaps, certainty = 0.9): RelaxedMaps {
  const column = (choice: number, rows: number): Float64Array => {
    const known = choice >= 0 && rows > 1;
    const share = known ? (1 - certainty) / (rows - 1) : 1 / rows;
    return Float64Array.from({ length: rows }, (_, row) => (known && row === choice ? certainty : share));
  };
  return {
    alphaGap: maps.alphaGap.map((choice) => column(choice, problem.mu.length)),
    alphaLoading: maps.alphaLoading.map((choice) => column(choice, problem.labBins)),
  };
}

/** Column after column, α_G first: the order in which both engines keep all entries. */
export const flatten = (maps: RelaxedMaps): Float64Array =>
  Float64Array.from([...maps.alphaGap, ...maps.alphaLoading].flatMap((column) => [...column]));

export function unflatten(problem: AbstractionProblem, entries: Float64Array): RelaxedMaps {
  const [alphaGap, alphaLoading] = columnsOf(diagramOf(problem, { surjectiveLoading: false }).maps, entries);
  return { alphaGap: alphaGap!, alphaLoading: alphaLoading! };
}

/** Jensen-Shannon distance of each intervention between μ·α_G and α_L·ν, for each line gap. */
export function relaxedErrors(problem: AbstractionProblem, maps: RelaxedMaps): number[] {
  return problem.nu.map((nu, gap) => {
    const above = mixture(problem.mu, maps.alphaGap[gap]!);
    const below = mixture(maps.alphaLoading, nu);
    return jensenShannonDistance(above, below);
  });
}

/** Σ weights[i] · distributions[i]. */
function mixture(distributions: readonly Float64Array[], weights: Float64Array): Float64Array {
  const mixed = new Float64Array(distributions[0]!.length);
  distributions.forEach((distribution, i) => {
    distribution.forEach((probability, j) => {
      mixed[j]! += weights[i]! * probability;
    });
  });
  return mixed;
}
