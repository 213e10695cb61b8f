import { median } from '../../core/median.ts';

/**
 * Means over the locations of a lane. `huber` is Huber's M-estimate of location (Ann. Math. Stat. 35, 1964) with
 * the scale held at the normalised median absolute deviation and k = 1.345 (95 % efficiency for normal scatter):
 * pinholes and streaks count, but can't drag the lane along.
 */
export type Estimator = 'huber' | 'mean' | 'median';

const HUBER_K = 1.345;
/** Makes the median absolute deviation of normal scatter its standard deviation. */
const MAD_TO_SD = 1.4826;
const ITERATIONS = 30;

/** @returns NaN for no values. */
export function locationEstimate(values: readonly number[], estimator: Estimator): number {
  if (values.length === 0) return Number.NaN;
  if (estimator === 'mean') return mean(values);
  const centre = median(values);
  if (estimator === 'median') return centre;
  const scale = MAD_TO_SD * median(values.map((v) => Math.abs(v - centre)));
  return scale > 0 ? huber(values, centre, scale) : centre;
}

/** Winsorised iteration: each step is the mean of the values pulled in to k scales about the last estimate. */
function huber(values: readonly number[], start: number, scale: number): number {
  const reach = HUBER_K * scale;
  let estimate = start;
  for (let i = 0; i < ITERATIONS; i++) {
    const low = estimate - reach;
    const high = estimate + reach;
    let sum = 0;
    let inside = 0;
    for (const value of values) {
      if (value < low) sum -= reach;
      else if (value > high) sum += reach;
      else {
        sum += value - estimate;
        inside++;
      }
    }
    const shift = inside > 0 ? sum / inside : 0;
    estimate += shift;
    if (Math.abs(shift) < 1e-9 * scale) break;
  }
  return estimate;
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Sample standard deviation; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
}
