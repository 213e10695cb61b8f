import type { PairingConfig } from '../../config/pipeline.ts';
import type { Outage } from '../../core/messages.ts';
import type { Stage } from '../../core/stage.ts';
import {
  COATER_CLOCK,
  type CoaterPoint,
  isCoaterClockJump,
  type LaneScan,
  type PipelineEvent,
} from '../events.ts';
import { append, dropFirst, emptyQueue, itemAt, items, type Queue } from '../queue.ts';
import {
  coaterJump,
  encoderStill,
  type GaugeClock,
  sameClock,
  shiftedTimeline,
  shiftedTravel,
} from './clocks.ts';
import { coaterEdges, edgeJustSeen, learntOffset, type Seen } from './offset.ts';
import {
  begin_ms,
  decided_ms,
  emptyTimeline,
  forgetBefore,
  overlapping,
  type Timeline,
  withMark,
} from './timeline.ts';
import { forget, lengthAt, newest, noTravel, oldest, type Travel, timeAt, withTravel } from './travel.ts';
import { fullTrust, noTrust, type Trust, withEvidence } from './trust.ts';
import { doubtful, drop, expectation, type Head, judgeSegments, outcome, type Verdict } from './verdict.ts';

export interface WebLengthState {
  readonly travel: Travel;
  readonly timeline: Timeline;
  readonly gauges: Readonly<Record<string, Waiting>>;
  /** The coater's clock was set back after the newest point: the next one tells by how much. */
  readonly setBack: boolean;
  /** Since when the encoder has stood still although the web runs. */
  readonly still_ms?: number;
}

