import type { Objective } from '../problem.ts';
import { leastDistance, leastDistanceCapped } from './bounds.ts';
import { leastOverGapMaps } from './gapmaps.ts';
import type { SearchModel } from './model.ts';
import { placePrivates } from './privates.ts';

/**
 * One node of the search: some shared outcomes have their bin, and for each pair (line gap, lab gap) there is a
 * lower bound on its error whatever comes. There is one frame for each depth, reused by all nodes of that depth.
 */
export class Frame {
  /** Bin of each shared outcome, -1 where it has none yet. */
  readonly value: Int16Array;
  readonly lowest: Int16Array;
  readonly highest: Int16Array;
  /** Mass that already lies in each lab bin, lineGaps × bins. */
  readonly held: Float64Array;
  /** Shared outcomes of each line gap that have no bin yet. */
  readonly open: Int32Array;
  /** Lower bound on the error of each pair, lineGaps × labGaps; Infinity where the pair is out. */
  readonly bound: Float64Array;
  /** Shared outcomes in each lab bin. */
  readonly used: Int32Array;
  /** Room for `binCaps`; no part of the node's state. */
  readonly cap: Float64Array;
  unassigned: number;

  constructor(model: SearchModel) {
    const { lineGaps } = model.rules;
    this.value = new Int16Array(model.shared.length).fill(-1);
    this.lowest = Int16Array.from(model.shared, (outcome) => outcome.lowest);
    this.highest = Int16Array.from(model.shared, (outcome) => outcome.highest);
    this.held = new Float64Array(lineGaps * model.bins);
    this.open = new Int32Array(lineGaps);
    for (const { gaps } of model.shared) for (const gap of gaps) this.open[gap]!++;
    this.bound = Float64Array.from(model.startBound);
    this.used = new Int32Array(model.bins);
    this.cap = new Float64Array(model.bins);
    this.unassigned = model.shared.length;
  }

  copyFrom(other: Frame): void {
    this.value.set(other.value);
    this.lowest.set(other.lowest);
    this.highest.set(other.highest);
    this.held.set(other.held);
    this.open.set(other.open);
    this.bound.set(other.bound);
    this.used.set(other.used);
    this.unassigned = other.unassigned;
  }
}

/** The root: what anchors force is in place and every pair has its best case as bound. */
export function rootFrame(model: SearchModel, pairLimit: number): Frame | undefined {
  const frame = new Frame(model);
  for (const [i, outcome] of model.shared.entries()) {
    if (frame.value[i]! < 0 && outcome.lowest === outcome.highest) {
      if (!assign(model, frame, i, outcome.lowest, pairLimit)) return undefined;
    }
  }
  for (let gap = 0; gap < model.rules.lineGaps; gap++) boundGap(model, frame, gap, pairLimit);
  return frame;
}

/**
 * Puts a shared outcome into a bin, and with order-preserving maps every other one that this leaves a single bin.
 * Pairs whose bound passes `pairLimit` are out. False where nothing feasible is left; the frame is then spoilt.
 */
export function assign(
  model: SearchModel,
  frame: Frame,
  outcome: number,
  bin: number,
  pairLimit: number,
): boolean {
  const touched = new Set<number>();
  const queue: [number, number][] = [[outcome, bin]];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [i, value] = next;
    if (frame.value[i] === value) continue;
    if (frame.value[i]! >= 0 || value < frame.lowest[i]! || value > frame.highest[i]!) return false;
    put(model, frame, i, value, touched);
    for (const other of model.shared[i]!.above) {
      if (!narrow(model, frame, other, value, frame.highest[other]!, queue, touched)) return false;
    }
    for (const other of model.shared[i]!.below) {
      if (!narrow(model, frame, other, frame.lowest[other]!, value, queue, touched)) return false;
    }
  }
  if (model.surjectiveLoading && emptyBins(frame) > frame.unassigned) return false;
  for (const gap of touched) if (!boundGap(model, frame, gap, pairLimit)) return false;
  return true;
}

function put(model: SearchModel, frame: Frame, i: number, bin: number, touched: Set<number>): void {
  const { gaps, masses } = model.shared[i]!;
  frame.value[i] = bin;
  frame.lowest[i] = bin;
  frame.highest[i] = bin;
  frame.used[bin]!++;
  frame.unassigned--;
  for (let k = 0; k < gaps.length; k++) {
    const gap = gaps[k]!;
    frame.held[gap * model.bins + bin]! += masses[k]!;
    frame.open[gap]!--;
    touched.add(gap);
  }
}

