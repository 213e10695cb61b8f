import type { BinsConfig } from '../../config/pipeline.ts';
import { equalWidthEdges } from '../../core/bins.ts';
import { append, dropFirst, emptyQueue, itemAt, items, type Queue } from '../queue.ts';
import { outcomeOf, quantileEdges } from './edges.ts';

/** What the bins need of an observation. */
export interface BinInput {
  readonly gap_um: number;
  readonly lanes_mg_cm2: readonly number[];
}

/** Observations binned online; plain data, never changed in place. */
export interface BinsState {
  /** All that is kept, oldest first, with the gap level of each. */
  readonly history: Queue<BinInput>;
  /** Range of all values kept and of the lab's (mg/cm²); Infinity and -Infinity before the first. */
  readonly low_mg_cm2: number;
  readonly high_mg_cm2: number;
  /** Outcomes by gap level under the edges of that range; empty for quantile bins, which are counted when asked. */
  readonly levels: ReadonlyMap<number, LevelCounts>;
}

export interface LevelCounts {
  readonly scans: number;
  /** Outcome, e.g. `"2,3"`, to how often it occurred. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface Binned {
  /** Empty before the first value. */
  readonly edges_mg_cm2: readonly number[];
  /** Ascending in the gap, their outcomes in ascending order of the text. */
  readonly levels: readonly (LevelCounts & { readonly gap_um: number })[];
}

export interface Bins {
  start(): BinsState;
  /**
   * With one more observation. Costs the same however many there are, except when the range of the values moves:
   * then all that is kept is counted again, so that the counts are always those of a batch over the same values.
   * An observation off every gap level, or with a lane that is not a number, changes nothing.
   */
  add(state: BinsState, observation: BinInput): BinsState;
  binned(state: BinsState): Binned;
}

/** `lab_mg_cm2`: the lab's loadings, which share the bins. */
export function createBins(config: BinsConfig, lab_mg_cm2: readonly number[] = []): Bins {
  const labLow = Math.min(...lab_mg_cm2);
  const labHigh = Math.max(...lab_mg_cm2);
  const equalWidth = config.method === 'equal-width';

  const edgesOf = ({ low_mg_cm2, high_mg_cm2, history }: BinsState): readonly number[] => {
    if (low_mg_cm2 > high_mg_cm2) return [];
    if (equalWidth) return equalWidthEdges(low_mg_cm2, high_mg_cm2, config.count, config.widen_mg_cm2);
    const values = [...lab_mg_cm2];
    for (const { lanes_mg_cm2 } of items(history)) values.push(...lanes_mg_cm2);
    return quantileEdges(values, config.count, config.widen_mg_cm2);
  };

  const recounted = (state: BinsState): BinsState['levels'] => {
    const edges = edgesOf(state);
    const levels = new Map<number, { scans: number; counts: Map<string, number> }>();
    for (const { gap_um, lanes_mg_cm2 } of items(state.history)) {
      const level = levels.get(gap_um) ?? { scans: 0, counts: new Map<string, number>() };
      const outcome = outcomeOf(edges, lanes_mg_cm2);
      level.scans++;
      level.counts.set(outcome, (level.counts.get(outcome) ?? 0) + 1);
      levels.set(gap_um, level);
    }
    return levels;
  };

  const withRange = (state: BinsState, low: number, high: number): BinsState => {
    if (low === state.low_mg_cm2 && high === state.high_mg_cm2) return state;
    const moved = { ...state, low_mg_cm2: low, high_mg_cm2: high };
    return { ...moved, levels: equalWidth ? recounted(moved) : state.levels };
  };

  const counted = (state: BinsState, { gap_um, lanes_mg_cm2 }: BinInput, by: 1 | -1): BinsState =>
    equalWidth
      ? { ...state, levels: change(state.levels, gap_um, outcomeOf(edgesOf(state), lanes_mg_cm2), by) }
      : state;

  const forgetOldest = (state: BinsState): BinsState => {
    const oldest = itemAt(state.history, 0);
    const left = { ...counted(state, oldest, -1), history: dropFirst(state.history, 1) };
    const low = Math.min(...oldest.lanes_mg_cm2);
    const high = Math.max(...oldest.lanes_mg_cm2);
    // Only a value at the rim can take the range with it.
    const atRim = low === state.low_mg_cm2 || high === state.high_mg_cm2;
    return atRim ? withRange(left, ...rangeOf(left.history, labLow, labHigh)) : left;
  };

  return {
    start: () => ({ history: emptyQueue(), low_mg_cm2: labLow, high_mg_cm2: labHigh, levels: new Map() }),
    add(state, { gap_um, lanes_mg_cm2 }) {
      const level = gapLevel(gap_um, config);
      if (level === undefined || !lanes_mg_cm2.every(Number.isFinite) || lanes_mg_cm2.length === 0)
        return state;
      const kept: BinInput = { gap_um: level, lanes_mg_cm2 };
      const low = Math.min(state.low_mg_cm2, ...lanes_mg_cm2);
      const high = Math.max(state.high_mg_cm2, ...lanes_mg_cm2);
      const ranged = withRange(state, low, high);
      const next = { ...counted(ranged, kept, 1), history: append(ranged.history, kept) };
      return next.history.length > config.history_scans ? forgetOldest(next) : next;
    },
    binned(state) {
      const levels = equalWidth ? state.levels : recounted(state);
      return {
        edges_mg_cm2: edgesOf(state),
        levels: [...levels]
          .sort(([a], [b]) => a - b)
          .map(([gap_um, { scans, counts }]) => ({ gap_um, scans, counts: sortedByKey(counts) })),
      };
    },
  };
}

/** The level (µm) that a gap counts as; undefined where it is too far from all of them. */
export function gapLevel(gap_um: number, config: BinsConfig): number | undefined {
  const { gap_levels_um, gap_resolution_um, gap_tolerance_um } = config;
  if (!gap_levels_um) return Math.round(gap_um / gap_resolution_um) * gap_resolution_um;
  const distance = (level: number) => Math.abs(level - gap_um);
  const nearest = gap_levels_um.reduce(
    (best, level) => (distance(level) < distance(best) ? level : best),
    gap_levels_um[0] ?? Infinity,
  );
  return distance(nearest) <= gap_tolerance_um ? nearest : undefined;
}

function change(
  levels: BinsState['levels'],
  gap_um: number,
  outcome: string,
  by: 1 | -1,
): BinsState['levels'] {
  const before = levels.get(gap_um) ?? { scans: 0, counts: new Map<string, number>() };
  const counts = new Map(before.counts);
  const count = (counts.get(outcome) ?? 0) + by;
  if (count === 0) counts.delete(outcome);
  else counts.set(outcome, count);
  const next = new Map(levels);
  const scans = before.scans + by;
  if (scans === 0) next.delete(gap_um);
  else next.set(gap_um, { scans, counts });
  return next;
}

function rangeOf(history: Queue<BinInput>, labLow: number, labHigh: number): [low: number, high: number] {
  let [low, high] = [labLow, labHigh];
  for (const { lanes_mg_cm2 } of items(history)) {
    low = Math.min(low, ...lanes_mg_cm2);
    high = Math.max(high, ...lanes_mg_cm2);
  }
  return [low, high];
}

const sortedByKey = (counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map([...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
