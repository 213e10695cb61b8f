/**
 * Normal and Student distributions. Error function by W. J. Cody's rational approximations would be exact to 1e-16;
 * what intervals need is far less, so the classical forms below are used, with their errors stated.
 */
const SQRT_2 = Math.SQRT2;

/** Complementary error function, relative error below 1.2e-7 everywhere (Numerical Recipes' Chebyshev fit). */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const series = ERFC_COEFFICIENTS.reduceRight((sum, c) => sum * t + c, 0);
  const tail = t * Math.exp(-z * z + series);
  return x >= 0 ? tail : 2 - tail;
}

const ERFC_COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];

/** P(Z ≤ z) for a standard normal Z; absolute error below 1e-7. */
export const normalCdf = (z: number): number => 0.5 * erfc(-z / SQRT_2);

export const normalLogDensity = (x: number, mean: number, variance: number): number =>
  -0.5 * (Math.log(2 * Math.PI * variance) + (x - mean) ** 2 / variance);

/**
 * Standard normal quantile: Acklam's rational start, one step of Halley's method.
 * @param p in (0, 1).
 */
export function normalQuantile(p: number): number {
  const tail = Math.min(p, 1 - p);
  let z: number;
  if (tail < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(tail));
    z = horner(TAIL_NUMERATOR, q) / (horner(TAIL_DENOMINATOR, q) * q + 1);
  } else {
    const q = tail - 0.5;
    z = (horner(CENTRE_NUMERATOR, q * q) * q) / (horner(CENTRE_DENOMINATOR, q * q) * q * q + 1);
  }
  const error = normalCdf(z) - tail;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
  z -= step / (1 + (z * step) / 2);
  return p <= 0.5 ? z : -z;
}

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, c) => sum * x + c, 0);

// Coefficients of P. J. Acklam's approximation, highest power first.
const CENTRE_NUMERATOR = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const CENTRE_DENOMINATOR = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const TAIL_NUMERATOR = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_DENOMINATOR = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

/**
 * By how much a quantile of Student's t, scaled to unit variance, lies farther out than the normal one `z`: the
 * Cornish-Fisher expansion in 1/ν (Abramowitz and Stegun 26.7.5). Error of the quantile below 0.003 for ν ≥ 5 and
 * |z| ≤ 2.
 */
export function unitStudentFactor(z: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(degreesOfFreedom)) return 1;
  const n = degreesOfFreedom;
  const z2 = z * z;
  const t =
    1 +
    (z2 + 1) / (4 * n) +
    ((5 * z2 + 16) * z2 + 3) / (96 * n * n) +
    (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n ** 3);
  return t * Math.sqrt((n - 2) / n);
}