interface Waiting {
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

interface WaitingScan {
  readonly scan: LaneScan;
  readonly afterJump: boolean;
  /** How much more time its clock says went by since the scan before than its number does (ms). */
  readonly ahead_ms: number;
}

/** A difference (ms) between numbers and clock that isn't jitter: a pause of the gauge or a jump of its clock. */
const NOT_JITTER_MS = 2000;
/** Samples lost until a clock set back is told from a late sample, in time (ms): where no encoder tells. */
const UNTIL_NOTICED_MS = 5000;
/** Hints kept for each gauge. */
const HINTS = 8;

/**
 * Pairs each scan with the coating that made it by following the web from gauge back to comma bar: the stretch that
 * passed the gauge during the scan was at the head when the web was `web_length_m` shorter. Both devices start out
 * with the same time. A scan waits only until the machine data that it needs are final, so that the result can't
 * depend on which side's messages came first. When one clock jumps, scans wait until the new offset is learnt.
 */
export function webLengthStage(
  config: PairingConfig,
  line: string,
): Stage<PipelineEvent, PipelineEvent, WebLengthState> {
  return {
    name: 'pairing-web-length',
    start: () => ({ travel: noTravel, timeline: emptyTimeline, gauges: {}, setBack: false }),
    step(state, event) {
      const out: PipelineEvent[] = [];
      switch (event.kind) {
        case 'point':
          return { state: settle(follow(state, event, out), out), out };
        case 'mark': {
          const timeline = withMark(state.timeline, event);
          const news = timeline.closed.length !== state.timeline.closed.length;
          return { state: settle({ ...state, timeline }, out, { news }), out };
        }
        case 'lane-scan':
          return { state: settle(queue(state, event), out, { news: true }), out };
        case 'outage':
          if (event.reason !== 'clock-jump') return { state, out: [event] };
          if (!isCoaterClockJump(event)) return { state: doubt(state, event.source), out: [event] };
          return { state: { ...state, setBack: true }, out: [event] };
        case 'end':
          return { state: settle(state, out, { news: true, atOnce: true }), out: [...out, event] };
        default:
          return { state, out: [event] };
      }
    },
  };

  /** The gauge's clock jumped: scans from the next one on are in doubt, those that wait are not. */
  function doubt(state: WebLengthState, gauge: string): WebLengthState {
    const known = state.gauges[gauge];
    if (!known) return state;
    return { ...state, gauges: { ...state.gauges, [gauge]: { ...known, jumped: true } } };
  }

  /** One more point, on a clock that may have jumped since the one before. */
  function follow(before: WebLengthState, point: CoaterPoint, out: PipelineEvent[]): WebLengthState {
    const { last } = before.travel;
    const { still_ms, ...known } = before;
    const still = last !== undefined && encoderStill(last, point);
    const since_ms = still ? (still_ms ?? last.time_ms) : undefined;
    if (still && crossed(since_ms!, last.time_ms, point.time_ms)) out.push(stillOutage(since_ms!, point));
    const state = { ...known, setBack: false, ...(since_ms !== undefined && { still_ms: since_ms }) };
    // An encoder that comes to life again catches up: that is no jump of the clock.
    const jump_ms = last && still_ms === undefined ? coaterJump(last, point) : 0;
    const apart_ms = last ? point.time_ms - last.time_ms : 0;
    if (before.setBack && !(jump_ms < 0)) return startAnew(state, point, apart_ms - UNTIL_NOTICED_MS, out);
    const moved = jump_ms ? rebase(state, jump_ms, point, out, before.setBack) : state;
    const travel = withTravel(moved.travel, point, config);
    const lost = travel.knots.length === 1 && moved.travel.knots.length > 0;
    if (!lost) return { ...moved, travel };
    // A gauge in doubt must not learn from scans whose web is forgotten beside scans whose web is not.
    const doubted = Object.values(moved.gauges).some(({ trust }) => trust.doubted);
    const { gauges } = doubted ? settle(moved, out, { atOnce: true }) : moved;
    return { ...moved, travel, gauges: hinted(gauges, apart_ms - 1000) };
  }

  function stillOutage(since_ms: number, point: CoaterPoint): Outage {
    const detail = `the encoder stands at ${point.encoder_m} m while the web runs at ${point.webSpeed_m_min} m/min`;
    return { kind: 'outage', line, source: 'pipeline', time_ms: since_ms, reason: 'stale', detail };
  }

  /** What is known of the coater goes on, in the terms of its new time; so does the offset of each gauge. */
  function rebase(
    state: WebLengthState,
    jump_ms: number,
    point: CoaterPoint,
    out: PipelineEvent[],
    reported: boolean,
  ): WebLengthState {
    const at_ms = state.travel.last!.time_ms;
    if (!reported) {
      out.push({
        kind: 'outage',
        line,
        source: COATER_CLOCK,
        time_ms: at_ms,
        until_ms: point.time_ms,
        reason: 'clock-jump',
        detail: `the coater's clock went ${jump_ms > 0 ? 'forward' : 'back'} by ${Math.abs(jump_ms / 1000).toFixed(1)} s, as its encoder tells`,
      });
    }
    const by_ms = Math.round(jump_ms);
    const gauges = mapGauges(state.gauges, (gauge) => ({
      ...gauge,
      clock: { offset_ms: gauge.clock.offset_ms + by_ms, slack_ms: gauge.clock.slack_ms + 500 },
      hints: gauge.hints.map((hint) => hint + by_ms),
    }));
    const timeline = shiftedTimeline(state.timeline, by_ms);
    const travel = shiftedTravel(state.travel, by_ms);
    return { ...state, travel, timeline, gauges };
  }

  /** Nothing tells how far the web went while the clock was set: what was under way can't be placed any more. */
  function startAnew(
    state: WebLengthState,
    point: CoaterPoint,
    jump_ms: number,
    out: PipelineEvent[],
  ): WebLengthState {
    const { gauges } = settle(state, out, { atOnce: true });
    const doubted = mapGauges(hinted(gauges, jump_ms), (gauge) => ({ ...gauge, trust: noTrust }));
    return {
      travel: withTravel(noTravel, point, config),
      timeline: emptyTimeline,
      gauges: doubted,
      setBack: false,
    };
  }

  function queue(state: WebLengthState, scan: LaneScan): WebLengthState {
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

  /**
   * Decides what can be decided, each gauge in its order; with `atOnce` everything. With `news` a gauge in doubt
   * looks whether its offset can be learnt now.
   */
  function settle(
    state: WebLengthState,
    out: PipelineEvent[],
    { news = false, atOnce = false }: { news?: boolean; atOnce?: boolean } = {},
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

  /** Numbers and clock disagree: back is a jump for sure, forward it may as well be a pause. Once for each scan. */
  function withLeap(gauge: Waiting, ahead_ms: number): Waiting {
    const [first] = [itemAt(gauge.scans, 0)];
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

/** The moment (ms) at which a still encoder has stood long enough to say so. */
const STILL_MS = 10_000;

const crossed = (since_ms: number, before_ms: number, now_ms: number): boolean =>
  before_ms - since_ms < STILL_MS && now_ms - since_ms >= STILL_MS;

const mapGauges = (
  gauges: WebLengthState['gauges'],
  change: (gauge: Waiting) => Waiting,
): WebLengthState['gauges'] =>
  Object.fromEntries(Object.entries(gauges).map(([name, gauge]) => [name, change(gauge)]));

const withHint = (hints: readonly number[], hint: number): readonly number[] =>
  hints.includes(hint) ? hints : [...hints, hint].slice(-HINTS);

/** Perhaps the coater's clock jumped by so much. */
const hinted = (gauges: WebLengthState['gauges'], jump_ms: number): WebLengthState['gauges'] =>
  mapGauges(gauges, (gauge) => ({ ...gauge, hints: withHint(gauge.hints, gauge.clock.offset_ms + jump_ms) }));
