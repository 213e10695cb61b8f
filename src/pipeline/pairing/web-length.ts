import type { PairingConfig } from '../../config/pipeline.ts';
import type { Outage } from '../../core/messages.ts';
import type { Stage } from '../../core/stage.ts';
import { COATER_CLOCK, type CoaterPoint, isCoaterClockJump, type PipelineEvent } from '../events.ts';
import { coaterJump, encoderStill, shiftedTimeline, shiftedTravel } from './clocks.ts';
import { settling } from './settling.ts';
import { emptyTimeline, withMark } from './timeline.ts';
import { noTravel, withTravel } from './travel.ts';
import { noTrust } from './trust.ts';
import { hinted, mapGauges, type WebLengthState, withScan } from './web-length-state.ts';

/** Samples lost until a clock set back is told from a late sample, in time (ms): where no encoder tells. */
const UNTIL_NOTICED_MS = 5000;
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
  const settle = settling(config, line);
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
          return { state: settle(withScan(state, event), out, { news: true }), out };
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
}

/** The moment (ms) at which a still encoder has stood long enough to say so. */
const STILL_MS = 10_000;

const crossed = (since_ms: number, before_ms: number, now_ms: number): boolean =>
  before_ms - since_ms < STILL_MS && now_ms - since_ms >= STILL_MS;
