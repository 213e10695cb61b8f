import type { AbstractionProblem, Objective } from '../../../../src/causal/problem.ts';
import type { RelaxedLoss } from '../../../../src/causal/relaxed/index.ts';

/** Columns of softmax(logits/T), map after map, written without regard to speed. */
export function softmaxColumns(
  problem: AbstractionProblem,
  logits: Float64Array,
  temperature: number,
): Float64Array {
  const out = new Float64Array(logits.length);
  const gapEntries = problem.nu.length * problem.mu.length;
  for (let first = 0; first < logits.length; ) {
    const rows = first < gapEntries ? problem.mu.length : problem.labBins;
    const powers = Array.from(logits.subarray(first, first + rows), (w) => Math.exp(w / temperature));
    const sum = powers.reduce((x, y) => x + y, 0);
    powers.forEach((power, i) => {
      out[first + i] = power / sum;
    });
    first += rows;
  }
  return out;
}

/** Both losses straight from their definitions: quotients and logarithms cell by cell, every group. */
export function lossByDefinition(
  problem: AbstractionProblem,
  a: Float64Array,
  settings: {
    readonly loss: RelaxedLoss;
    readonly objective?: Objective;
    readonly surjectiveLoading?: boolean;
    readonly lambda: number;
  },
): { total: number; distance: number; penalty: number } {
  const labGaps = problem.mu.length;
  const { labBins } = problem;
  const start = problem.nu.length * labGaps;
  const epsilon = settings.loss === 'published' ? 1e-7 : 0;
  const cell = (g: number, b: number): number => {
    const p = problem.mu.reduce((sum, row, k) => sum + row[b]! * a[g * labGaps + k]!, 0);
    const q = problem.nu[g]!.reduce((sum, mass, o) => sum + mass * a[start + o * labBins + b]!, 0);
    const m = (p + q) / 2;
    const term = (u: number) => (u === 0 ? 0 : u * Math.log(u / m + epsilon));
    return (term(p) + term(q)) / 2;
  };
  const gaps = problem.nu.map((_, g) => g);
  const bins = Array.from({ length: labBins }, (_, b) => b);
  const groups =
    settings.loss === 'column'
      ? gaps.map((g) => bins.reduce((sum, b) => sum + cell(g, b), 0))
      : bins.map((b) => gaps.reduce((sum, g) => sum + cell(g, b), 0));
  const distances = groups.map((sum) => Math.sqrt(Math.max(0, sum)));
  const distance =
    settings.objective === 'sum' ? distances.reduce((x, y) => x + y, 0) : Math.max(...distances);
  const missing = (first: number, columns: number, rows: number) =>
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (__, c) => a[first + c * rows + row]!),
    ).reduce((sum, row) => sum + 1 - Math.max(...row), 0);
  const penalty =
    missing(0, problem.nu.length, labGaps) +
    (settings.surjectiveLoading ? missing(start, problem.outcomes.length, labBins) : 0);
  return { total: settings.lambda * distance + penalty, distance, penalty };
}
