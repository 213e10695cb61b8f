import type { Mark, Phase } from '../events.ts';
import { append, dropFirst, emptyQueue, itemAt, partitionPoint, type Queue } from '../queue.ts';

/** What the coater did when, from marks: segments (from, to] that follow each other without gaps. */
export interface Timeline {
  readonly closed: Queue<Segment>;
  /** The newest segment; grows with each equal mark. */
  readonly open?: Segment;
}

export interface Segment {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly phase: Phase;
  readonly run: number;
  readonly gap_um: number;
}

export const emptyTimeline: Timeline = { closed: emptyQueue() };

/** Up to where the timeline is decided (ms); -Infinity for an empty one. */
export const decided_ms = (timeline: Timeline): number => timeline.open?.to_ms ?? -Infinity;

/** Where it begins (ms); Infinity for an empty one. */
export const begin_ms = ({ closed, open }: Timeline): number =>
  closed.length > 0 ? itemAt(closed, 0).from_ms : (open?.from_ms ?? Infinity);

/** A mark of a time that is decided already changes nothing. */
export function withMark(timeline: Timeline, mark: Mark): Timeline {
  const { open, closed } = timeline;
  const { time_ms: to_ms, phase, run, gap_um } = mark;
  if (!open) return { closed, open: { from_ms: to_ms, to_ms, phase, run, gap_um } };
  if (to_ms <= open.to_ms) return timeline;
  if (open.phase === phase && open.run === run && Object.is(open.gap_um, gap_um))
    return { closed, open: { ...open, to_ms } };
  return { closed: append(closed, open), open: { from_ms: open.to_ms, to_ms, phase, run, gap_um } };
}

/** Segments that overlap [from, to], oldest first. */
export function overlapping({ closed, open }: Timeline, from_ms: number, to_ms: number): Segment[] {
  const found: Segment[] = [];
  for (let i = partitionPoint(closed, (s) => s.to_ms > from_ms); i < closed.length; i++) {
    const segment = itemAt(closed, i);
    if (segment.from_ms >= to_ms) return found;
    found.push(segment);
  }
  if (open && open.to_ms > from_ms && open.from_ms < to_ms) found.push(open);
  return found;
}

/** Without the closed segments that end before `time_ms`. */
export function forgetBefore(timeline: Timeline, time_ms: number): Timeline {
  const count = partitionPoint(timeline.closed, (s) => s.to_ms >= time_ms);
  return count === 0 ? timeline : { ...timeline, closed: dropFirst(timeline.closed, count) };
}
