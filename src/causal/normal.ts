/**
 * Standard normal distribution function, absolute error below 1e-14: the series of Marsaglia (2004) in the middle,
 * a continued fraction (Abramowitz and Stegun 26.2.14) in the tails, where the series would cancel.
 */
export function normalCdf(z: number): number {
  if (z === Number.POSITIVE_INFINITY) return 1;
  if (z === Number.NEGATIVE_INFINITY) return 0;
  const tail = Math.abs(z) > 5 ? upperTail(Math.abs(z)) : undefined;
  if (tail !== undefined) return z > 0 ? 1 - tail : tail;
  let term = z;
  let sum = z;
  for (let i = 3; sum + term !== sum; i += 2) {
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * density(z);
}

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** P(Z > z) for z > 5: the fraction 1/(z + 1/(z + 2/(z + …))), evaluated from a depth at which it has settled. */
function upperTail(z: number): number {
  let fraction = z;
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction;
  return density(z) / fraction;
}