function narrow(
  model: SearchModel,
  frame: Frame,
  i: number,
  lowest: number,
  highest: number,
  queue: [number, number][],
  touched: Set<number>,
): boolean {
  const from = Math.max(frame.lowest[i]!, lowest);
  const to = Math.min(frame.highest[i]!, highest);
  if (from > to) return false;
  if (frame.value[i]! >= 0 || (from === frame.lowest[i] && to === frame.highest[i])) return true;
  frame.lowest[i] = from;
  frame.highest[i] = to;
  for (const gap of model.shared[i]!.gaps) touched.add(gap);
  if (from === to) queue.push([i, from]);
  return true;
}

function emptyBins(frame: Frame): number {
  let empty = 0;
  for (const count of frame.used) if (count === 0) empty++;
  return empty;
}

/** Renews the bounds of one gap's pairs; exact once its shared outcomes are placed. False where no pair is left. */
function boundGap(model: SearchModel, frame: Frame, gap: number, pairLimit: number): boolean {
  const { bins, mu } = model;
  const { labGaps } = model.rules;
  const caps = model.rules.ordered && frame.open[gap]! > 0 ? binCaps(model, frame, gap) : undefined;
  let alive = false;
  for (let lab = 0; lab < labGaps; lab++) {
    const pair = gap * labGaps + lab;
    if (frame.bound[pair] === Number.POSITIVE_INFINITY) continue;
    let bound: number;
    if (frame.open[gap] === 0) bound = placePrivates(model, gap, lab, frame.held, gap * bins).least;
    else if (caps) bound = leastDistanceCapped(mu, lab * bins, frame.held, gap * bins, caps, bins);
    else bound = leastDistance(mu, lab * bins, frame.held, gap * bins, bins);
    frame.bound[pair] = bound > pairLimit ? Number.POSITIVE_INFINITY : bound;
    if (bound <= pairLimit) alive = true;
  }
  return alive;
}

/** The most mass that each bin may end with: what it holds, and all open outcomes that order still lets into it. */
function binCaps(model: SearchModel, frame: Frame, gap: number): Float64Array {
  const { bins } = model;
  const { cap } = frame;
  for (let bin = 0; bin < bins; bin++) cap[bin] = frame.held[gap * bins + bin]!;
  for (const { outcome, mass } of model.sharedAt[gap]!) {
    if (frame.value[outcome]! >= 0) continue;
    for (let bin = frame.lowest[outcome]!; bin <= frame.highest[outcome]!; bin++) cap[bin]! += mass;
  }
  return cap;
}

/** Lower bound on the objective of every pair of maps below this node. Exact where all shared outcomes are placed. */
export function objectiveBound(model: SearchModel, frame: Frame, objective: Objective): number {
  const { rules } = model;
  if (rules.ordered || frame.unassigned === 0) return leastOverGapMaps(rules, objective, frame.bound);
  const { lineGaps, labGaps, surjective } = rules;
  let total = 0;
  for (let gap = 0; gap < lineGaps; gap++) {
    const least = leastOfGap(frame, gap, labGaps);
    total = objective === 'max' ? Math.max(total, least) : total + least;
  }
  if (!surjective || total === Number.POSITIVE_INFINITY) return total;
  // Each lab gap needs some line gap: for `sum` that gap pays the difference to its own best.
  let dearest = 0;
  for (let lab = 0; lab < labGaps; lab++) {
    let cheapest = Number.POSITIVE_INFINITY;
    for (let gap = 0; gap < lineGaps; gap++) {
      const own = objective === 'max' ? 0 : leastOfGap(frame, gap, labGaps);
      cheapest = Math.min(cheapest, frame.bound[gap * labGaps + lab]! - own);
    }
    dearest = Math.max(dearest, cheapest);
  }
  return objective === 'max' ? Math.max(total, dearest) : total + dearest;
}

export function leastOfGap(frame: Frame, gap: number, labGaps: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let pair = gap * labGaps; pair < (gap + 1) * labGaps; pair++) {
    if (frame.bound[pair]! < least) least = frame.bound[pair]!;
  }
  return least;
}

/** The next outcome to branch on: the heaviest one of the gap that is worst off; -1 where all have their bin. */
export function nextOutcome(model: SearchModel, frame: Frame, eligible?: (gap: number) => boolean): number {
  let worst = -1;
  let worstBound = -1;
  for (let gap = 0; gap < model.rules.lineGaps; gap++) {
    if (frame.open[gap] === 0 || (eligible && !eligible(gap))) continue;
    const bound = leastOfGap(frame, gap, model.rules.labGaps);
    if (bound > worstBound) {
      worst = gap;
      worstBound = bound;
    }
  }
  if (worst < 0) return -1;
  let heaviest = -1;
  let most = -1;
  for (const [i, outcome] of model.shared.entries()) {
    if (frame.value[i]! >= 0) continue;
    const k = outcome.gaps.indexOf(worst);
    if (k >= 0 && outcome.masses[k]! > most) {
      heaviest = i;
      most = outcome.masses[k]!;
    }
  }
  return heaviest;
}
