/** A map of finite sets as chosen from probabilities. */
export interface Rounded {
  /** The chosen row of each column. */
  readonly choice: readonly number[];
  /** Rows that no column had chosen by itself; with `surjective` they were given one. */
  readonly missing: number;
}

/**
 * The most probable row of each column, the first of equals. With `surjective`, each row that is then missing
 * takes over the column that loses the least probability by it, as long as that column's row has others left.
 *
 * @param columns one distribution over the rows for each column
 */
export function round(columns: readonly Float64Array[], surjective: boolean): Rounded {
  const rows = columns[0]!.length;
  const choice = columns.map((column) => column.indexOf(Math.max(...column)));
  const taken = new Array<number>(rows).fill(0);
  for (const row of choice) taken[row]!++;
  const missing = taken.flatMap((count, row) => (count === 0 ? [row] : []));
  if (!surjective) return { choice, missing: missing.length };
  for (const row of missing) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    columns.forEach((column, c) => {
      const loss = column[choice[c]!]! - column[row]!;
      if (taken[choice[c]!]! > 1 && loss < least) {
        least = loss;
        best = c;
      }
    });
    if (best < 0) break;
    taken[choice[best]!]!--;
    choice[best] = row;
    taken[row] = 1;
  }
  return { choice, missing: missing.length };
}
