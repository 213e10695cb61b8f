import type { Objective } from '../problem.ts';
import { assign, Frame, leastOfGap, nextOutcome, objectiveBound, rootFrame } from './frame.ts';
import { bestAtLeaf, type Ranked } from './leaf.ts';
import type { SearchModel } from './model.ts';
import { TIE_TOLERANCE } from './options.ts';
import { compareDescending, compareNumbers, compareRanks, descending } from './rank.ts';

export interface Refinement {
  readonly best: Ranked;
  /** Whether every map of the same error was compared or ruled out. */
  readonly complete: boolean;
  readonly nodes: number;
}

/**
 * Of all maps with the optimal error the best by `compareRanks`: branch and bound once more, with the bounds of
 * all gaps, largest first, as a lower bound on the errors in that order.
 */
export function refine(
  model: SearchModel,
  objective: Objective,
  optimum: Ranked,
  mostNodes: number,
): Refinement {
  const limit = optimum.rank.error + TIE_TOLERANCE;
  const pairLimit = limit;
  const frames: Frame[] = [];
  let best = optimum;
  let nodes = 0;
  let complete = true;

  const explore = (depth: number): void => {
    const frame = frames[depth]!;
    const outcome = nextOutcome(model, frame);
    if (outcome < 0) {
      const leaf = bestAtLeaf(model, frame, objective);
      if (leaf && compareRanks(leaf.rank, best.rank) < 0) best = leaf;
      return;
    }
    if (nodes >= mostNodes) {
      complete = false;
      return;
    }
    nodes++;
    frames[depth + 1] ??= new Frame(model);
    const child = frames[depth + 1]!;
    const children: { bin: number; bounds: number[] }[] = [];
    for (let bin = frame.lowest[outcome]!; bin <= frame.highest[outcome]!; bin++) {
      child.copyFrom(frame);
      if (!assign(model, child, outcome, bin, pairLimit)) continue;
      if (objectiveBound(model, child, objective) > limit) continue;
      children.push({ bin, bounds: gapBounds(model, child) });
    }
    const reach = model.shared[outcome]!.reach;
    children.sort((a, b) => compareDescending(a.bounds, b.bounds) || reach[a.bin]! - reach[b.bin]!);
    for (const { bin, bounds } of children) {
      if (!complete) return;
      if (compareDescending(bounds, best.rank.descending) > 0) continue;
      child.copyFrom(frame);
      if (!assign(model, child, outcome, bin, pairLimit)) continue;
      if (mayBeat(model, child, bounds, best)) explore(depth + 1);
    }
  };

  const root = rootFrame(model, pairLimit);
  if (root) {
    frames[0] = root;
    explore(0);
  }
  return { best, complete, nodes };
}

const gapBounds = (model: SearchModel, frame: Frame): number[] =>
  descending(
    Array.from({ length: model.rules.lineGaps }, (_, g) => leastOfGap(frame, g, model.rules.labGaps)),
  );

/** Whether something below the node may still rank better than the best map. */
function mayBeat(model: SearchModel, frame: Frame, bounds: readonly number[], best: Ranked): boolean {
  const errors = compareDescending(bounds, best.rank.descending);
  if (errors !== 0) return errors < 0;
  const gaps = compareNumbers(leastGapReach(model, frame), best.rank.gapReach_um);
  if (gaps !== 0) return gaps < 0;
  return compareNumbers(leastLoadingReach(model, frame), best.rank.loadingReach) < 0;
}

function leastGapReach(model: SearchModel, frame: Frame): number {
  const { lineGaps, labGaps } = model.rules;
  let sum = 0;
  for (let gap = 0; gap < lineGaps; gap++) {
    let least = Number.POSITIVE_INFINITY;
    for (let pair = gap * labGaps; pair < (gap + 1) * labGaps; pair++) {
      if (frame.bound[pair] !== Number.POSITIVE_INFINITY) least = Math.min(least, model.reach_um[pair]!);
    }
    sum += least;
  }
  return sum;
}

/** Private outcomes count with their nearest bin. */
function leastLoadingReach(model: SearchModel, frame: Frame): number {
  let sum = 0;
  for (const [i, { reach }] of model.shared.entries()) {
    const fixed = frame.value[i]!;
    sum += fixed >= 0 ? reach[fixed]! : Math.min(...reach.subarray(frame.lowest[i]!, frame.highest[i]! + 1));
  }
  for (const { reach } of model.privates.flat()) sum += Math.min(...reach);
  return sum;
}
