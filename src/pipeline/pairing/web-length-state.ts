import type { LaneScan } from '../events.ts';
import { append, dropFirst, emptyQueue, itemAt, items, type Queue } from '../queue.ts';
import { type GaugeClock, sameClock } from './clocks.ts';
import type { Timeline } from './timeline.ts';
import type { Travel } from './travel.ts';
import { fullTrust, type Trust } from './trust.ts';

export interface WebLengthState {
  readonly travel: Travel;
  readonly timeline: Timeline;
  readonly gauges: Readonly<Record<string, Waiting>>;
  /** The coater's clock was set back after the newest point: the next one tells by how much. */
  readonly setBack: boolean;
  /** Since when the encoder has stood still although the web runs. */
  readonly still_ms?: number;
}

/** The scans of a gauge that wait, and what is known of its clock. */
export interface Waiting {
  readonly scans: Queue<WaitingScan>;
  readonly clock: GaugeClock;
  /** Offsets that the devices' own counts suggest since the last one was certain (ms). */
  readonly hints: readonly number[];
  /** The newest scan, by which the next one is told from a jump of the clock. */
  readonly newest?: { readonly scan: number; readonly time_ms: number };
  /** The gauge's clock jumped after the newest of them. */
  readonly jumped: boolean;
  /** Newest scan of this gauge. */
  readonly newest_ms: number;
  /** Start of the last scan that was decided; later ones lie behind it. */
  readonly done_ms: number;
  readonly trust: Trust;
}

export interface WaitingScan {
  readonly scan: LaneScan;
  readonly afterJump: boolean;
  /** How much more time its clock says went by since the scan before than its number does (ms). */
  readonly ahead_ms: number;
}

/** Hints kept for each gauge. */
const HINTS = 8;

/** With one more scan that waits. */
export function withScan(state: WebLengthState, scan: LaneScan): WebLengthState {
  const known: Waiting = state.gauges[scan.gauge] ?? {
    scans: emptyQueue(),
    clock: sameClock,
    hints: [],
    jumped: false,
    newest_ms: -Infinity,
    done_ms: -Infinity,
    trust: fullTrust,
  };
  const { newest } = known;
  const count = newest ? scan.scan - newest.scan : 0;
  const gone_ms = count > 0 ? scan.time_ms - newest!.time_ms : 0;
  const ahead_ms = count > 0 ? gone_ms - count * scan.duration_ms : 0;
  const waiting: Waiting = {
    ...known,
    scans: append(known.scans, { scan, afterJump: known.jumped, ahead_ms }),
    jumped: false,
    newest: { scan: scan.scan, time_ms: scan.time_ms },
    newest_ms: scan.time_ms,
  };
  return { ...state, gauges: { ...state.gauges, [scan.gauge]: waiting } };
}

/** Numbers and clock disagree: back is a jump for sure, forward it may as well be a pause. Once for each scan. */
export function withLeap(gauge: Waiting, ahead_ms: number): Waiting {
  const first = itemAt(gauge.scans, 0);
  const rest = dropFirst(gauge.scans, 1);
  let scans = append(emptyQueue<WaitingScan>(), { ...first, ahead_ms: 0 });
  for (const other of items(rest)) scans = append(scans, other);
  const jumped_ms = gauge.clock.offset_ms - ahead_ms;
  const hints = withHint(withHint(gauge.hints, gauge.clock.offset_ms), jumped_ms);
  if (ahead_ms > 0) return { ...gauge, scans, hints };
  // No pause makes a clock go back: the new offset is known, and coated and bare web will tell if it is not.
  const clock = { offset_ms: jumped_ms, slack_ms: gauge.clock.slack_ms + 500 };
  return { ...gauge, scans, hints, clock, trust: first.afterJump ? gauge.trust : fullTrust };
}

export const mapGauges = (
  gauges: WebLengthState['gauges'],
  change: (gauge: Waiting) => Waiting,
): WebLengthState['gauges'] =>
  Object.fromEntries(Object.entries(gauges).map(([name, gauge]) => [name, change(gauge)]));

const withHint = (hints: readonly number[], hint: number): readonly number[] =>
  hints.includes(hint) ? hints : [...hints, hint].slice(-HINTS);

/** Perhaps the coater's clock jumped by so much. */
export const hinted = (gauges: WebLengthState['gauges'], jump_ms: number): WebLengthState['gauges'] =>
  mapGauges(gauges, (gauge) => ({ ...gauge, hints: withHint(gauge.hints, gauge.clock.offset_ms + jump_ms) }));
