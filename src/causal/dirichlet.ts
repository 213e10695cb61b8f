import type { Random } from '../core/random.ts';

/**
 * A draw from the Dirichlet distribution: gamma draws, normalised. Concentrations that are all tiny could underflow
 * to nothing; the draw is then the corner at the largest one.
 */
export function drawDirichlet(concentrations: ArrayLike<number>, random: Random): Float64Array {
  const draws = Float64Array.from(concentrations, (shape) => (shape > 0 ? drawGamma(shape, random) : 0));
  const sum = draws.reduce((a, b) => a + b, 0);
  if (sum > 0) return draws.map((value) => value / sum);
  const all = Array.from(concentrations);
  const corner = all.indexOf(Math.max(...all));
  return draws.map((_, i) => (i === corner ? 1 : 0));
}

/** Gamma with unit scale, by squeeze and rejection (Marsaglia and Tsang 2000); shapes below 1 by their boost. */
export function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
