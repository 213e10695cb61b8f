import type { PredictorSettings } from '../../config/predictor.ts';
import type { LabGroup, LineRun } from '../../core/prediction.ts';

/**
 * How the scatter of a level grows with the gap, 1 at 150 µm: half of its variance comes from setting the bar (the
 * same in µm at any gap), half grows with the film (solids, rheology).
 */
export const scatterShape = (gap_um: number): number => 0.5 + 0.5 * (gap_um / 150);

/** Variance of a run's level about the run's mean: the median over n scans that lean on one another. */
export function medianVariance(run: LineRun, settings: PredictorSettings): number {
  const n = Math.max(1, run.scans);
  // Neighbouring scans share slow disturbances: four of them count as one (a median costs π/2 besides).
  const independent = 1 + (n - 1) / 4;
  return (scanVariance(run, settings.scan_sd_mg_cm2 ** 2) * (n > 2 ? Math.PI / 2 : 1)) / independent;
}

/** Variance of a run's level so far about what is still to come of the run: that of its median, and its drift. */
export const levelVariance = (run: LineRun, settings: PredictorSettings): number =>
  medianVariance(run, settings) + settings.drift_sd_mg_cm2 ** 2;

/**
 * Variance of a run's single scans about its level. Two scans may agree by chance: the usual scatter keeps its say
 * until some ten scans are in.
 */
function scanVariance({ scans, spread_mg_cm2 }: LineRun, usual: number): number {
  if (!Number.isFinite(spread_mg_cm2)) return usual;
  const n = Math.max(1, scans);
  return (spread_mg_cm2 ** 2 * (n - 1) + 3 * usual) / (n + 2);
}

/** A run counts for no more scans than this: long runs don't outvote the others. */
const SCANS_THAT_COUNT = 10;
/** The setting weighs as much as so many scans. */
const USUAL_WEIGHT = 5;

/** Variance of a line's single scans about their run's level: its past runs', and that of the run under way. */
export function scanScatter(
  past: readonly LineRun[],
  now: LineRun | undefined,
  { scan_sd_mg_cm2 }: PredictorSettings,
): number {
  let squares = USUAL_WEIGHT * scan_sd_mg_cm2 ** 2;
  let weight = USUAL_WEIGHT;
  for (const { scans, spread_mg_cm2 } of past) {
    if (!Number.isFinite(spread_mg_cm2)) continue;
    const n = Math.min(scans, SCANS_THAT_COUNT) - 1;
    squares += n * spread_mg_cm2 ** 2;
    weight += n;
  }
  return now ? scanVariance(now, squares / weight) : squares / weight;
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
