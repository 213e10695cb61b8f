import type { Extrapolation, Interval, LanePrediction, Prediction } from '../core/prediction.ts';
import { normalQuantile, unitStudentFactor } from './numeric/normal.ts';

/** A location-scale distribution of loading: Student's t scaled to the standard deviation; ν = ∞ is the normal. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
  readonly degreesOfFreedom: number;
}

export interface Weighed {
  readonly mean: number;
  readonly variance: number;
  /** Non-negative, summing to 1. */
  readonly weight: number;
}

/** The series that intervals use for t quantiles holds from here on. */
const LEAST_DEGREES_OF_FREEDOM = 5;

/** The t distribution with the mean, variance and kurtosis of a mixture of normals. */
export function mixtureSpread(parts: readonly Weighed[]): Spread {
  let mean = 0;
  for (const part of parts) mean += part.weight * part.mean;
  let second = 0;
  let fourth = 0;
  for (const { mean: m, variance, weight } of parts) {
    const d2 = (m - mean) ** 2;
    second += weight * (variance + d2);
    fourth += weight * (3 * variance * variance + 6 * variance * d2 + d2 * d2);
  }
  const excess = fourth / (second * second) - 3;
  return {
    mean,
    sd: Math.sqrt(second),
    degreesOfFreedom:
      excess > 1e-6 ? Math.max(LEAST_DEGREES_OF_FREEDOM, 4 + 6 / excess) : Number.POSITIVE_INFINITY,
  };
}

/** Masses of the intervals shown, with the normal quantile of their upper end. */
const NORMAL_REACH = {
  0.5: normalQuantile(0.75),
  0.9: normalQuantile(0.95),
  0.95: normalQuantile(0.975),
} as const;

/** Equal-tailed interval of the given mass. */
export function intervalOf(
  { mean, sd, degreesOfFreedom }: Spread,
  mass: keyof typeof NORMAL_REACH,
): Interval {
  const z = NORMAL_REACH[mass];
  const reach = sd * z * unitStudentFactor(z, degreesOfFreedom);
  return [mean - reach, mean + reach];
}

export interface WhereInData {
  readonly distanceToLine_um: number;
  readonly extrapolation: Extrapolation;
}

/** How a gap lies to those that the line has run. */
export function whereInData(gap_um: number, lineGaps_um: readonly number[], same_um: number): WhereInData {
  let nearest = Number.POSITIVE_INFINITY;
  let below = false;
  let above = false;
  for (const gap of lineGaps_um) {
    nearest = Math.min(nearest, Math.abs(gap - gap_um));
    if (gap <= gap_um) below = true;
    if (gap >= gap_um) above = true;
  }
  return {
    distanceToLine_um: nearest,
    extrapolation: nearest <= same_um ? 'none' : below && above ? 'within' : 'outside',
  };
}

export function predictionOf(
  gap_um: number,
  spread: Spread,
  where: WhereInData,
  lanes: readonly LanePrediction[] = [],
): Prediction {
  return {
    gap_um,
    mean_mg_cm2: spread.mean,
    sd_mg_cm2: spread.sd,
    interval50_mg_cm2: intervalOf(spread, 0.5),
    interval90_mg_cm2: intervalOf(spread, 0.9),
    interval95_mg_cm2: intervalOf(spread, 0.95),
    lanes,
    ...where,
  };
}
