import { BadInputError } from '../core/errors.ts';

/**
 * Edges (mg/cm²) of `bins` equal-width bins over all values, as the published study makes them: the inner edges
 * from the range itself, then both outer edges widened, so that the extreme values lie inside. bins + 1 numbers.
 */
export function pooledEdges(values_mg_cm2: readonly number[], bins: number, widen_mg_cm2 = 0.1): number[] {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new BadInputError(`${bins} bins`, { where: 'bins', allowed: 'an integer from 1' });
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values_mg_cm2) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high - low >= 0) || !Number.isFinite(high - low)) {
    throw new BadInputError('no range of loadings to divide into bins', {
      where: 'values',
      allowed: 'one or more finite mass loadings',
    });
  }
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  edges[0] = low - widen_mg_cm2;
  edges[bins] = high + widen_mg_cm2;
  return edges;
}

/** The bin of a value: a value on an inner edge belongs to the bin above, one outside to the outermost bin. */
export function binOf(edges_mg_cm2: readonly number[], value_mg_cm2: number): number {
  const last = edges_mg_cm2.length - 2;
  let bin = 0;
  while (bin < last && value_mg_cm2 >= edges_mg_cm2[bin + 1]!) bin++;
  return bin;
}

/** Centre of each bin (mg/cm²). */
export const binCentres = (edges_mg_cm2: readonly number[]): number[] =>
  edges_mg_cm2.slice(1).map((edge, i) => (edge + edges_mg_cm2[i]!) / 2);
