import { distanceAt, greatestDistance, leastDistance } from './bounds.ts';
import type { SearchModel } from './model.ts';
import { TIE_TOLERANCE } from './options.ts';

/** The private outcomes of one gap, best placed on top of what its shared outcomes already hold. */
export interface PrivateOptimum {
  /** No placement is nearer than this. */
  readonly least: number;
  /** Distance of the placement in `bins`; above `least` only where the limit of nodes ended the search. */
  readonly found: number;
  /** Bin for each private outcome of the gap, in the model's order. */
  readonly bins: readonly number[];
}

/** Nodes spent on one gap's private outcomes; more of them differ by less than counts could ever tell. */
const MOST_NODES = 400;

/**
 * Depth first over the outcomes from the heaviest, each tried first in the bin that lacks most. Outcomes of equal
 * mass are interchangeable, so they are placed in one order only.
 */
export function placePrivates(
  model: SearchModel,
  gap: number,
  lab: number,
  held: Float64Array,
  heldAt: number,
): PrivateOptimum {
  const { bins, mu } = model;
  const outcomes = model.privates[gap]!;
  const muAt = lab * bins;
  const filled = held.slice(heldAt, heldAt + bins);
  const place = new Int32Array(outcomes.length);
  let best = Number.POSITIVE_INFINITY;
  let bestBins: number[] = [];
  let open = Number.POSITIVE_INFINITY;
  let nodes = 0;

  const descend = (i: number): void => {
    if (i === outcomes.length) {
      const distance = distanceAt(mu, muAt, filled, 0, bins);
      if (distance < best) {
        best = distance;
        bestBins = [...place];
      }
      return;
    }
    const bound = leastDistance(mu, muAt, filled, 0, bins);
    if (bound >= best) return;
    if (nodes++ >= MOST_NODES && best < Number.POSITIVE_INFINITY) {
      open = Math.min(open, bound);
      return;
    }
    const mass = outcomes[i]!.mass;
    const least = i > 0 && outcomes[i - 1]!.mass === mass ? place[i - 1]! : 0;
    for (const bin of byLack(mu, muAt, filled, least)) {
      place[i] = bin;
      const before = filled[bin]!;
      filled[bin] = before + mass;
      descend(i + 1);
      filled[bin] = before;
    }
  };
  descend(0);
  return { least: Math.min(best, open), found: best, bins: bestBins };
}

/** Bins from `least` up, the one that lacks most mass first. */
function byLack(mu: Float64Array, muAt: number, filled: Float64Array, least: number): number[] {
  const order: number[] = [];
  for (let bin = least; bin < filled.length; bin++) order.push(bin);
  return order.sort((a, b) => mu[muAt + b]! - filled[b]! - (mu[muAt + a]! - filled[a]!) || a - b);
}

/**
 * Calls `visit` with every placement within `limit` of the lab distribution, or, where all placements from some
 * point on are, once with the number of them (`free` outcomes from the end may go anywhere).
 * Returns false where `spend` refused another node: then some are missing.
 */
export function visitPlacements(
  model: SearchModel,
  gap: number,
  lab: number,
  held: Float64Array,
  heldAt: number,
  limit: number,
  spend: () => boolean,
  visit: (bins: readonly number[], free: number) => void,
): boolean {
  const { bins, mu } = model;
  const outcomes = model.privates[gap]!;
  const muAt = lab * bins;
  const filled = held.slice(heldAt, heldAt + bins);
  const place: number[] = [];
  const missing = outcomes.map((_, i) => outcomes.slice(i).reduce((sum, o) => sum + o.mass, 0));

  const descend = (i: number): boolean => {
    if (i === outcomes.length) {
      if (distanceAt(mu, muAt, filled, 0, bins) <= limit) visit(place, 0);
      return true;
    }
    if (greatestDistance(mu, muAt, filled, 0, bins, missing[i]!) <= limit - TIE_TOLERANCE) {
      visit(place, outcomes.length - i);
      return true;
    }
    if (leastDistance(mu, muAt, filled, 0, bins) > limit) return true;
    if (!spend()) return false;
    for (let bin = 0; bin < bins; bin++) {
      place.push(bin);
      const before = filled[bin]!;
      filled[bin] = before + outcomes[i]!.mass;
      const complete = descend(i + 1);
      filled[bin] = before;
      place.pop();
      if (!complete) return false;
    }
    return true;
  };
  return descend(0);
}
