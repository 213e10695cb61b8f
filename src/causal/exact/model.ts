import { BadInputError } from '../../core/errors.ts';
import { type AbstractionProblem, checkProblem, outcomeName } from '../problem.ts';
import { type GapRules, MOST_UNORDERED_LAB_GAPS } from './gapmaps.ts';
import type { Anchors, ExactOptions } from './options.ts';

/**
 * The problem as the search sees it. Outcomes without mass are left out. An outcome that occurs at one gap only
 * (private) can't help or harm another gap, so it is never branched on: each gap's private outcomes are placed
 * at their best once its shared ones are. Rules that tie outcomes together (order, surjective loading) make every
 * outcome a shared one.
 */
export interface SearchModel {
  readonly problem: AbstractionProblem;
  readonly rules: GapRules;
  readonly bins: number;
  readonly surjectiveLoading: boolean;
  /** μ, labGaps × bins. */
  readonly mu: Float64Array;
  /** For each pair (line gap, lab gap) 0 or, where an anchor forbids it, Infinity. */
  readonly startBound: Float64Array;
  /** |line gap - lab gap| (µm) for each pair. */
  readonly reach_um: Float64Array;
  readonly shared: readonly SharedOutcome[];
  /** For each line gap the positions in `shared` of the outcomes that occur there, and their mass. */
  readonly sharedAt: readonly (readonly { readonly outcome: number; readonly mass: number }[])[];
  /** For each line gap its private outcomes, heaviest first. */
  readonly privates: readonly (readonly PrivateOutcome[])[];
  /** Nearest lab bin for each outcome of the problem: where those without mass go, which no error sees. */
  readonly weightless: readonly number[];
}

export interface SharedOutcome {
  /** Index in the problem's outcomes. */
  readonly index: number;
  readonly gaps: Int32Array;
  readonly masses: Float64Array;
  readonly heaviest: number;
  /** Bins that anchors allow: from lowest to highest. */
  readonly lowest: number;
  readonly highest: number;
  /** Positions in `shared` of the outcomes that may not map higher, and lower, than this one. */
  readonly below: readonly number[];
  readonly above: readonly number[];
  /** `loadingReach` for each bin. */
  readonly reach: Float64Array;
}

export interface PrivateOutcome {
  readonly index: number;
  readonly mass: number;
  readonly reach: Float64Array;
}

/** @throws BadInputError for a malformed problem, contradictory options, or maps that can't exist. */
export function searchModel(problem: AbstractionProblem, options: ExactOptions): SearchModel {
  checkProblem(problem);
  const { labGaps_um, lineGaps_um, labBins: bins, outcomes } = problem;
  const ordered = options.orderPreserving ?? false;
  const surjective = options.surjectiveGap ?? true;
  const surjectiveLoading = options.surjectiveLoading ?? false;
  const rules: GapRules = { lineGaps: lineGaps_um.length, labGaps: labGaps_um.length, surjective, ordered };
  checkSizes(rules, surjectiveLoading, outcomes.length, bins);

  const anchored = anchoredBins(problem, options.anchors);
  const gapsOf = outcomes.map((_, o) => [...problem.nu.keys()].filter((g) => problem.nu[g]![o]! > 0));
  const tied = ordered || surjectiveLoading;
  const isShared = (o: number) => tied || gapsOf[o]!.length > 1 || anchored.has(o);
  const reach = reachOf(problem);

  const branched = [...outcomes.keys()].filter((o) => gapsOf[o]!.length > 0 && isShared(o));
  const positions = [...branched.keys()];
  const shared = branched.map((o, position): SharedOutcome => {
    const masses = Float64Array.from(gapsOf[o]!, (g) => problem.nu[g]![o]!);
    const others = ordered ? positions.filter((p) => p !== position) : [];
    return {
      index: o,
      gaps: Int32Array.from(gapsOf[o]!),
      masses,
      heaviest: Math.max(...masses),
      lowest: anchored.get(o) ?? 0,
      highest: anchored.get(o) ?? bins - 1,
      below: others.filter((p) => isBelow(outcomes[branched[p]!]!, outcomes[o]!)),
      above: others.filter((p) => isBelow(outcomes[o]!, outcomes[branched[p]!]!)),
      reach: reach(o),
    };
  });
  const privates = problem.nu.map((row, g) =>
    [...outcomes.keys()]
      .filter((o) => row[o]! > 0 && gapsOf[o]![0] === g && !isShared(o))
      .map((o): PrivateOutcome => ({ index: o, mass: row[o]!, reach: reach(o) }))
      .sort((a, b) => b.mass - a.mass || a.index - b.index),
  );
  const pairs = lineGaps_um.flatMap((line) => labGaps_um.map((lab) => Math.abs(line - lab)));
  return {
    problem,
    rules,
    bins,
    surjectiveLoading,
    mu: Float64Array.from(problem.mu.flatMap((row) => [...row])),
    startBound: anchoredGaps(problem, options.anchors),
    reach_um: Float64Array.from(pairs),
    shared,
    sharedAt: problem.nu.map((row) =>
      shared.flatMap(({ index }, outcome) => (row[index]! > 0 ? [{ outcome, mass: row[index]! }] : [])),
    ),
    privates,
    weightless: [...outcomes.keys()].map((o) => indexOfLeast(reach(o))),
  };
}

