import { binOf } from '../../core/bins.ts';

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

/** Bins of all lanes as one outcome, e.g. `"2,3"`, operator side first. */
export const outcomeOf = (edges: readonly number[], lanes_mg_cm2: readonly number[]): string =>
  lanes_mg_cm2.map((value) => binOf(edges, value)).join(',');
