import { type Capability, capabilities } from '../../core/capability.ts';
import type { Interval } from '../../core/prediction.ts';
import type { Shift, ShiftRun } from './collect.ts';

/** A run that was both predicted before its first scan and measured. */
export interface Judged {
  readonly run: number;
  readonly gap_um: number;
  readonly predicted_mg_cm2: number;
  readonly sd_mg_cm2: number;
  readonly interval50_mg_cm2: Interval;
  readonly interval90_mg_cm2: Interval;
  readonly measured_mg_cm2: number;
  /** Measured less predicted (mg/cm²), and the same in predicted standard deviations. */
  readonly residual_mg_cm2: number;
  readonly z: number;
  readonly inside50: boolean;
  readonly inside90: boolean;
}

export function judge({ run, gap_um, forecast, measured }: ShiftRun): Judged | undefined {
  if (!forecast || !measured) return undefined;
  const { mean_mg_cm2, sd_mg_cm2, interval50_mg_cm2, interval90_mg_cm2 } = forecast.prediction;
  const level = measured.level_mg_cm2;
  const inside = ([low, high]: Interval) => level >= low && level <= high;
  return {
    run,
    gap_um,
    predicted_mg_cm2: mean_mg_cm2,
    sd_mg_cm2,
    interval50_mg_cm2,
    interval90_mg_cm2,
    measured_mg_cm2: level,
    residual_mg_cm2: level - mean_mg_cm2,
    z: (level - mean_mg_cm2) / sd_mg_cm2,
    inside50: inside(interval50_mg_cm2),
    inside90: inside(interval90_mg_cm2),
  };
}

/** The period in a few figures; those that can't be known are NaN. */
export interface Summary {
  readonly runs: number;
  readonly scans: number;
  readonly dropped: number;
  readonly judged: readonly Judged[];
  readonly bias_mg_cm2: number;
  readonly rmse_mg_cm2: number;
  readonly coverage50: number;
  readonly coverage90: number;
  /** Time in which data were missing, overlaps counted once (ms); outages without an end count to the period's. */
  readonly outage_ms: number;
}

export function summarise({ runs, dropped, outages, period }: Shift): Summary {
  const judged = runs.flatMap((run) => judge(run) ?? []);
  const mean = (of: (one: Judged) => number) => judged.reduce((sum, one) => sum + of(one), 0) / judged.length;
  return {
    runs: runs.length,
    scans: runs.reduce((sum, { scans }) => sum + scans.length, 0),
    dropped: dropped.reduce((sum, { count }) => sum + count, 0),
    judged,
    bias_mg_cm2: mean(({ residual_mg_cm2 }) => residual_mg_cm2),
    rmse_mg_cm2: Math.sqrt(mean(({ residual_mg_cm2 }) => residual_mg_cm2 ** 2)),
    coverage50: mean(({ inside50 }) => Number(inside50)),
    coverage90: mean(({ inside90 }) => Number(inside90)),
    outage_ms: union(
      outages.map(({ time_ms, until_ms }) => [time_ms, Math.min(until_ms ?? period.to_ms, period.to_ms)]),
    ),
  };
}

/** Length of the union of intervals. */
function union(intervals: readonly (readonly [number, number])[]): number {
  let [length, reached] = [0, Number.NEGATIVE_INFINITY];
  for (const [from, to] of [...intervals].sort(([a], [b]) => a - b)) {
    length += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return length;
}

/**
 * Capability of the runs gap by gap. Scans that stand for the mean of a whole run say nothing of a spread and are left
 * out.
 */
export function capabilitiesOf(
  runs: readonly ShiftRun[],
  target_mg_cm2: number,
  tolerance_mg_cm2: number,
): Capability[] {
  const measured = runs.flatMap(({ gap_um, scans }) => {
    const single = scans.filter(({ aggregated }) => !aggregated);
    const values = single.map(({ mean_mg_cm2 }) => mean_mg_cm2).filter(Number.isFinite);
    if (values.length === 0) return [];
    const level_mg_cm2 = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - level_mg_cm2) ** 2, 0);
    return [{ gap_um, scans: values.length, level_mg_cm2, squares }];
  });
  return capabilities(measured, target_mg_cm2, tolerance_mg_cm2);
}