const indexOfLeast = (values: Float64Array): number => values.indexOf(Math.min(...values));

const isBelow = (a: readonly number[], b: readonly number[]): boolean => a.every((bin, i) => bin <= b[i]!);

/** Outcome → for each lab bin the squared distance to its mean lane bin, both scaled to [0, 1]. */
function reachOf(problem: AbstractionProblem): (outcome: number) => Float64Array {
  const highest = Math.max(1, ...problem.outcomes.flat());
  return (o) => {
    const outcome = problem.outcomes[o]!;
    const mean = outcome.reduce((sum, bin) => sum + bin, 0) / (outcome.length || 1) / highest;
    return Float64Array.from(
      { length: problem.labBins },
      (_, bin) => (mean - bin / Math.max(1, problem.labBins - 1)) ** 2,
    );
  };
}

function checkSizes(rules: GapRules, surjectiveLoading: boolean, outcomes: number, bins: number): void {
  const { lineGaps, labGaps, surjective, ordered } = rules;
  if (surjective && lineGaps < labGaps) {
    throw new BadInputError(`${lineGaps} line gaps can't cover ${labGaps} lab gaps`, {
      where: 'lineGaps_um',
      allowed: `at least ${labGaps} line gaps, fewer lab gaps, or surjectiveGap: false`,
    });
  }
  if (surjective && !ordered && labGaps > MOST_UNORDERED_LAB_GAPS) {
    throw new BadInputError(`${labGaps} lab gaps`, {
      where: 'labGaps_um',
      allowed: `at most ${MOST_UNORDERED_LAB_GAPS}, or orderPreserving: true, or surjectiveGap: false`,
    });
  }
  if (surjectiveLoading && outcomes < bins) {
    throw new BadInputError(`${outcomes} line outcomes can't cover ${bins} lab bins`, {
      where: 'outcomes',
      allowed: `at least ${bins} outcomes, fewer bins, or surjectiveLoading: false`,
    });
  }
}

function anchoredBins(problem: AbstractionProblem, anchors: Anchors | undefined): Map<number, number> {
  const names = problem.outcomes.map(outcomeName);
  const anchored = new Map<number, number>();
  for (const [name, bin] of Object.entries(anchors?.loading ?? {})) {
    const where = `anchors.loading["${name}"]`;
    if (!names.includes(name)) {
      throw new BadInputError('no such outcome', { where, allowed: names.join(' | ') });
    }
    if (!Number.isInteger(bin) || bin < 0 || bin >= problem.labBins) {
      throw new BadInputError(`${bin} is no lab bin`, { where, allowed: `0 to ${problem.labBins - 1}` });
    }
    anchored.set(names.indexOf(name), bin);
  }
  return anchored;
}

function anchoredGaps(problem: AbstractionProblem, anchors: Anchors | undefined): Float64Array {
  const { labGaps_um, lineGaps_um } = problem;
  const bound = new Float64Array(lineGaps_um.length * labGaps_um.length);
  for (const [i, anchor] of (anchors?.gaps ?? []).entries()) {
    const line = indexOrThrow(lineGaps_um, anchor.lineGap_um, `anchors.gaps[${i}].lineGap_um`);
    const lab = indexOrThrow(labGaps_um, anchor.labGap_um, `anchors.gaps[${i}].labGap_um`);
    for (let other = 0; other < labGaps_um.length; other++) {
      if (other !== lab) bound[line * labGaps_um.length + other] = Number.POSITIVE_INFINITY;
    }
  }
  return bound;
}

function indexOrThrow(gaps_um: readonly number[], gap_um: number, where: string): number {
  const index = gaps_um.indexOf(gap_um);
  if (index < 0) throw new BadInputError(`no data at ${gap_um} µm`, { where, allowed: gaps_um.join(' | ') });
  return index;
}
