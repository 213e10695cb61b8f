/** Median; NaN of nothing. The values are left as they are. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

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
