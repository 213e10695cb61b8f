/**
 * Edges of loading bins (mg/cm²), ascending, one more than there are bins. A value belongs to the bin whose lower
 * edge it reaches; the outer edges are moved outwards so that every value seen lies inside.
 */

/** Bins of equal width over [low, high], as the published study makes them. */
export function equalWidthEdges(low: number, high: number, count: number, widen: number): number[] {
  const width = (high - low) / count;
  const edges = Array.from({ length: count + 1 }, (_, i) => low + i * width);
  edges[count] = high;
  return widened(edges, widen);
}

/** Bins that hold equally many of the values (linear interpolation between order statistics). */
export function quantileEdges(values: readonly number[], count: number, widen: number): number[] {
  const sorted = Float64Array.from(values).sort();
  const edges = Array.from({ length: count + 1 }, (_, i) => {
    const at = ((sorted.length - 1) * i) / count;
    const below = Math.floor(at);
    const above = Math.min(sorted.length - 1, below + 1);
    return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
  });
  return widened(edges, widen);
}

function widened(edges: readonly number[], by: number): number[] {
  return edges.map((edge, i) => (i === 0 ? edge - by : i === edges.length - 1 ? edge + by : edge));
}

/** Bin of a value, from 0; values beyond the outer edges count to the outer bins. */
export function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length - 2 && value >= edges[bin + 1]!) bin++;
  return bin;
}

/** Bins of all lanes as one outcome, e.g. `"2,3"`, operator side first. */
export const outcomeOf = (edges: readonly number[], lanes_mg_cm2: readonly number[]): string =>
  lanes_mg_cm2.map((value) => binOf(edges, value)).join(',');
