import { items } from '../queue.ts';
import type { GaugeClock } from './clocks.ts';
import type { Segment, Timeline } from './timeline.ts';
import { lengthAt, type Travel, timeAt } from './travel.ts';

/** A scan that was wholly coated or wholly bare, on the gauge's own clock. */
export interface Seen {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly coated: boolean;
}

/** Between two such scans the film began or ended. */
interface Edge {
  readonly low_ms: number;
  readonly high_ms: number;
  readonly begins: boolean;
}

/** What the coater says of the web under the gauge in a time of its own clock; undefined: it doesn't say. */
export type Expected = (from_ms: number, to_ms: number) => boolean | undefined;

/** Scans on each side of an edge, so that a torn film makes none. */
const FIRM = 3;
/** Bare and coated scans farther apart than this (ms) leave the place of the edge open. */
const APART_MS = 60_000;
/** Offsets closer than this (ms) are one and the same. */
const SAME_MS = 20_000;
/** An offset that the devices themselves tell (count of scans, encoder) is right to this (ms). */
const HINT_MS = 15_000;
/** Share of the scans that may contradict, or that the coater may have nothing to say about. */
const CONTRADICTING = 0.03;
const UNKNOWN = 0.4;

/**
 * The offset between the clocks of gauge and coater, learnt from where coated and bare web alternate on both sides:
 * each edge of one side is laid on each edge of the other, and the offset counts under which the rest agrees too.
 * Where several do (runs of equal length), one that the devices' own evidence hints at; otherwise none.
 *
 * @param hints offsets (ms) that are likely, each right to a few seconds
 */
export function learntOffset(
  seen: readonly Seen[],
  coaterEdges: readonly CoaterEdge[],
  expected: Expected,
  hints: readonly number[],
): GaugeClock | undefined {
  const edges = edgesOf(seen);
  const fitting: number[] = [];
  for (const offset_ms of candidates(edges, coaterEdges)) {
    if (fits(seen, expected, offset_ms)) fitting.push(offset_ms);
  }
  const groups = grouped(fitting);
  const near = (group: readonly number[]) =>
    hints.some((hint) => group.some((offset) => Math.abs(offset - hint) <= HINT_MS));
  const hinted = groups.filter(near);
  const [group] = groups.length === 1 ? groups : hinted.length === 1 ? hinted : [];
  return group && narrowed(group, edges, coaterEdges, hints);
}

/** When an edge of the film laid down at the head came under the gauge, coater's clock (ms). */
export interface CoaterEdge {
  readonly time_ms: number;
  readonly begins: boolean;
}

export function coaterEdges(timeline: Timeline, travel: Travel, web_m: number): CoaterEdge[] {
  const edges: CoaterEdge[] = [];
  let before: Segment | undefined;
  for (const segment of [...items(timeline.closed), ...(timeline.open ? [timeline.open] : [])]) {
    const known = before && before.phase !== 'unknown' && segment.phase !== 'unknown';
    const coats = segment.phase !== 'idle';
    if (known && (before!.phase !== 'idle') !== coats) {
      const time_ms = timeAt(travel, lengthAt(travel, segment.from_ms) + web_m, 'first');
      if (!Number.isNaN(time_ms)) edges.push({ time_ms, begins: coats });
    }
    before = segment;
  }
  return edges;
}

/** Whether the last of these scans made an edge firm: the moment at which there is something new to learn. */
export function edgeJustSeen(seen: readonly Seen[]): boolean {
  const [before, ...after] = seen.slice(-FIRM - 1);
  return after.length === FIRM && after.every(({ coated }) => coated !== before!.coated);
}

function edgesOf(seen: readonly Seen[]): Edge[] {
  const edges: Edge[] = [];
  for (let i = FIRM; i + FIRM <= seen.length; i++) {
    const [before, after] = [seen[i - 1]!, seen[i]!];
    if (before.coated === after.coated || after.from_ms - before.to_ms > APART_MS) continue;
    const firm =
      seen.slice(i - FIRM, i).every(({ coated }) => coated === before.coated) &&
      seen.slice(i, i + FIRM).every(({ coated }) => coated === after.coated);
    if (firm) edges.push({ low_ms: before.to_ms, high_ms: after.from_ms, begins: after.coated });
  }
  return edges;
}

const candidates = (edges: readonly Edge[], coater: readonly CoaterEdge[]): number[] =>
  edges.flatMap(({ low_ms, high_ms, begins }) =>
    coater
      .filter((edge) => edge.begins === begins)
      .map(({ time_ms }) => Math.round(time_ms - (low_ms + high_ms) / 2)),
  );

function fits(seen: readonly Seen[], expected: Expected, offset_ms: number): boolean {
  const agreed = { coated: 0, bare: 0 };
  let contradicting = 0;
  let unknown = 0;
  for (const { from_ms, to_ms, coated } of seen) {
    const says = expected(from_ms + offset_ms, to_ms + offset_ms);
    if (says === undefined) unknown++;
    else if (says !== coated) contradicting++;
    else agreed[coated ? 'coated' : 'bare']++;
  }
  return (
    agreed.coated >= FIRM &&
    agreed.bare >= FIRM &&
    contradicting <= Math.max(1, CONTRADICTING * seen.length) &&
    unknown <= UNKNOWN * seen.length
  );
}

function grouped(offsets: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    const group = groups.at(-1);
    if (group && offset - group.at(-1)! <= SAME_MS) group.push(offset);
    else groups.push([offset]);
  }
  return groups;
}

/** Every edge that coincides bounds the offset from both sides; a hint between the bounds is better still. */
function narrowed(
  group: readonly number[],
  edges: readonly Edge[],
  coater: readonly CoaterEdge[],
  hints: readonly number[],
): GaugeClock {
  const about_ms = group[Math.floor(group.length / 2)]!;
  let low_ms = -Infinity;
  let high_ms = Infinity;
  for (const edge of edges) {
    for (const { time_ms, begins } of coater) {
      const middle_ms = time_ms - (edge.low_ms + edge.high_ms) / 2;
      if (begins !== edge.begins || Math.abs(middle_ms - about_ms) > SAME_MS) continue;
      low_ms = Math.max(low_ms, time_ms - edge.high_ms);
      high_ms = Math.min(high_ms, time_ms - edge.low_ms);
    }
  }
  if (!(low_ms <= high_ms)) [low_ms, high_ms] = [about_ms - 4000, about_ms + 4000];
  const hint = hints.find((hint_ms) => hint_ms >= low_ms - 2000 && hint_ms <= high_ms + 2000);
  if (hint !== undefined) return { offset_ms: hint, slack_ms: 1000 };
  return { offset_ms: Math.round((low_ms + high_ms) / 2), slack_ms: Math.min(8000, (high_ms - low_ms) / 2) };
}
