import { BadInputError } from '../../core/errors.ts';
import { jensenShannonDistance } from '../divergence.ts';
import type { AbstractionProblem } from '../problem.ts';

/**
 * Any pair of finite models as the relaxed method takes it: maps to be learned, and squares of mechanisms that
 * should commute with them. The coating problem has two maps and one square.
 */
export interface DiagramProblem {
  readonly maps: readonly DiagramMap[];
  readonly diagrams: readonly Diagram[];
}

/** The map of one variable's values: for each of `low` values one of `high` values, or a distribution over them. */
export interface DiagramMap {
  readonly low: number;
  readonly high: number;
  /** Whether every high value must be taken. */
  readonly surjective: boolean;
  /** Known beforehand: the high value of each low value. Such a map takes no part in the search. */
  readonly frozen?: readonly number[];
}

/** One pair of mechanisms: effect given intervention on the cause, above (μ) and below (ν). */
export interface Diagram {
  /** Indices of the maps whose product abstracts the cause; the first varies slowest in its values. */
  readonly cause: readonly number[];
  readonly effect: readonly number[];
  /** For each value of the high cause a distribution over the high effect. */
  readonly mu: readonly Float64Array[];
  /** For each value of the low cause a distribution over the low effect. */
  readonly nu: readonly Float64Array[];
}

/** The coating problem: α_G and α_L, and the square of both mechanisms. */
export function diagramOf(
  problem: AbstractionProblem,
  settings: { readonly surjectiveLoading: boolean },
): DiagramProblem {
  return {
    maps: [
      { low: problem.nu.length, high: problem.mu.length, surjective: true },
      { low: problem.outcomes.length, high: problem.labBins, surjective: settings.surjectiveLoading },
    ],
    diagrams: [{ cause: [0], effect: [1], mu: problem.mu, nu: problem.nu }],
  };
}

/** Entries of all maps, column after column, map after map. */
export const entriesOf = (maps: readonly DiagramMap[]): number =>
  maps.reduce((sum, map) => sum + map.low * map.high, 0);

/** The entries map by map: for each low value its column. */
export function columnsOf(maps: readonly DiagramMap[], entries: Float64Array): Float64Array[][] {
  let first = 0;
  return maps.map(({ low, high }) =>
    Array.from({ length: low }, () => {
      first += high;
      return entries.slice(first - high, first);
    }),
  );
}

/** Jensen-Shannon distance of every intervention of every square, square by square, for deterministic maps. */
export function diagramErrors(problem: DiagramProblem, maps: readonly (readonly number[])[]): number[] {
  return problem.diagrams.flatMap(({ cause, effect, mu, nu }) => {
    const alphaCause = productMap(problem, cause, maps);
    const alphaEffect = productMap(problem, effect, maps);
    return nu.map((distribution, value) => {
      const pushed = new Float64Array(mu[0]!.length);
      distribution.forEach((mass, outcome) => {
        pushed[alphaEffect[outcome]!]! += mass;
      });
      return jensenShannonDistance(mu[alphaCause[value]!]!, pushed);
    });
  });
}

/** The map of several variables at once, their values counted like digits, the first slowest. */
function productMap(
  problem: DiagramProblem,
  factors: readonly number[],
  maps: readonly (readonly number[])[],
): number[] {
  return factors.reduce(
    (product, m) => product.flatMap((image) => maps[m]!.map((own) => image * problem.maps[m]!.high + own)),
    [0],
  );
}

/** @throws BadInputError naming the square or map whose sizes don't fit, and what would. */
export function checkDiagrams({ maps, diagrams }: DiagramProblem): void {
  maps.forEach(({ low, high, surjective, frozen }, i) => {
    const where = `maps[${i}]`;
    if (surjective && high > low) {
      throw new BadInputError(`${low} values can't map onto ${high}`, { where, allowed: `at most ${low}` });
    }
    if (frozen && (frozen.length !== low || frozen.some((image) => image < 0 || image >= high))) {
      throw new BadInputError(`frozen as [${frozen.join(', ')}]`, {
        where,
        allowed: `${low} values from 0 to ${high - 1}`,
      });
    }
  });
  diagrams.forEach(({ cause, effect, mu, nu }, i) => {
    const size = (factors: readonly number[], side: 'low' | 'high') =>
      factors.reduce((product, m) => product * (maps[m]?.[side] ?? Number.NaN), 1);
    checkShape(`diagrams[${i}].mu`, mu, size(cause, 'high'), size(effect, 'high'));
    checkShape(`diagrams[${i}].nu`, nu, size(cause, 'low'), size(effect, 'low'));
  });
}

function checkShape(where: string, matrix: readonly Float64Array[], rows: number, columns: number): void {
  const fits = matrix.length === rows && matrix.every((row) => row.length === columns);
  if (!fits) {
    const found = `${matrix.length} × ${matrix[0]?.length ?? 0}`;
    throw new BadInputError(`is ${found}`, { where, allowed: `${rows} × ${columns}, by its maps` });
  }
  matrix.forEach((row, i) => {
    const sum = row.reduce((x, y) => x + y, 0);
    if (!(Math.abs(sum - 1) <= 1e-9) || row.some((p) => p < 0)) {
      throw new BadInputError(`sums to ${sum}`, { where: `${where}[${i}]`, allowed: 'non-negative, sum 1' });
    }
  });
}
