import type { PredictorSettings } from '../../config/predictor.ts';
import type { LabGroup, LineRun } from '../../core/prediction.ts';

/**
 * How the scatter of a level grows with the gap, 1 at 150 µm: half of its variance comes from setting the bar (the
 * same in µm at any gap), half grows with the film (solids, rheology).
 */
export const scatterShape = (gap_um: number): number => 0.5 + 0.5 * (gap_um / 150);

/**
 * Variance of a run's level about the run's true level: median over n scans that lean on one another, and the
 * run's drift.
 */
export function levelVariance(run: LineRun, settings: PredictorSettings): number {
  const n = Math.max(1, run.scans);
  const own = Number.isFinite(run.spread_mg_cm2) ? run.spread_mg_cm2 ** 2 : settings.scan_sd_mg_cm2 ** 2;
  // Two scans may agree by chance: the usual scatter keeps its say until some ten scans are in.
  const scan = (own * (n - 1) + 3 * settings.scan_sd_mg_cm2 ** 2) / (n + 2);
  // Neighbouring scans share slow disturbances: four of them count as one (a median costs π/2 besides).
  const independent = 1 + (n - 1) / 4;
  return (scan * (n > 2 ? Math.PI / 2 : 1)) / independent + settings.drift_sd_mg_cm2 ** 2;
}

/** Probability that the figures of a run are wild: a patch edge as the only scan, a pairing that went wrong. */
export const wildRun = (scans: number): number => 0.01 + 0.19 * 0.5 ** Math.max(0, scans - 1);

export const WILD_LAB_GROUP = 0.01;

/** Row scatter of lab coatings: figures of ordinary labs, 0.2 mg/cm² and 0.2 mg/cm² per 100 µm. */
const rowShape = (gap_um: number): number => 0.2 ** 2 + (0.2 * (gap_um / 100)) ** 2;
/** The ordinary figures weigh as much as this many coatings. */
const ROW_PRIOR_WEIGHT = 10;

/** Variance of one lab coating about its series, by gap; the tables' own scatter sets its scale. */
export function rowVariance(lab: readonly LabGroup[]): (gap_um: number) => number {
  let squares = ROW_PRIOR_WEIGHT;
  let weight = ROW_PRIOR_WEIGHT;
  for (const { n, sd_mg_cm2, gap_um } of lab) {
    if (n < 2 || !Number.isFinite(sd_mg_cm2)) continue;
    // One wild coating must not widen all others: a series counts for nine times the ordinary variance at most.
    squares += (n - 1) * Math.min(9, sd_mg_cm2 ** 2 / rowShape(gap_um));
    weight += n - 1;
  }
  const scale = squares / weight;
  return (gap_um) => scale * rowShape(gap_um);
}
