import type { AbstractionProblem } from '../../../src/causal/problem.ts';

/** Everything that enumeration tells of a small problem; written without a line of the solver's own code. */
export interface BruteForce {
  readonly error: number;
  readonly ties: number;
  /** α_G, joined by commas → number of optimal α_L. */
  readonly loadingMaps: ReadonlyMap<string, number>;
  /** The best errors in descending order among all optima. */
  readonly leximin: readonly number[];
}

export interface Rules {
  readonly objective: 'max' | 'sum';
  readonly orderPreserving: boolean;
  readonly surjectiveGap: boolean;
  readonly surjectiveLoading: boolean;
}

export function bruteForce(problem: AbstractionProblem, rules: Rules): BruteForce | undefined {
  const { labGaps_um, lineGaps_um, labBins, outcomes, mu, nu } = problem;
  const gapMaps = tuples(lineGaps_um.length, labGaps_um.length).filter(
    (map) =>
      (!rules.surjectiveGap || new Set(map).size === labGaps_um.length) &&
      (!rules.orderPreserving || map.every((lab, i) => i === 0 || lab >= map[i - 1]!)),
  );
  const loadingMaps = tuples(outcomes.length, labBins).filter(
    (map) =>
      (!rules.surjectiveLoading || new Set(map).size === labBins) &&
      (!rules.orderPreserving || keepsOrder(outcomes, map)),
  );
  const candidates: { key: string; error: number; errors: number[] }[] = [];
  for (const loading of loadingMaps) {
    const table = nu.map((row) => {
      const pushed = new Array<number>(labBins).fill(0);
      row.forEach((p, o) => {
        pushed[loading[o]!]! += p;
      });
      return mu.map((lab) => distance([...lab], pushed));
    });
    for (const gaps of gapMaps) {
      const errors = gaps.map((lab, g) => table[g]![lab]!).sort((a, b) => b - a);
      const error = rules.objective === 'max' ? errors[0]! : errors.reduce((a, b) => a + b, 0);
      candidates.push({ key: gaps.join(), error, errors });
    }
  }
  if (candidates.length === 0) return undefined;
  const error = candidates.reduce((least, c) => Math.min(least, c.error), Number.POSITIVE_INFINITY);
  const optimal = candidates.filter((c) => c.error <= error + 1e-9);
  const counts = new Map<string, number>();
  for (const { key } of optimal) counts.set(key, (counts.get(key) ?? 0) + 1);
  const leximin = optimal.reduce((best, c) => (isLess(c.errors, best.errors) ? c : best)).errors;
  return { error, ties: optimal.length, loadingMaps: counts, leximin };
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) if (Math.abs(value - b[i]!) > 1e-9) return value < b[i]!;
  return false;
}

function keepsOrder(outcomes: AbstractionProblem['outcomes'], map: readonly number[]): boolean {
  return outcomes.every((a, i) =>
    outcomes.every((b, j) => !a.every((x, k) => x <= b[k]!) || map[i]! <= map[j]!),
  );
}

/** Jensen-Shannon distance as the textbook has it. */
export function distance(p: readonly number[], q: readonly number[]): number {
  const middle = p.map((x, i) => (x + q[i]!) / 2);
  const relativeEntropy = (a: readonly number[]) =>
    a.reduce((sum, x, i) => (x > 0 ? sum + x * Math.log(x / middle[i]!) : sum), 0);
  const divergence = (relativeEntropy(p) + relativeEntropy(q)) / 2;
  // The root would turn a rounding error of 1e-16 into 1e-8.
  return divergence < 1e-13 ? 0 : Math.sqrt(divergence);
}

function tuples(length: number, base: number): number[][] {
  return Array.from({ length: base ** length }, (_, code) =>
    Array.from({ length }, (_, i) => Math.floor(code / base ** i) % base),
  );
}
