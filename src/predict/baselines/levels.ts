import type { Evidence } from '../../core/prediction.ts';

/** One level that a baseline learns from: a series of lab coatings or a run of the line. */
export interface Level {
  readonly source: 'lab' | 'line';
  readonly gap_um: number;
  readonly loading_mg_cm2: number;
  /** Coatings or scans behind it. */
  readonly rows: number;
}

/** Lab series first, then runs in their order. */
export const levelsOf = ({ lab, line }: Evidence): Level[] => [
  ...lab.map(({ gap_um, mean_mg_cm2, n }) => ({
    source: 'lab' as const,
    gap_um,
    loading_mg_cm2: mean_mg_cm2,
    rows: n,
  })),
  ...line.map(({ gap_um, level_mg_cm2, scans }) => ({
    source: 'line' as const,
    gap_um,
    loading_mg_cm2: level_mg_cm2,
    rows: scans,
  })),
];

/** Scatter assumed where too few levels show any (mg/cm²): that between runs of ordinary lines. */
export const USUAL_SD_MG_CM2 = 1;

/**
 * Standard deviation of residuals, weighted by rows, over the degrees of freedom left; the usual scatter counts as
 * one more level, so that a fit through all of its points doesn't claim to be perfect.
 */
export function residualSd(
  levels: readonly Level[],
  predict: (gap_um: number) => number,
  parameters: number,
): number {
  const rows = levels.reduce((sum, level) => sum + level.rows, 0);
  const squares = levels.reduce(
    (sum, { gap_um, loading_mg_cm2, rows: own }) =>
      sum + (own / rows) * (loading_mg_cm2 - predict(gap_um)) ** 2,
    0,
  );
  const free = Math.max(0, levels.length - parameters);
  return Math.sqrt((squares * levels.length + USUAL_SD_MG_CM2 ** 2) / (free + 1));
}
