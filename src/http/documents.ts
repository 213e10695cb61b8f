import type {
  CurveDocument,
  Forecast,
  GapPoints,
  Goal,
  LabPoint,
  RunFigures,
  ScanPoint,
  Tolerance,
} from '../core/api.ts';
import type { Observation } from '../core/observation.ts';
import type { Interval, LabGroup, LineRun, Prediction } from '../core/prediction.ts';
import type { PredictionReport } from '../core/report.ts';
import type { GapPoint } from './gap-thinning.ts';
import type { LineDescription } from './ports.ts';

/** JSON has no NaN and no infinity: what is not known is `null`. */
const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Four decimals are a tenth of a milligram per square metre: beyond every gauge, and a third of the bytes. */
export const short = (value: number): number => Math.round(value * 1e4) / 1e4;
const shortInterval = ([low, high]: Interval): Interval => [short(low), short(high)];

export const labPoint = (group: LabGroup): LabPoint => ({
  gap_um: group.gap_um,
  mean_mg_cm2: group.mean_mg_cm2,
  sd_mg_cm2: known(group.sd_mg_cm2),
  n: group.n,
});

export const gapPoints = (points: readonly GapPoint[]): GapPoints => ({
  time_ms: points.map((point) => point.time_ms),
  gap_um: points.map((point) => point.gap_um),
});

/** What the line is to make, and the range in which that is so where both parts of it are known. */
export function goalOf(line: LineDescription): { goal: Goal; tolerance: Tolerance | null } {
  const { target_mg_cm2: target = null, tolerance_mg_cm2: half = null } = line;
  return {
    goal: { target_mg_cm2: target, tolerance_mg_cm2: half },
    tolerance:
      target === null || half === null
        ? null
        : { low_mg_cm2: short(target - half), high_mg_cm2: short(target + half) },
  };
}

export const runFigures = (run: LineRun): RunFigures => ({
  scans: run.scans,
  level_mg_cm2: short(run.level_mg_cm2),
  spread_mg_cm2: known(short(run.spread_mg_cm2)),
});

export const scanPoint = (observation: Observation): ScanPoint => ({
  scan: observation.scan,
  time_ms: observation.time_ms,
  head_ms: observation.head_ms,
  run: observation.run,
  gap_um: short(observation.gap_um),
  mean_mg_cm2: short(observation.mean_mg_cm2),
  lanes_mg_cm2: observation.lanes_mg_cm2.map(short),
  cross_web_2sigma_mg_cm2: known(short(observation.crossWeb2Sigma_mg_cm2)),
});

export const forecast = (prediction: Prediction): Forecast => ({
  mean_mg_cm2: short(prediction.mean_mg_cm2),
  interval50_mg_cm2: shortInterval(prediction.interval50_mg_cm2),
  interval90_mg_cm2: shortInterval(prediction.interval90_mg_cm2),
});

export function curveDocument(report: PredictionReport): CurveDocument {
  const over = (figure: (prediction: Prediction) => number) => report.curve.map((p) => short(figure(p)));
  return {
    version: report.version,
    time_ms: report.time_ms,
    gap_um: over((p) => p.gap_um),
    mean_mg_cm2: over((p) => p.mean_mg_cm2),
    low50_mg_cm2: over((p) => p.interval50_mg_cm2[0]),
    high50_mg_cm2: over((p) => p.interval50_mg_cm2[1]),
    low90_mg_cm2: over((p) => p.interval90_mg_cm2[0]),
    high90_mg_cm2: over((p) => p.interval90_mg_cm2[1]),
    extrapolation: report.curve.map((p) => p.extrapolation),
  };
}
