/**
 * Jensen-Shannon distance between two distributions over the same outcomes: the square root of the divergence
 * with the natural logarithm, so 0 for equal distributions and sqrt(ln 2) = 0.8326 for disjoint ones. A metric
 * (Endres and Schindelin 2003).
 */
export function jensenShannonDistance(p: ArrayLike<number>, q: ArrayLike<number>): number {
  return Math.sqrt(jensenShannonDivergence(p, q));
}

/** The divergence itself (nats), 0 to ln 2: the mean of both relative entropies to the midpoint. */
export function jensenShannonDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += jensenShannonTerm(p[i]!, q[i]!);
  return sum;
}

/**
 * One outcome's share of the divergence, for probabilities a and b. Never negative, homogeneous of degree one
 * and jointly convex, which is what the solvers' bounds rest on. Written in the relative difference, so that
 * equal distributions give 0 to the last bit and nearly equal ones keep their digits under the square root.
 */
export function jensenShannonTerm(a: number, b: number): number {
  const total = a + b;
  if (!(total > 0)) return 0;
  const d = (a - b) / total;
  // One of them is 0, or too small beside the other to be told from it.
  if (d >= 1 || d <= -1) return (total * Math.LN2) / 2;
  const term = (1 + d) * Math.log1p(d) + (1 - d) * Math.log1p(-d);
  return term > 0 ? (total * term) / 4 : 0;
}

/** The largest distance that there is: that of two distributions with no outcome in common. */
export const MAX_DISTANCE: number = Math.sqrt(Math.LN2);
