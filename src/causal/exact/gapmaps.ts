import type { Objective } from '../problem.ts';
import { combine, compareRanks, descending, type Rank } from './rank.ts';

/**
 * Everything about α_G once the error of each pair (line gap, lab gap) is known: the best map, the number of maps
 * within a limit, and their enumeration. All are dynamic programmes over the line gaps in ascending order; the
 * state is what surjectivity and order still need to know of the gaps before.
 */
export interface GapRules {
  readonly lineGaps: number;
  readonly labGaps: number;
  readonly surjective: boolean;
  readonly ordered: boolean;
}

/** Beyond this many lab gaps the set of covered ones is too large a state for unordered surjective maps. */
export const MOST_UNORDERED_LAB_GAPS = 12;

/**
 * States: for ordered maps one more than the last lab gap used; for unordered surjective maps the set of covered
 * lab gaps as bits; otherwise a single state. 0 is always the start.
 */
function stateCount(rules: GapRules): number {
  if (rules.ordered) return rules.labGaps + 1;
  return rules.surjective ? 2 ** rules.labGaps : 1;
}

/** The state after mapping the next gap to `lab`, or -1 where the rules forbid that. */
function nextState(rules: GapRules, state: number, lab: number): number {
  if (rules.ordered) {
    const step = lab + 1 - state;
    return step >= 0 && (step <= 1 || !rules.surjective) ? lab + 1 : -1;
  }
  return rules.surjective ? state | (1 << lab) : 0;
}

function isFinal(rules: GapRules, state: number): boolean {
  if (!rules.surjective) return true;
  return rules.ordered ? state === rules.labGaps : state === 2 ** rules.labGaps - 1;
}

/** Least objective over all maps that keep the rules; Infinity where there is none. `errors` is lineGaps × labGaps. */
export function leastOverGapMaps(rules: GapRules, objective: Objective, errors: Float64Array): number {
  const states = stateCount(rules);
  let best = new Float64Array(states).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  for (let gap = 0; gap < rules.lineGaps; gap++) {
    const next = new Float64Array(states).fill(Number.POSITIVE_INFINITY);
    for (let state = 0; state < states; state++) {
      const soFar = best[state]!;
      if (soFar === Number.POSITIVE_INFINITY) continue;
      for (let lab = 0; lab < rules.labGaps; lab++) {
        const to = nextState(rules, state, lab);
        if (to < 0) continue;
        const error = errors[gap * rules.labGaps + lab]!;
        const total = objective === 'max' ? Math.max(soFar, error) : soFar + error;
        if (total < next[to]!) next[to] = total;
      }
    }
    best = next;
  }
  return best.reduce(
    (least, value, state) => (isFinal(rules, state) && value < least ? value : least),
    Number.POSITIVE_INFINITY,
  );
}

/** Sum over all maps that keep the rules of the product of `weights` (lineGaps × labGaps) along the map. */
export function countGapMaps(rules: GapRules, weights: Float64Array): number {
  const states = stateCount(rules);
  let ways = new Float64Array(states);
  ways[0] = 1;
  for (let gap = 0; gap < rules.lineGaps; gap++) {
    const next = new Float64Array(states);
    for (let state = 0; state < states; state++) {
      if (ways[state] === 0) continue;
      for (let lab = 0; lab < rules.labGaps; lab++) {
        const weight = weights[gap * rules.labGaps + lab]!;
        const to = weight > 0 ? nextState(rules, state, lab) : -1;
        if (to >= 0) next[to]! += ways[state]! * weight;
      }
    }
    ways = next;
  }
  return ways.reduce((sum, value, state) => (isFinal(rules, state) ? sum + value : sum), 0);
}

/**
 * Calls `visit` with every map that keeps the rules and whose objective is at most `limit`, in lexicographic
 * order, until it returns false. Dead ends are never entered: the least objective from each gap and state on is
 * known beforehand.
 */
export function visitGapMaps(
  rules: GapRules,
  objective: Objective,
  errors: Float64Array,
  limit: number,
  visit: (alphaGap: readonly number[]) => boolean,
): void {
  const { lineGaps, labGaps } = rules;
  const leastFrom = leastCompletions(rules, objective, errors);
  const alphaGap: number[] = new Array<number>(lineGaps).fill(0);
  const descend = (gap: number, state: number, total: number): boolean => {
    if (gap === lineGaps) return visit(alphaGap);
    for (let lab = 0; lab < labGaps; lab++) {
      const to = nextState(rules, state, lab);
      if (to < 0) continue;
      const next = combine(objective, total, errors[gap * labGaps + lab]!);
      if (!(combine(objective, next, leastFrom[gap + 1]![to]!) <= limit)) continue;
      alphaGap[gap] = lab;
      if (!descend(gap + 1, to, next)) return false;
    }
    return true;
  };
  descend(0, 0, 0);
}

/** For each gap and state the least objective over this gap and all later ones; Infinity for a dead end. */
function leastCompletions(rules: GapRules, objective: Objective, errors: Float64Array): Float64Array[] {
  const { lineGaps, labGaps } = rules;
  const states = stateCount(rules);
  const least = Array.from({ length: lineGaps + 1 }, () =>
    new Float64Array(states).fill(Number.POSITIVE_INFINITY),
  );
  for (let state = 0; state < states; state++) if (isFinal(rules, state)) least[lineGaps]![state] = 0;
  for (let gap = lineGaps - 1; gap >= 0; gap--) {
    for (let state = 0; state < states; state++) {
      for (let lab = 0; lab < labGaps; lab++) {
        const to = nextState(rules, state, lab);
        if (to < 0) continue;
        const total = combine(objective, errors[gap * labGaps + lab]!, least[gap + 1]![to]!);
        if (total < least[gap]![state]!) least[gap]![state] = total;
      }
    }
  }
  return least;
}

interface Partial {
  readonly rank: Rank;
  readonly alphaGap: readonly number[];
}

/**
 * The best map by `compareRanks`, loading left out: `reach_um` (lineGaps × labGaps) is the tie-break. Adding one
 * gap to two partial maps never changes their order, which is what makes the dynamic programme right.
 */
export function bestGapMap(
  rules: GapRules,
  objective: Objective,
  errors: Float64Array,
  reach_um: Float64Array,
): Partial | undefined {
  const start: Rank = { error: 0, descending: [], gapReach_um: 0, loadingReach: 0 };
  let best = new Map<number, Partial>([[0, { rank: start, alphaGap: [] }]]);
  for (let gap = 0; gap < rules.lineGaps; gap++) {
    const next = new Map<number, Partial>();
    for (const [state, { rank, alphaGap }] of best) {
      for (let lab = 0; lab < rules.labGaps; lab++) {
        const error = errors[gap * rules.labGaps + lab]!;
        const to = error === Number.POSITIVE_INFINITY ? -1 : nextState(rules, state, lab);
        if (to < 0) continue;
        const grown: Rank = {
          error: combine(objective, rank.error, error),
          descending: descending([...rank.descending, error]),
          gapReach_um: rank.gapReach_um + reach_um[gap * rules.labGaps + lab]!,
          loadingReach: 0,
        };
        const rival = next.get(to);
        if (!rival || compareRanks(grown, rival.rank) < 0) {
          next.set(to, { rank: grown, alphaGap: [...alphaGap, lab] });
        }
      }
    }
    best = next;
  }
  let winner: Partial | undefined;
  for (const [state, partial] of best) {
    if (!isFinal(rules, state)) continue;
    if (!winner || compareRanks(partial.rank, winner.rank) < 0) winner = partial;
  }
  return winner;
}
