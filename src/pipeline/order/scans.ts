import type { OrderConfig } from '../../config/pipeline.ts';
import type { Outage, Scan } from '../../core/messages.ts';
import type { Stage, Step } from '../../core/stage.ts';
import { dropped, type PipelineEvent } from '../events.ts';

export interface ScanOrderState {
  readonly gauges: Readonly<Record<string, GaugeOrder>>;
}

interface GaugeOrder {
  readonly newest_ms: number;
  /** The scan let go last; number -1 before the first. */
  readonly last: { readonly scan: number; readonly time_ms: number };
  /** Ascending in time. */
  readonly pending: readonly Scan[];
  /** Scans in a row that carried the numbers on, but with times far back. */
  readonly jumped: number;
  /** Names (number and time) of scans let go lately, oldest first. */
  readonly recent: readonly string[];
}

/** Names of scans remembered to tell a duplicate from a late scan. */
const RECENT = 512;

/** So many scans in a row make a jump of the gauge's clock. */
const JUMP_SCANS = 3;

const nameOf = (scan: { scan: number; time_ms: number }) => `${scan.scan}@${scan.time_ms}`;

/**
 * Scans → scans in the order of their gauge. The next number passes at once. A scan beyond a missing number, and
 * the very first scan, wait until no earlier one is allowed any more; then the missing ones become an outage. A
 * scan is known by its number and time, so that a gauge that counts from 0 again is told from a duplicate.
 */
export function scanOrderStage(
  config: OrderConfig,
  line: string,
): Stage<PipelineEvent, PipelineEvent, ScanOrderState> {
  return {
    name: 'order-scans',
    start: () => ({ gauges: {} }),
    step(state, event) {
      if (event.kind === 'end') {
        const out: PipelineEvent[] = [];
        const gauges: Record<string, GaugeOrder> = {};
        for (const [gauge, order] of Object.entries(state.gauges))
          gauges[gauge] = release({ ...order, newest_ms: Infinity }, config, line, out);
        return { state: { gauges }, out: [...out, event] };
      }
      if (event.kind !== 'scan') return { state, out: [event] };

      const order = state.gauges[event.gauge] ?? {
        newest_ms: -Infinity,
        last: { scan: -1, time_ms: -Infinity },
        pending: [],
        jumped: 0,
        recent: [],
      };
      const known =
        order.recent.includes(nameOf(event)) || order.pending.some((p) => nameOf(p) === nameOf(event));
      if (known) return { state, out: [dropped(event, 'duplicate', 'this scan has arrived before')] };
      if (event.time_ms <= order.last.time_ms) {
        return tooLate(state, order, event);
      }
      const out: PipelineEvent[] = [];
      const waiting = {
        ...order,
        jumped: 0,
        newest_ms: Math.max(order.newest_ms, event.time_ms),
        pending: insert(order.pending, event),
      };
      const next = release(waiting, config, line, out);
      return { state: { gauges: { ...state.gauges, [event.gauge]: next } }, out };
    },
  };

  /** Late; or, where the numbers go on and on while the time lies far back, after the gauge's clock was set back. */
  function tooLate(
    state: ScanOrderState,
    order: GaugeOrder,
    scan: Scan,
  ): Step<ScanOrderState, PipelineEvent> {
    const behind_s = (order.last.time_ms - scan.time_ms) / 1000;
    const back = scan.scan > order.last.scan && behind_s > config.clock_jump_s;
    const jumped = back ? order.jumped + 1 : order.jumped;
    if (jumped < JUMP_SCANS) {
      const detail = `scan ${order.last.scan} of a later time had already been used`;
      const gauges = { ...state.gauges, [scan.gauge]: { ...order, jumped } };
      return { state: { gauges }, out: [dropped(scan, 'late', detail)] };
    }
    const out: PipelineEvent[] = [];
    const flushed = release({ ...order, newest_ms: Infinity }, config, line, out);
    out.push({
      kind: 'outage',
      line,
      source: scan.gauge,
      time_ms: order.last.time_ms,
      until_ms: scan.time_ms,
      reason: 'clock-jump',
      detail: `the gauge's clock went back by ${behind_s} s`,
    });
    const anew: GaugeOrder = {
      ...flushed,
      newest_ms: scan.time_ms,
      last: { scan: scan.scan - 1, time_ms: scan.time_ms - scan.duration_ms },
      pending: [scan],
      jumped: 0,
    };
    const gauges = { ...state.gauges, [scan.gauge]: release(anew, config, line, out) };
    return { state: { gauges }, out };
  }
}

function release(order: GaugeOrder, config: OrderConfig, line: string, out: PipelineEvent[]): GaugeOrder {
  const final_ms = order.newest_ms - config.scan_lateness_s * 1000;
  let { last } = order;
  const recent = [...order.recent];
  let taken = 0;
  for (const scan of order.pending) {
    const next = last.scan >= 0 && scan.scan === last.scan + 1;
    const full = order.pending.length - taken > config.pending;
    if (!next && scan.time_ms > final_ms && !full) break;
    const hole =
      last.scan < 0 ? undefined : next ? leap(scan, last, config, line) : holeBefore(scan, last, line);
    if (hole) out.push(hole);
    out.push({ kind: 'ordered-scan', scan });
    last = { scan: scan.scan, time_ms: scan.time_ms };
    recent.push(nameOf(scan));
    taken++;
  }
  if (taken === 0) return order;
  return { ...order, last, pending: order.pending.slice(taken), recent: recent.slice(-RECENT) };
}

/** No scan is missing, yet far more time went by than a scan takes: a pause, or the clock was set forward. */
function leap(scan: Scan, last: GaugeOrder['last'], config: OrderConfig, line: string): Outage | undefined {
  const silent_s = (scan.time_ms - scan.duration_ms - last.time_ms) / 1000;
  if (silent_s <= config.clock_jump_s) return undefined;
  return {
    kind: 'outage',
    line,
    source: scan.gauge,
    time_ms: last.time_ms,
    until_ms: scan.time_ms - scan.duration_ms,
    reason: 'stale',
    detail: `no scan for ${silent_s} s, though none is missing: a pause of the gauge or a jump of its clock`,
  };
}

function holeBefore(scan: Scan, last: GaugeOrder['last'], line: string): Outage {
  const restarted = scan.scan <= last.scan;
  return {
    kind: 'outage',
    line,
    source: scan.gauge,
    time_ms: last.time_ms,
    until_ms: scan.time_ms - scan.duration_ms,
    reason: restarted ? 'restarted' : 'missing-scans',
    detail: restarted
      ? `the gauge counts from ${scan.scan} again after ${last.scan}`
      : `${scan.scan - last.scan - 1} scans between ${last.scan} and ${scan.scan} never came`,
  };
}

function insert(pending: readonly Scan[], scan: Scan): Scan[] {
  let at = pending.length;
  while (at > 0 && before(scan, pending[at - 1]!)) at--;
  return pending.toSpliced(at, 0, scan);
}

const before = (a: Scan, b: Scan) => a.time_ms < b.time_ms || (a.time_ms === b.time_ms && a.scan < b.scan);
