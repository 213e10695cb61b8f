import type { RunRow } from '../../core/api.ts';

/** A run that was predicted before its first scan and then measured. */
export interface ScoredRun {
  readonly row: RunRow;
  readonly predicted_mg_cm2: number;
  readonly measured_mg_cm2: number;
  /** Measured minus predicted (mg/cm²). */
  readonly residual_mg_cm2: number;
  readonly inside90: boolean;
}

export interface Scores {
  readonly runs: readonly ScoredRun[];
  readonly inside90: number;
  /** Root mean square of the residuals (mg/cm²); NaN without a run. */
  readonly rmse_mg_cm2: number;
}

/** How the predictions made before each run compare with what was measured. */
export function scoreRuns(rows: readonly RunRow[]): Scores {
  const runs = rows.flatMap((row) => {
    if (!row.predicted || !row.measured) return [];
    const predicted_mg_cm2 = row.predicted.mean_mg_cm2;
    const measured_mg_cm2 = row.measured.level_mg_cm2;
    const [low, high] = row.predicted.interval90_mg_cm2;
    const residual_mg_cm2 = measured_mg_cm2 - predicted_mg_cm2;
    const inside90 = measured_mg_cm2 >= low && measured_mg_cm2 <= high;
    return [{ row, predicted_mg_cm2, measured_mg_cm2, residual_mg_cm2, inside90 }];
  });
  const squares = runs.reduce((sum, run) => sum + run.residual_mg_cm2 ** 2, 0);
  return {
    runs,
    inside90: runs.filter((run) => run.inside90).length,
    rmse_mg_cm2: Math.sqrt(squares / runs.length),
  };
}
