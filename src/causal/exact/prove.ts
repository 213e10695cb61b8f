import type { Objective } from '../problem.ts';
import { assign, Frame, nextOutcome, objectiveBound, rootFrame } from './frame.ts';
import { bestAtLeaf, type Ranked } from './leaf.ts';
import type { SearchModel } from './model.ts';

export interface Proof {
  readonly best: Ranked | undefined;
  /** No map is better than this. Infinity where no map keeps the rules at all. */
  readonly lowerBound: number;
  readonly nodes: number;
}

/** What must be won for a better map to count as better; also the margin within which the optimum is proved. */
const LEAST_GAIN = 1e-12;

/**
 * Depth-first branch and bound for the objective alone. The children of a node are bounded first and entered from
 * the most promising, so the first dive already finds a good map. When the nodes run out, the least bound among
 * the subtrees left unseen is still a bound on everything.
 */
export function prove(
  model: SearchModel,
  objective: Objective,
  incumbent: Ranked | undefined,
  mostNodes: number,
): Proof {
  const frames: Frame[] = [];
  let best = incumbent;
  let limit = best ? best.rank.error - LEAST_GAIN : Number.POSITIVE_INFINITY;
  let nodes = 0;
  // A pair of gaps may be dropped for its own error only where that error is the objective's.
  const pairLimit = () => (limit === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : limit);

  /** Explores below `frames[depth]`; returns the least bound of what it left unseen, Infinity where nothing is. */
  const explore = (depth: number, bound: number): number => {
    const frame = frames[depth]!;
    const outcome = nextOutcome(model, frame);
    if (outcome < 0) {
      const leaf = bestAtLeaf(model, frame, objective);
      if (leaf && leaf.rank.error <= limit) {
        best = leaf;
        limit = leaf.rank.error - LEAST_GAIN;
      }
      // Private outcomes that were placed by a limited search may leave a slit between bound and map.
      return bound <= limit ? bound : Number.POSITIVE_INFINITY;
    }
    // Without any map yet the dive goes on: a budget must not turn a solvable problem into a failure.
    if (nodes >= mostNodes && best) return bound;
    nodes++;
    frames[depth + 1] ??= new Frame(model);
    const child = frames[depth + 1]!;
    const children: { bin: number; bound: number }[] = [];
    for (let bin = frame.lowest[outcome]!; bin <= frame.highest[outcome]!; bin++) {
      child.copyFrom(frame);
      if (!assign(model, child, outcome, bin, pairLimit())) continue;
      const childBound = Math.max(bound, objectiveBound(model, child, objective));
      if (childBound <= limit) children.push({ bin, bound: childBound });
    }
    const reach = model.shared[outcome]!.reach;
    children.sort((a, b) => a.bound - b.bound || reach[a.bin]! - reach[b.bin]!);
    let unseen = Number.POSITIVE_INFINITY;
    for (const { bin, bound: childBound } of children) {
      if (childBound > limit) break;
      child.copyFrom(frame);
      if (assign(model, child, outcome, bin, pairLimit())) {
        unseen = Math.min(unseen, explore(depth + 1, childBound));
      }
    }
    return unseen <= limit ? unseen : Number.POSITIVE_INFINITY;
  };

  const root = rootFrame(model, Number.MAX_VALUE);
  const rootBound = root ? objectiveBound(model, root, objective) : Number.POSITIVE_INFINITY;
  let unseen = Number.POSITIVE_INFINITY;
  if (root && rootBound <= limit) {
    frames[0] = root;
    unseen = explore(0, rootBound);
  }
  const error = best?.rank.error ?? Number.POSITIVE_INFINITY;
  return { best, lowerBound: Math.min(error, unseen), nodes };
}
