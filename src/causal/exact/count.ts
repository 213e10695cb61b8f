import type { AbstractionMaps, Objective } from '../problem.ts';
import { greatestDistance } from './bounds.ts';
import { assign, Frame, nextOutcome, objectiveBound, rootFrame } from './frame.ts';
import type { SearchModel } from './model.ts';
import { type GapMapTies, TIE_TOLERANCE } from './options.ts';
import { Tally } from './tally.ts';

export interface Count {
  readonly ties: number;
  readonly complete: boolean;
  readonly gapMaps: readonly GapMapTies[];
  readonly maps: readonly AbstractionMaps[];
  readonly nodes: number;
}

/**
 * Counts every pair of maps within a tie of `error`, without visiting each. Below a node where every pair (line
 * gap, lab gap) is either out or within the limit whatever comes, the outcomes still open are free and only
 * multiply.
 */
export function countOptima(
  model: SearchModel,
  objective: Objective,
  error: number,
  mostNodes: number,
): Count {
  const limit = error + TIE_TOLERANCE;
  let nodes = 0;
  const spend = () => {
    if (nodes >= mostNodes) return false;
    nodes++;
    return true;
  };
  const tally = new Tally(model, objective, limit, spend);
  const frames: Frame[] = [];
  // Rules among the outcomes leave none of them free, and a sum has no limit of its own for a single gap.
  const mayBeFree = objective === 'max' && !model.rules.ordered && !model.surjectiveLoading;
  const eligible = (frame: Frame) =>
    mayBeFree ? (gap: number) => !isDecided(model, frame, gap, limit) : undefined;

  const explore = (depth: number): void => {
    const frame = frames[depth]!;
    const outcome = nextOutcome(model, frame, eligible(frame));
    if (outcome < 0) {
      tally.add(frame);
      return;
    }
    frames[depth + 1] ??= new Frame(model);
    const child = frames[depth + 1]!;
    for (let bin = frame.lowest[outcome]!; bin <= frame.highest[outcome]!; bin++) {
      if (!spend()) tally.complete = false;
      if (!tally.complete) return;
      child.copyFrom(frame);
      if (!assign(model, child, outcome, bin, limit)) continue;
      if (objectiveBound(model, child, objective) <= limit) explore(depth + 1);
    }
  };

  const root = rootFrame(model, limit);
  if (root) {
    frames[0] = root;
    explore(0);
  }
  const { ties, complete, gapMaps, maps } = tally;
  return { ties, complete, gapMaps, maps, nodes };
}

/** Whether each pair of this line gap is either out or within the limit wherever its open mass goes. */
function isDecided(model: SearchModel, frame: Frame, gap: number, limit: number): boolean {
  const { bins, mu } = model;
  const { labGaps } = model.rules;
  let missing = 1;
  for (let bin = 0; bin < bins; bin++) missing -= frame.held[gap * bins + bin]!;
  for (let lab = 0; lab < labGaps; lab++) {
    if (frame.bound[gap * labGaps + lab] === Number.POSITIVE_INFINITY) continue;
    const most = greatestDistance(mu, lab * bins, frame.held, gap * bins, bins, Math.max(0, missing));
    if (most > limit - TIE_TOLERANCE) return false;
  }
  return true;
}
