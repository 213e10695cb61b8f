/** One outcome of the lanes and the lab bin it maps to. */
export interface Outcome {
  readonly key: string;
  readonly lanes: readonly number[];
  readonly bin: number;
}

/** The outcomes of an abstraction in the order of their lanes' bins, the first lane first. */
export function outcomes(alphaLoading: Readonly<Record<string, number>>): Outcome[] {
  return Object.entries(alphaLoading)
    .map(([key, bin]) => ({ key, bin, lanes: key.split(',').map(Number) }))
    .sort((a, b) => compare(a.lanes, b.lanes));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let lane = 0; lane < Math.max(a.length, b.length); lane++) {
    const difference = (a[lane] ?? -1) - (b[lane] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
