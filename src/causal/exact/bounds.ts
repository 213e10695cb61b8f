import { jensenShannonTerm } from '../divergence.ts';

/**
 * Bounds on the distance between a lab distribution p and a pushed-forward line distribution of which only a
 * part, `held`, is in place. Both arrays are read from an offset, `bins` long; p sums to 1, held to at most 1.
 */

/**
 * The least distance that any split of the missing mass over the bins could reach.
 *
 * The divergence is a sum of convex terms in q with slope ln(2q / (p + q)) / 2, so at the optimum q = c·p for one
 * level c in every bin that still takes mass: water poured over p, with the bins that already hold more than c·p
 * left as they are. By homogeneity the bins under water count as one.
 */
export function leastDistance(
  p: Float64Array,
  pAt: number,
  held: Float64Array,
  heldAt: number,
  bins: number,
): number {
  let level = 1;
  let mass = 1;
  let weight = 1;
  for (;;) {
    let dryMass = 0;
    let dryWeight = 0;
    for (let bin = 0; bin < bins; bin++) {
      const probability = p[pAt + bin]!;
      const holds = held[heldAt + bin]!;
      if (holds > level * probability) {
        dryMass += holds;
        dryWeight += probability;
      }
    }
    mass = Math.max(0, 1 - dryMass);
    weight = Math.max(0, 1 - dryWeight);
    const next = weight > 0 ? mass / weight : 0;
    if (next >= level || weight <= 0) break;
    level = next;
  }
  let divergence = jensenShannonTerm(weight, mass);
  for (let bin = 0; bin < bins; bin++) {
    const probability = p[pAt + bin]!;
    const holds = held[heldAt + bin]!;
    if (holds > level * probability) divergence += jensenShannonTerm(probability, holds);
  }
  return Math.sqrt(divergence);
}

/**
 * The same where no bin may end above its cap: water poured over p between a floor (`held`) and a ceiling (`cap`).
 * Of the bins that the water level would push through floor or ceiling, those on the side with the larger overflow
 * are surely at their limit, so each round settles some (Bitran and Hax 1981). Infinity where the caps can't hold
 * all mass.
 */
export function leastDistanceCapped(
  p: Float64Array,
  pAt: number,
  held: Float64Array,
  heldAt: number,
  cap: Float64Array,
  bins: number,
): number {
  let mass = 1;
  let weight = 1;
  let divergence = 0;
  const settled = new Uint8Array(bins);
  let all = 0;
  for (let bin = 0; bin < bins; bin++) all += cap[bin]!;
  if (all < 1 - 1e-9) return Number.POSITIVE_INFINITY;
  for (;;) {
    const level = weight > 0 ? mass / weight : 0;
    let below = 0;
    let above = 0;
    for (let bin = 0; bin < bins; bin++) {
      if (settled[bin] === 1) continue;
      const poured = level * p[pAt + bin]!;
      below += Math.max(0, held[heldAt + bin]! - poured);
      above += Math.max(0, poured - cap[bin]!);
    }
    if (below <= ROUNDING && above <= ROUNDING) break;
    for (let bin = 0; bin < bins; bin++) {
      if (settled[bin] === 1) continue;
      const probability = p[pAt + bin]!;
      const poured = level * probability;
      const limit = below >= above ? held[heldAt + bin]! : cap[bin]!;
      if (below >= above ? poured >= limit : poured <= limit) continue;
      settled[bin] = 1;
      mass = Math.max(0, mass - limit);
      weight = Math.max(0, weight - probability);
      divergence += jensenShannonTerm(probability, limit);
    }
  }
  return Math.sqrt(divergence + jensenShannonTerm(weight, mass));
}

const ROUNDING = 1e-13;

/** The distance itself, where nothing is missing. */
export function distanceAt(
  p: Float64Array,
  pAt: number,
  held: Float64Array,
  heldAt: number,
  bins: number,
): number {
  let divergence = 0;
  for (let bin = 0; bin < bins; bin++) divergence += jensenShannonTerm(p[pAt + bin]!, held[heldAt + bin]!);
  return Math.sqrt(divergence);
}

/**
 * The greatest distance that any split of `missing` over the bins could reach: a convex function is greatest at a
 * corner, i.e. with all of it in one bin.
 */
export function greatestDistance(
  p: Float64Array,
  pAt: number,
  held: Float64Array,
  heldAt: number,
  bins: number,
  missing: number,
): number {
  let divergence = 0;
  let greatestRise = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < bins; bin++) {
    const probability = p[pAt + bin]!;
    const holds = held[heldAt + bin]!;
    const now = jensenShannonTerm(probability, holds);
    divergence += now;
    greatestRise = Math.max(greatestRise, jensenShannonTerm(probability, holds + missing) - now);
  }
  return Math.sqrt(Math.max(0, divergence + greatestRise));
}
