import type { PairingConfig } from '../../config/pipeline.ts';
import type { Stage } from '../../core/stage.ts';
import { isCoaterClockJump, type LaneScan, type PipelineEvent } from '../events.ts';
import { append, dropFirst, emptyQueue, itemAt, type Queue } from '../queue.ts';
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
}

interface Waiting {
  readonly scans: Queue<WaitingScan>;
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
}

/**
 * Pairs each scan with the coating that made it by following the web from gauge back to comma bar: the stretch that
 * passed the gauge during the scan was at the head when the web was `web_length_m` shorter. Both devices must keep
 * the same time. A scan waits only until the machine data that it needs are final, so that the result can't depend
 * on which side's messages came first.
 */
export function webLengthStage(
  config: PairingConfig,
  line: string,
): Stage<PipelineEvent, PipelineEvent, WebLengthState> {
  return {
    name: 'pairing-web-length',
    start: () => ({ travel: noTravel, timeline: emptyTimeline, gauges: {} }),
    step(state, event) {
      const out: PipelineEvent[] = [];
      switch (event.kind) {
        case 'point':
          return { state: settle({ ...state, travel: withTravel(state.travel, event, config) }, out), out };
        case 'mark':
          return { state: settle({ ...state, timeline: withMark(state.timeline, event) }, out), out };
        case 'lane-scan':
          return { state: settle(queue(state, event), out), out };
        case 'outage':
          if (event.reason !== 'clock-jump') return { state, out: [event] };
          if (!isCoaterClockJump(event)) return { state: doubt(state, event.source), out: [event] };
          return { state: startAnew(settle(state, out, true)), out: [...out, event] };
        case 'end':
          return { state: settle(state, out, true), out: [...out, event] };
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

  function startAnew({ gauges }: WebLengthState): WebLengthState {
    const doubted = Object.entries(gauges).map(([gauge, waiting]) => [gauge, { ...waiting, trust: noTrust }]);
    return { travel: noTravel, timeline: emptyTimeline, gauges: Object.fromEntries(doubted) };
  }

  function queue(state: WebLengthState, scan: LaneScan): WebLengthState {
    const known = state.gauges[scan.gauge] ?? {
      scans: emptyQueue(),
      jumped: false,
      newest_ms: -Infinity,
      done_ms: -Infinity,
      trust: fullTrust,
    };
    const scans = append(known.scans, { scan, afterJump: known.jumped });
    const waiting = { ...known, scans, jumped: false, newest_ms: scan.time_ms };
    return { ...state, gauges: { ...state.gauges, [scan.gauge]: waiting } };
  }

  /** Decides what can be decided, each gauge in its order; with `atOnce` everything. */
  function settle(state: WebLengthState, out: PipelineEvent[], atOnce = false): WebLengthState {
    let gauges = state.gauges;
    for (const [gauge, waiting] of Object.entries(state.gauges)) {
      let { scans, done_ms, trust } = waiting;
      while (scans.length > 0) {
        const { scan, afterJump } = itemAt(scans, 0);
        const verdict = judge(state, scan);
        const patience =
          !atOnce &&
          waiting.newest_ms - scan.time_ms <= config.hold_s * 1000 &&
          scans.length <= config.hold_scans;
        if (verdict.kind === 'wait' && patience) break;
        trust = weigh(afterJump ? noTrust : trust, scan, verdict, out);
        out.push(outcome(scan, trust.doubted ? doubtful(verdict) : verdict, line));
        done_ms = scan.time_ms - scan.duration_ms;
        scans = dropFirst(scans, 1);
      }
      if (scans !== waiting.scans) gauges = { ...gauges, [gauge]: { ...waiting, scans, done_ms, trust } };
    }
    return prune({ ...state, gauges });
  }

  /** The scan's own fault goes before what the coater says, but a bare scan is evidence and has to wait for it. */
  function judge(state: WebLengthState, scan: LaneScan): Verdict {
    const { fault } = scan;
    if (!fault) return locate(state, scan);
    if (fault.reason !== 'not-coated') return drop(fault.reason, fault.detail);
    const verdict = locate(state, scan);
    return verdict.kind === 'wait' ? verdict : { ...verdict, kind: 'drop', ...fault };
  }

  function locate({ travel, timeline }: WebLengthState, scan: LaneScan): Verdict {
    const last = newest(travel);
    if (!last || last.time_ms < scan.time_ms) return { kind: 'wait' };
    const head = headOf(travel, scan);
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

  function headOf(travel: Travel, scan: LaneScan): Head | 'wait' | undefined {
    const web_m = config.web_length_by_gauge_m[scan.gauge] ?? config.web_length_m;
    const start_m = lengthAt(travel, scan.time_ms - scan.duration_ms) - web_m;
    const end_m = lengthAt(travel, scan.time_ms) - web_m;
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
