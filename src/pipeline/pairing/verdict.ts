import type { DropReason } from '../../core/observation.ts';
import { dropped, type LaneScan, type PipelineEvent } from '../events.ts';
import { observation } from './observation.ts';
import type { Segment } from './timeline.ts';

/** The stretch of time in which a scan's web was under the bar. */
export interface Head {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly middle_ms: number;
}

export type Verdict = { readonly kind: 'wait' } | Decided;

export type Decided =
  | (Expectation & { readonly kind: 'drop'; readonly reason: DropReason; readonly detail: string })
  | (Expectation & {
      readonly kind: 'take';
      readonly run: number;
      readonly gap_um: number;
      readonly head_ms: number;
    });

/** Whether the coater was coating all the time, or not at all; absent where it was neither, or isn't known. */
interface Expectation {
  readonly expectedCoated?: boolean | undefined;
}

export const drop = (reason: DropReason, detail: string): Decided => ({ kind: 'drop', reason, detail });

/** The head interval must lie in the steady part of one run; otherwise the gravest neighbour names the reason. */
export function judgeSegments(segments: readonly Segment[], head: Head): Decided {
  const span = `under the bar from ${iso(head.from_ms)} to ${iso(head.to_ms)}`;
  const has = (phase: Segment['phase']) => segments.some((s) => s.phase === phase);
  if (segments.length === 0 || has('unknown'))
    return drop('no-run', `${span}, where machine data are missing`);
  if (segments.every((s) => s.phase === 'idle')) return drop('no-run', `${span}, when nothing was coated`);
  if (has('idle')) return drop('patch-edge', `${span}, when coating began or ended`);
  if (has('transition')) return drop('transition', `${span}, when the gap or the speed was not steady`);
  if (has('settling')) return drop('settling', `${span}, when run ${segments.at(-1)!.run} was settling`);
  const middle = segments.find((s) => s.to_ms >= head.middle_ms) ?? segments.at(-1)!;
  return { kind: 'take', run: middle.run, gap_um: middle.gap_um, head_ms: head.middle_ms };
}

/** Steady coating throughout, or none at all; anything else is no evidence. */
export function expectation(segments: readonly Segment[]): boolean | undefined {
  if (segments.length === 0) return undefined;
  if (segments.every(({ phase }) => phase === 'steady')) return true;
  return segments.every(({ phase }) => phase === 'idle') ? false : undefined;
}

/** What would be paired is not, as long as the two sides contradict each other. */
export function doubtful(verdict: Verdict): Verdict {
  if (verdict.kind !== 'take') return verdict;
  return drop(
    'ambiguous-run',
    'coated and bare stretches of coater and gauge have not coincided since they last parted',
  );
}

export function outcome(scan: LaneScan, verdict: Verdict, line: string): PipelineEvent {
  switch (verdict.kind) {
    case 'take':
      return observation(scan, { line, ...verdict, confidence: 1 });
    case 'drop':
      return dropped(scan, verdict.reason, verdict.detail);
    case 'wait':
      if (scan.fault) return dropped(scan, scan.fault.reason, scan.fault.detail);
      return dropped(scan, 'no-run', 'no machine data came for the time in which its web was coated');
  }
}

const iso = (time_ms: number) => new Date(time_ms).toISOString();
