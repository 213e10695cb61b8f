import type { PredictorSettings } from '../../config/predictor.ts';
import { normalQuantile } from '../numeric/normal.ts';
import type { PriorScales } from './layout.ts';

/** Hyperparameters that the lab's data speak about. */
export interface CurveHyper extends PriorScales {
  readonly length_um: number;
  /** Between coating series at 150 µm (mg/cm²). */
  readonly batch_sd: number;
}

export interface Weighted<T> {
  readonly value: T;
  readonly logWeight: number;
}

/** Length scales of the smooth deviation (µm): bends are wider than a gap step and narrower than the whole range. */
export const LENGTHS_UM = [60, 150] as const;

/** Points of the lab's scales, each taken with every length. */
export const LAB_POINTS = 64;
/** Logarithmic standard deviation of each scale: a factor of 1.8 either way. */
const SCALE_LOG_SD = Math.log(1.8);

/**
 * Equally weighted points of the prior of those hyperparameters that the lab's data speak about: a Halton sequence
 * through the log-normal quantiles, rotated by the seed, and each of its points with each length. (A length for every
 * second point would go with one half of a scale only: neighbours of a Halton sequence lie in opposite halves.) The
 * data then weigh the points by their marginal likelihood.
 */
export function labHypers(settings: PredictorSettings, slope: number): Weighted<CurveHyper>[] {
  const rotation = (settings.seed * 0.618033988749895) % 1;
  const around = (median: number, base: number, index: number): number => {
    const u = (halton(index + 1, base) + rotation) % 1;
    return median * Math.exp(SCALE_LOG_SD * normalQuantile(0.5 / LAB_POINTS + u * (1 - 1 / LAB_POINTS)));
  };
  return Array.from({ length: LAB_POINTS }, (_, i) => ({
    smooth_sd: around(settings.smooth_sd_mg_cm2, 2, i),
    batch_sd: around(settings.batch_sd_mg_cm2, 3, i),
    session_sd: around(settings.session_sd_mg_cm2, 5, i),
    slurry_sd: around((slope * settings.slurry_sd_percent) / 100, 7, i),
  })).flatMap((scales) => LENGTHS_UM.map((length_um) => ({ value: { ...scales, length_um }, logWeight: 0 })));
}

const RUN_POINTS = 7;
const RUN_STEP = Math.log(1.25);
const RUN_LOG_SD = Math.log(1.25);

/** Points for the standard deviation between runs: an even grid of its logarithm, weighted by its prior. */
export function runSds(settings: PredictorSettings): Weighted<number>[] {
  return Array.from({ length: RUN_POINTS }, (_, i) => {
    const logRatio = (i - (RUN_POINTS - 1) / 2) * RUN_STEP;
    return {
      value: settings.run_sd_mg_cm2 * Math.exp(logRatio),
      logWeight: -0.5 * (logRatio / RUN_LOG_SD) ** 2,
    };
  });
}

/** Radical inverse of an integer ≥ 1 (Halton, 1960). */
function halton(index: number, base: number): number {
  let sum = 0;
  let share = 1 / base;
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    sum += (rest % base) * share;
    share /= base;
  }
  return sum;
}
