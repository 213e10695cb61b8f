import type { AbstractionProblem } from '../../problem.ts';

/**
 * An `AbstractionProblem` as flat arrays for the inner loop. ν is kept sparse by rows: on a coating line most
 * gaps see only a few of the outcomes.
 */
export interface FusedTables {
  readonly labGaps: number;
  readonly lineGaps: number;
  readonly labBins: number;
  readonly outcomes: number;
  /** Entries of α_G, stored first: column of line gap g at g × labGaps. */
  readonly gapEntries: number;
  /** Entries of both maps; the column of outcome o is at gapEntries + o × labBins. */
  readonly entries: number;
  /** μ of lab bin b: entries muStart[b] to muStart[b + 1] of the next two arrays. */
  readonly muStart: Int32Array;
  readonly muGap: Int32Array;
  readonly muMass: Float64Array;
  /** ν of line gap g: entries nuStart[g] to nuStart[g + 1] of the next two arrays. */
  readonly nuStart: Int32Array;
  /** Where the column of the outcome starts among the entries. */
  readonly nuColumn: Int32Array;
  readonly nuMass: Float64Array;
}

export function fusedTables(problem: AbstractionProblem): FusedTables {
  const labGaps = problem.mu.length;
  const lineGaps = problem.nu.length;
  const { labBins } = problem;
  const outcomes = problem.outcomes.length;
  const gapEntries = lineGaps * labGaps;
  const muStart = new Int32Array(labBins + 1);
  const muGaps: number[] = [];
  const muMasses: number[] = [];
  for (let bin = 0; bin < labBins; bin++) {
    problem.mu.forEach((row, k) => {
      if (row[bin] === 0) return;
      muGaps.push(k);
      muMasses.push(row[bin]!);
    });
    muStart[bin + 1] = muGaps.length;
  }
  const nuStart = new Int32Array(lineGaps + 1);
  const columns: number[] = [];
  const masses: number[] = [];
  problem.nu.forEach((row, g) => {
    row.forEach((mass, outcome) => {
      if (mass === 0) return;
      columns.push(gapEntries + outcome * labBins);
      masses.push(mass);
    });
    nuStart[g + 1] = columns.length;
  });
  return {
    labGaps,
    lineGaps,
    labBins,
    outcomes,
    gapEntries,
    entries: gapEntries + outcomes * labBins,
    muStart,
    muGap: Int32Array.from(muGaps),
    muMass: Float64Array.from(muMasses),
    nuStart,
    nuColumn: Int32Array.from(columns),
    nuMass: Float64Array.from(masses),
  };
}
