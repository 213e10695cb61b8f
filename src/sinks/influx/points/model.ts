import type { LineRun, Prediction } from '../../../core/prediction.ts';
import type { AbstractionReport, PredictionReport, RunForecast } from '../../../core/report.ts';
import { type Instant, instantOf } from '../instant.ts';
import { flag, type PointParts, whole } from '../point.ts';

/** What the models say, and how it turned out. */

export function forecastPoints({ line, time_ms, run, prediction, version }: RunForecast): PointParts[] {
  const fields = {
    run: whole(run),
    model_version: version,
    ...figures(prediction),
    distance_um: prediction.distanceToLine_um,
    extrapolation: prediction.extrapolation,
  };
  return [{ measurement: 'forecast', tags: { line }, fields, at: instantOf(time_ms, run) }];
}

/** @param curveEveryScans of a run: the curve is many points and changes little from scan to scan. */
export function predictionPoints(
  report: PredictionReport,
  at: Instant,
  curveEveryScans: number,
): PointParts[] {
  const { line, version, current } = report;
  if (!current) return [];
  const { run, before, now, measured } = current;
  const fields = {
    run: whole(run),
    model_version: version,
    ...figures(now),
    ...prefixed('before_', figures(before)),
  };
  const curveIsDue = measured !== undefined && (measured.scans - 1) % curveEveryScans === 0;
  return [
    { measurement: 'prediction', tags: { line }, fields, at },
    ...(measured ? [outcomePoint(line, run, before, measured)] : []),
    ...(curveIsDue ? curvePoints(report, at) : []),
  ];
}

/**
 * One point for each run, at its start: what was predicted for it beside what it turned out to be. Scan by scan it is
 * the same point with newer figures, so that a mean over the runs of `inside90` is the coverage.
 */
function outcomePoint(line: string, run: number, before: Prediction, measured: LineRun): PointParts {
  const { level_mg_cm2: level, start_ms } = measured;
  const fields = {
    run: whole(run),
    ...figures(before),
    measured_mg_cm2: level,
    spread_mg_cm2: measured.spread_mg_cm2,
    scans: whole(measured.scans),
    residual_mg_cm2: level - before.mean_mg_cm2,
    z: (level - before.mean_mg_cm2) / before.sd_mg_cm2,
    inside50: inside(level, before.interval50_mg_cm2),
    inside90: inside(level, before.interval90_mg_cm2),
    inside95: inside(level, before.interval95_mg_cm2),
  };
  return { measurement: 'outcome', tags: { line }, fields, at: instantOf(start_ms, run) };
}

const inside = (value: number, [low, high]: readonly [number, number]) => flag(low <= value && value <= high);

function curvePoints({ line, curve }: PredictionReport, at: Instant): PointParts[] {
  return curve.map((prediction) => {
    const { gap_um, ...fields } = figures(prediction);
    return {
      measurement: 'curve',
      tags: { line, gap_um: gapTag(gap_um) },
      fields: { ...fields, extrapolation: prediction.extrapolation },
      at,
    };
  });
}

/** The version, and each of its interventions: how far line and lab differ there under the maps. */
export function abstractionPoints(report: AbstractionReport, at: Instant): PointParts[] {
  const { line, solver, version } = report;
  const fields = {
    version: whole(version),
    error: report.error,
    lower_bound: report.lowerBound,
    certified: flag(report.lowerBound >= report.error),
    ties: report.ties,
    observations: whole(report.observations),
    reason: report.reason,
  };
  return [
    { measurement: 'abstraction', tags: { line, solver }, fields, at },
    ...report.lineGaps_um.map((gap_um, i) => ({
      measurement: 'intervention',
      tags: { line, gap_um: gapTag(gap_um) },
      fields: {
        version: whole(version),
        error: report.errors[i],
        lab_gap_um: report.labGaps_um[report.alphaGap[i] ?? -1],
      },
      at,
    })),
  ];
}

/** Of bounded number: gaps of a configured curve, and levels that the bins have merged. */
const gapTag = (gap_um: number): string => String(Math.round(10 * gap_um) / 10);

function figures(prediction: Prediction) {
  const { gap_um, mean_mg_cm2, sd_mg_cm2 } = prediction;
  const [low50_mg_cm2, high50_mg_cm2] = prediction.interval50_mg_cm2;
  const [low90_mg_cm2, high90_mg_cm2] = prediction.interval90_mg_cm2;
  const [low95_mg_cm2, high95_mg_cm2] = prediction.interval95_mg_cm2;
  return {
    gap_um,
    mean_mg_cm2,
    sd_mg_cm2,
    low50_mg_cm2,
    high50_mg_cm2,
    low90_mg_cm2,
    high90_mg_cm2,
    low95_mg_cm2,
    high95_mg_cm2,
  };
}

const prefixed = (prefix: string, fields: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [prefix + name, value]));
