import { median } from '../../core/median.ts';

/** Consistent with the standard deviation for normal values: 1 / Φ⁻¹(0.75). */
const MAD_TO_SD = 1.4826;

/**
 * Standard deviation about a centre from the median absolute deviation, so that up to half of the values may be
 * wild. NaN for fewer than two values.
 */
export function robustSpread(values: readonly number[], centre: number): number {
  if (values.length < 2) return Number.NaN;
  return MAD_TO_SD * median(values.map((value) => Math.abs(value - centre)));
}
