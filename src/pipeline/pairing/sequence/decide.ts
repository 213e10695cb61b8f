import type { SequenceConfig } from '../../../config/pipeline.ts';
import { median } from '../../../core/median.ts';
import type { DropReason } from '../../../core/observation.ts';
import type { ExpectedLoading } from '../../events.ts';
import type { Timeline } from '../timeline.ts';
import { type AlignedPair, alignRuns } from './align.ts';
import type { GaugeRun } from './gauge-runs.ts';
import { type AlignmentModel, growingLogs } from './likelihood.ts';
import { type CoatedStretch, stretchesUpTo } from './stretches.ts';

/** What was settled, for good, about a run of the gauge. */
export type Decision = PairedRun | UnpairedRun;

export interface PairedRun {
  readonly kind: 'paired';
  readonly gaugeRun: GaugeRun;
  readonly stretch: CoatedStretch;
  /** Gauge's clock minus coater's clock, at the starts (ms). */
  readonly offset_ms: number;
  readonly confidence: number;
}

export interface UnpairedRun {
  readonly kind: 'unpaired';
  readonly gaugeRun: GaugeRun;
  readonly reason: DropReason;
  readonly detail: string;
}

export interface Question {
  /** All complete runs that are remembered, and last the one that raised the question (it may be open). */
  readonly runs: readonly GaugeRun[];
  readonly decisions: readonly Decision[];
  readonly timeline: Timeline;
  /** The coater's log counts up to here; Infinity when everything is to be decided. */
  readonly upTo_ms: number;
  readonly ended: boolean;
}

/** Offset between the clocks as the last few pairs had it (ms); 0 as long as there are none. */
export function learnedOffset_ms(decisions: readonly Decision[]): number {
  const last = decisions.filter((d) => d.kind === 'paired').slice(-5);
  return last.length === 0 ? 0 : median(last.map(({ offset_ms }) => offset_ms));
}

/** Pairs from which on the wander of the offset is known. */
const ENOUGH_PAIRS = 4;

/**
 * How far the interval between two starts may differ on both sides, as the last pairs had it; until there are enough
 * of them the model's own, wide figures hold.
 */
function learnedInterval(decisions: readonly Decision[]): Partial<AlignmentModel> {
  const offsets_s = decisions.flatMap((d) => (d.kind === 'paired' ? [d.offset_ms / 1000] : [])).slice(-9);
  if (offsets_s.length < ENOUGH_PAIRS) return {};
  const wander_s = median(offsets_s.slice(1).map((offset, i) => Math.abs(offset - offsets_s[i]!)));
  return { interval_sd_s: Math.min(300, Math.max(30, 15 + 2 * wander_s)), interval_sd_share: 0.05 };
}

/**
 * Decisions that can be made now, in the order of the runs: a run is decided when its pair is sure enough, or when
 * enough later runs have come. What was decided before stays, and anchors the alignment of what follows.
 */
export function decide(question: Question, config: SequenceConfig, expected: ExpectedLoading): Decision[] {
  const known = new Map(question.decisions.map((d) => [d.gaugeRun.run, d]));
  const undecided = question.runs.filter(({ run }) => !known.has(run));
  const newest = question.runs.at(-1);
  if (undecided.length === 0 || !newest) return [];

  const { pairOf, stretchOf } = align(question, known, config, expected);
  const made: Decision[] = [];
  for (const gaugeRun of undecided) {
    const pair = pairOf(gaugeRun);
    const due =
      question.upTo_ms === Infinity || newest.run - gaugeRun.run >= config.lag_runs + (newest.open ? 1 : 0);
    const stretch = pair && stretchOf(pair);
    const sure = pair !== undefined && pair.confidence >= config.confidence;
    // Where the gap changed within the stretch, the place of a scan is known only when its run is complete.
    const placeable = !gaugeRun.open || stretch?.open || stretch?.runs.length === 1;
    if (!due && !(sure && placeable)) break;
    made.push(decision(gaugeRun, pair, stretch, config));
  }
  return made;
}

function align(
  { runs, decisions, timeline, upTo_ms, ended }: Question,
  known: ReadonlyMap<number, Decision>,
  config: SequenceConfig,
  expectedLoading: ExpectedLoading,
) {
  const all = stretchesUpTo(timeline, upTo_ms, ended);
  const anchorOf = ({ run }: GaugeRun): number => {
    const decided = known.get(run);
    if (decided?.kind !== 'paired') return -1;
    return all.findIndex(({ start_ms }) => start_ms === decided.stretch.start_ms);
  };
  const gauge = runs.filter((run) => !known.has(run.run) || anchorOf(run) >= 0);
  const first = gauge.map(anchorOf).find((at) => at >= 0) ?? Math.max(0, all.length - config.memory_runs);
  const coater = all.slice(first);
  const settled = new Map<number, number>();
  for (const [j, run] of gauge.entries()) {
    const at = anchorOf(run);
    if (at >= 0) settled.set(j, at - first);
  }
  const model = { ...growingLogs, ...learnedInterval(decisions) };
  const pairs = alignRuns({ coater, gauge, expectedLoading, settled, model });
  const byRun = new Map(pairs.map((pair) => [gauge[pair.gauge]!.run, pair]));
  return {
    pairOf: ({ run }: GaugeRun) => byRun.get(run),
    stretchOf: (pair: AlignedPair) => coater[pair.coater]!,
  };
}

function decision(
  gaugeRun: GaugeRun,
  pair: AlignedPair | undefined,
  stretch: CoatedStretch | undefined,
  config: SequenceConfig,
): Decision {
  if (!pair || !stretch) {
    const detail = `run ${gaugeRun.run} of the gauge has no counterpart in the coater's log`;
    return { kind: 'unpaired', gaugeRun, reason: 'no-run', detail };
  }
  const { confidence, offset_ms } = pair;
  if (confidence >= config.drop_below_confidence)
    return { kind: 'paired', gaugeRun, stretch, offset_ms, confidence };
  const detail =
    `run ${gaugeRun.run} of the gauge fits the coating from ${new Date(stretch.start_ms).toISOString()} best, ` +
    `but with a probability of ${confidence.toFixed(2)} only`;
  return { kind: 'unpaired', gaugeRun, reason: 'ambiguous-run', detail };
}
