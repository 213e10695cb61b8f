import type { PredictorSettings } from '../../config/predictor.ts';
import type { LanePrediction, LineRun } from '../../core/prediction.ts';
import { intervalOf, type Spread } from '../distribution.ts';

/**
 * A line's profile: how far each lane lies off the mean of the web (mg/cm²), as independent normal posteriors. Tilt
 * and crown belong to the machine; runs differ a little about them.
 */
export interface LaneProfile {
  readonly offsets_mg_cm2: readonly number[];
  readonly variances: readonly number[];
}

/** Between runs a lane's offset changes by this (mg/cm²): 1.5 µm of tilt when the bar is set anew. */
const RUN_SD = 0.2;
/** A lane of a single scan lies off by this (mg/cm²); it falls with the number of scans. */
const SCAN_SD = 0.5;

export type LaneProfiles = ReadonlyMap<string, LaneProfile>;

/** The profiles with one more run; `good` is the probability that the run isn't wild. */
export function withLanes(
  profiles: LaneProfiles,
  run: LineRun,
  good: number,
  settings: PredictorSettings,
): LaneProfiles {
  if (run.lanes_mg_cm2.length === 0 || good < 0.01) return profiles;
  const old = profileFor(profiles, run.line, run.lanes_mg_cm2.length, settings);
  return new Map(profiles).set(run.line, updated(old, run, RUN_SD ** 2 + scanVariance(run) / good, settings));
}

/**
 * Prediction for each lane about the web's own. A run under way adds its own lanes.
 *
 * @returns empty where the line has no lanes yet.
 */
export function lanePredictions(
  profiles: LaneProfiles,
  line: string,
  spread: Spread,
  run: LineRun | undefined,
  settings: PredictorSettings,
): readonly LanePrediction[] {
  const known = profiles.get(line);
  const count = run?.lanes_mg_cm2.length ?? known?.offsets_mg_cm2.length ?? 0;
  if (count === 0) return [];
  const past = profileFor(profiles, line, count, settings);
  const next = { ...past, variances: past.variances.map((v) => v + RUN_SD ** 2) };
  const now = run && run.lanes_mg_cm2.length > 0 ? updated(next, run, scanVariance(run), settings) : next;
  return now.offsets_mg_cm2.map((offset, lane) => {
    const variance = now.variances[lane] as number;
    const own = { ...spread, mean: spread.mean + offset, sd: Math.sqrt(spread.sd ** 2 + variance) };
    return { mean_mg_cm2: own.mean, interval90_mg_cm2: intervalOf(own, 0.9) };
  });
}

const scanVariance = (run: LineRun): number => SCAN_SD ** 2 / Math.max(1, run.scans);

/** The line's profile, or the prior where it has none or now counts its lanes differently. */
function profileFor(
  profiles: LaneProfiles,
  line: string,
  count: number,
  { lane_sd_mg_cm2 }: PredictorSettings,
): LaneProfile {
  const known = profiles.get(line);
  if (known && known.offsets_mg_cm2.length === count) return known;
  return {
    offsets_mg_cm2: new Array<number>(count).fill(0),
    variances: new Array<number>(count).fill(lane_sd_mg_cm2 ** 2),
  };
}

function updated(
  { offsets_mg_cm2, variances }: LaneProfile,
  run: LineRun,
  noise: number,
  { lane_sd_mg_cm2 }: PredictorSettings,
): LaneProfile {
  const lanes = run.lanes_mg_cm2;
  const middle = lanes.reduce((sum, lane) => sum + lane, 0) / lanes.length;
  const limit = 3 * lane_sd_mg_cm2;
  const gains = variances.map((v) => v / (v + noise));
  return {
    offsets_mg_cm2: offsets_mg_cm2.map((old, lane) => {
      // A patch edge crosses some lanes before others; beyond three standard deviations it isn't profile.
      const seen = Math.min(limit, Math.max(-limit, (lanes[lane] as number) - middle));
      return Number.isFinite(seen) ? old + (gains[lane] as number) * (seen - old) : old;
    }),
    variances: variances.map((v, lane) =>
      Number.isFinite(lanes[lane]) && Number.isFinite(middle) ? v * (1 - (gains[lane] as number)) : v,
    ),
  };
}
