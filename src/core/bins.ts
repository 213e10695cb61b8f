import { BadInputError } from './errors.ts';

/**
 * Loading bins: `edges_mg_cm2` ascends and has one more element than there are bins. A value on an inner edge belongs
 * to the bin above; values beyond the outer edges count to the outermost bins.
 */

/**
 * Bins of equal width over [low, high], as the published study makes them: the inner edges from the range itself,
 * then both outer edges moved outwards, so that the extreme values lie inside.
 */
export function equalWidthEdges(
  low_mg_cm2: number,
  high_mg_cm2: number,
  bins: number,
  widen_mg_cm2: number,
): number[] {
  const range = high_mg_cm2 - low_mg_cm2;
  const edges = Array.from({ length: bins + 1 }, (_, i) => low_mg_cm2 + (range * i) / bins);
  edges[0] = low_mg_cm2 - widen_mg_cm2;
  edges[bins] = high_mg_cm2 + widen_mg_cm2;
  return edges;
}

/** Equal-width edges over all values. @throws BadInputError without a finite value or with less than one bin. */
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
  return equalWidthEdges(low, high, bins, widen_mg_cm2);
}

/** The bin of a value, from 0. */
export function binOf(edges_mg_cm2: readonly number[], value_mg_cm2: number): number {
  const last = edges_mg_cm2.length - 2;
  let bin = 0;
  while (bin < last && value_mg_cm2 >= edges_mg_cm2[bin + 1]!) bin++;
  return bin;
}

/** Centre of each bin (mg/cm²). */
export const binCentres = (edges_mg_cm2: readonly number[]): number[] =>
  edges_mg_cm2.slice(1).map((edge, i) => (edge + edges_mg_cm2[i]!) / 2);
