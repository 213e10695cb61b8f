import type { LineAgent } from '../agent/line-agent.ts';
import type { Interval } from '../core/prediction.ts';
import { textTable } from './text-table.ts';

/** One run of a replay or demo: what was predicted before its first scan, and what its scans then showed. */
export interface RunRow {
  readonly run: number;
  readonly gap_um: number;
  readonly scans: number;
  readonly predicted_mg_cm2: number;
  readonly interval90: Interval;
  readonly measured_mg_cm2: number;
}

export const runRows = ({ learner }: LineAgent): RunRow[] =>
  learner.forecaster.runs.map(({ measured, before }) => ({
    run: measured.run,
    gap_um: measured.gap_um,
    scans: measured.scans,
    predicted_mg_cm2: before.mean_mg_cm2,
    interval90: before.interval90_mg_cm2,
    measured_mg_cm2: measured.level_mg_cm2,
  }));

export const rmseOf = (rows: readonly RunRow[]): number =>
  Math.sqrt(
    rows.reduce((sum, row) => sum + (row.predicted_mg_cm2 - row.measured_mg_cm2) ** 2, 0) / rows.length,
  );

export const coverageOf = (rows: readonly RunRow[]): number =>
  rows.filter(({ interval90: [low, high], measured_mg_cm2: value }) => low <= value && value <= high).length /
  rows.length;

export function runTable(rows: readonly RunRow[]): string {
  const header = ['run', 'gap µm', 'scans', 'predicted', '90 % interval', 'measured', ''];
  const body = rows.map((row) => {
    const [low, high] = row.interval90;
    const inside = low <= row.measured_mg_cm2 && row.measured_mg_cm2 <= high;
    return [
      String(row.run),
      row.gap_um.toFixed(1),
      String(row.scans),
      row.predicted_mg_cm2.toFixed(2),
      `${low.toFixed(2)} … ${high.toFixed(2)}`,
      row.measured_mg_cm2.toFixed(2),
      inside ? '' : 'outside',
    ];
  });
  return textTable([header, ...body]);
}
