import type { PairingConfig } from '../../config/pipeline.ts';
import type { LaneScan, PipelineEvent } from '../events.ts';
import { dropFirst, itemAt, items } from '../queue.ts';
import type { GaugeClock } from './clocks.ts';
import { coaterEdges, edgeJustSeen, learntOffset, type Seen } from './offset.ts';
import { begin_ms, decided_ms, forgetBefore, overlapping } from './timeline.ts';
import { forget, lengthAt, newest, oldest, type Travel, timeAt } from './travel.ts';
import { fullTrust, noTrust, type Trust, withEvidence } from './trust.ts';
import { doubtful, drop, expectation, type Head, judgeSegments, outcome, type Verdict } from './verdict.ts';
import { type Waiting, type WebLengthState, withLeap } from './web-length-state.ts';

/** A difference (ms) between numbers and clock that isn't jitter: a pause of the gauge or a jump of its clock. */
const NOT_JITTER_MS = 2000;

export interface SettleOptions {
  /** A gauge in doubt looks whether its offset can be learnt now. */
  readonly news?: boolean;
  /** Decides everything. */
  readonly atOnce?: boolean;
}

export type Settle = (state: WebLengthState, out: PipelineEvent[], options?: SettleOptions) => WebLengthState;

/** Decides the scans that wait, as far as what they need of the coater is final, and forgets what none needs any more. */
export function settling(config: PairingConfig, line: string): Settle {
  return settle;

  /**
   * Each gauge in its order.
   */
  function settle(
    state: WebLengthState,
    out: PipelineEvent[],
    { news = false, atOnce = false }: SettleOptions = {},
  ): WebLengthState {
    let gauges = state.gauges;
    for (const [name, before] of Object.entries(state.gauges)) {
      let gauge = before;
      let learn = news;
      while (gauge.scans.length > 0) {
        const { scan, afterJump, ahead_ms } = itemAt(gauge.scans, 0);
        if (afterJump && !gauge.trust.doubted) gauge = { ...gauge, trust: noTrust };
        if (Math.abs(ahead_ms) > NOT_JITTER_MS) gauge = withLeap(gauge, ahead_ms);
        if (gauge.trust.doubted && learn) {
          gauge = relearnt(state, gauge, name, atOnce);
          learn = false;
        }
        const verdict = judge(state, scan, gauge.clock);
        const { doubted } = gauge.trust;
        const hold_s = doubted ? config.relearn_hold_s : config.hold_s;
        const patience =
          !atOnce &&
          gauge.newest_ms - scan.time_ms <= hold_s * 1000 &&
          gauge.scans.length <= config.hold_scans;
        if ((verdict.kind === 'wait' || doubted) && patience) break;
        if (verdict.kind === 'wait' && !doubted && gauge.hints.length > 0 && !atOnce) {
          gauge = { ...gauge, trust: noTrust };
          continue;
        }
        const trust = weigh(gauge.trust, scan, verdict, out);
        out.push(outcome(scan, trust.doubted ? doubtful(verdict) : verdict, line));
        const done_ms = scan.time_ms - scan.duration_ms + gauge.clock.offset_ms;
        gauge = { ...gauge, trust, done_ms, scans: dropFirst(gauge.scans, 1) };
      }
      if (gauge !== before) gauges = { ...gauges, [name]: gauge };
    }
    return prune({ ...state, gauges });
  }

  /** Its scans that wait, up to the next jump, against what the coater says. */
  function relearnt(state: WebLengthState, gauge: Waiting, name: string, last: boolean): Waiting {
    const seen: Seen[] = [];
    let first = true;
    for (const { scan, afterJump } of items(gauge.scans)) {
      if (afterJump && !first) break;
      first = false;
      if (scan.fault && scan.fault.reason !== 'not-coated') continue;
      seen.push({ from_ms: scan.time_ms - scan.duration_ms, to_ms: scan.time_ms, coated: !scan.fault });
    }
    if (!last && !edgeJustSeen(seen) && !seen.some(({ coated }) => coated !== seen[0]!.coated)) return gauge;
    const { travel, timeline } = state;
    const web_m = webOf(name);
    const expected = (from_ms: number, to_ms: number) => {
      const head = headAt(travel, from_ms, to_ms, web_m, 0);
      return head && head !== 'wait' && head.to_ms <= decided_ms(timeline)
        ? expectation(overlapping(timeline, head.from_ms, head.to_ms))
        : undefined;
    };
    const hints = [gauge.clock.offset_ms, ...gauge.hints];
    const clock = learntOffset(seen, coaterEdges(timeline, travel, web_m), expected, hints);
    return clock ? { ...gauge, clock, hints: [], trust: fullTrust } : gauge;
  }

  /** The scan's own fault goes before what the coater says, but a bare scan is evidence and has to wait for it. */
  function judge(state: WebLengthState, scan: LaneScan, clock: GaugeClock): Verdict {
    const { fault } = scan;
    if (!fault) return locate(state, scan, clock);
    if (fault.reason !== 'not-coated') return drop(fault.reason, fault.detail);
    const verdict = locate(state, scan, clock);
    return verdict.kind === 'wait' ? verdict : { ...verdict, kind: 'drop', ...fault };
  }

  function locate({ travel, timeline }: WebLengthState, scan: LaneScan, clock: GaugeClock): Verdict {
    const last = newest(travel);
    const to_ms = scan.time_ms + clock.offset_ms;
    if (!last || last.time_ms < to_ms + clock.slack_ms) return { kind: 'wait' };
    const head = headAt(travel, to_ms - scan.duration_ms, to_ms, webOf(scan.gauge), clock.slack_ms);
    if (head === 'wait') return { kind: 'wait' };
    if (!head || head.from_ms < begin_ms(timeline)) {
      const detail =
        'its web was coated before the machine data begin, or its way was lost in a hole of them';
      return drop('no-run', detail);
    }
    if (decided_ms(timeline) < head.to_ms) return { kind: 'wait' };
    const segments = overlapping(timeline, head.from_ms, head.to_ms);
    return { ...judgeSegments(segments, head), expectedCoated: expectation(segments) };
  }

  function weigh(before: Trust, scan: LaneScan, verdict: Verdict, out: PipelineEvent[]): Trust {
    const seenCoated = scan.fault ? (scan.fault.reason === 'not-coated' ? false : undefined) : true;
    if (verdict.kind === 'wait' || verdict.expectedCoated === undefined || seenCoated === undefined)
      return before;
    const after = withEvidence(before, seenCoated, verdict.expectedCoated);
    if (after.doubted && !before.doubted) {
      out.push({
        kind: 'outage',
        line,
        source: scan.gauge,
        time_ms: scan.time_ms,
        reason: 'clock-jump',
        detail: "the gauge sees coating where there was none: the clocks or the web length don't agree",
      });
    }
    return after;
  }

  function webOf(gauge: string): number {
    return config.web_length_by_gauge_m[gauge] ?? config.web_length_m;
  }

  /** Where the web that passed the gauge in a time of the coater's clock, or up to `slack_ms` off it, was made. */
  function headAt(
    travel: Travel,
    scanFrom_ms: number,
    scanTo_ms: number,
    web_m: number,
    slack_ms: number,
  ): Head | 'wait' | undefined {
    const start_m = lengthAt(travel, scanFrom_ms - slack_ms) - web_m;
    const end_m = lengthAt(travel, scanTo_ms + slack_ms) - web_m;
    const from_ms = timeAt(travel, start_m - config.position_tolerance_m, 'first');
    const middle_ms = timeAt(travel, (start_m + end_m) / 2, 'first');
    if (Number.isNaN(from_ms) || Number.isNaN(middle_ms)) return undefined;
    const to_ms = timeAt(travel, end_m + config.position_tolerance_m, 'last');
    return Number.isNaN(to_ms) ? 'wait' : { from_ms, to_ms, middle_ms };
  }

  function prune(state: WebLengthState): WebLengthState {
    const last = newest(state.travel);
    if (!last) return state;
    const oldest_ms = last.time_ms - config.history_s * 1000;
    const done = Object.values(state.gauges).map(({ done_ms }) => done_ms);
    const done_ms = done.length > 0 ? Math.min(...done) : -Infinity;
    const done_m = lengthAt(state.travel, done_ms);
    const reach_m = Math.max(config.web_length_m, ...Object.values(config.web_length_by_gauge_m));
    const needed_m = Number.isNaN(done_m)
      ? -Infinity
      : done_m - reach_m - 2 * config.position_tolerance_m - 1;
    const travel = forget(state.travel, needed_m, oldest_ms);
    if (travel === state.travel) return state;
    return { ...state, travel, timeline: forgetBefore(state.timeline, oldest(travel)!.time_ms) };
  }
}
