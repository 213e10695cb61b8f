import type { PairingConfig } from '../../../config/pipeline.ts';
import type { Stage } from '../../../core/stage.ts';
import {
  dropped,
  type ExpectedLoading,
  isCoaterClockJump,
  type LaneScan,
  type PipelineEvent,
} from '../../events.ts';
import { append, dropFirst, emptyQueue, itemAt, type Queue } from '../../queue.ts';
import { observation } from '../observation.ts';
import { decided_ms, emptyTimeline, forgetBefore, type Timeline, withMark } from '../timeline.ts';
import { attribute, isPatchEdge } from './attribute.ts';
import { type Decision, decide, learnedOffset_ms } from './decide.ts';
import { completed, continues, type GaugeRun, isCoated, newRun, withScan } from './gauge-runs.ts';

export interface SequenceState {
  readonly timeline: Timeline;
  readonly gauges: Readonly<Record<string, GaugeSequence>>;
}

interface GaugeSequence {
  /** Runs begun so far. */
  readonly count: number;
  readonly open?: GaugeRun;
  /** Complete runs, oldest first, no more than are remembered. */
  readonly runs: readonly GaugeRun[];
  readonly decisions: readonly Decision[];
  /** Runs (as they were at that moment) that raise the question of their pairing, in order. */
  readonly agenda: readonly GaugeRun[];
  readonly waiting: Queue<WaitingScan>;
}

interface WaitingScan {
  readonly scan: LaneScan;
  /** The gauge's run, 0 where the scan belongs to none. */
  readonly run: number;
  readonly first: boolean;
}

const unknownGauge: GaugeSequence = { count: 0, runs: [], decisions: [], agenda: [], waiting: emptyQueue() };

/** A run under way is asked about when it has this many scans, and at each doubling. */
const FIRST_QUESTION = 10;
const MOST_QUESTIONS = 200;

/**
 * Pairs the gauge's coated runs with the coater's by order, durations, intervals and expected loading alone: for
 * lines without web speed, or with two clocks. Each question is answered from what both logs held at a time that
 * the gauge's log fixes, so that the answer doesn't depend on which side's messages came first.
 */
export function sequenceStage(
  config: PairingConfig,
  line: string,
  expected: ExpectedLoading,
): Stage<PipelineEvent, PipelineEvent, SequenceState> {
  const own = config.sequence;
  return {
    name: 'pairing-sequence',
    start: () => ({ timeline: emptyTimeline, gauges: {} }),
    step(state, event) {
      const out: PipelineEvent[] = [];
      switch (event.kind) {
        case 'point':
          return { state, out };
        case 'mark':
          return { state: settle({ ...state, timeline: withMark(state.timeline, event) }, out), out };
        case 'lane-scan': {
          const known = state.gauges[event.gauge] ?? unknownGauge;
          const gauges = { ...state.gauges, [event.gauge]: take(known, event) };
          return { state: settle({ ...state, gauges }, out), out };
        }
        case 'outage':
          if (!isCoaterClockJump(event)) return { state, out: [event] };
          return { state: { ...settle(state, out, true), timeline: emptyTimeline }, out: [...out, event] };
        case 'end':
          return { state: settle(state, out, true), out: [...out, event] };
        default:
          return { state, out: [event] };
      }
    },
  };

  /** Adds the scan to its run and to the queue; completes and begins runs. */
  function take(before: GaugeSequence, scan: LaneScan): GaugeSequence {
    const coated = isCoated(scan, own);
    let gauge = before;
    const goesOn = gauge.open && coated !== false && continues(gauge.open, scan, own);
    if (gauge.open && !goesOn) gauge = complete(gauge);
    const first = coated === true && !gauge.open;
    // A scan that can't tell belongs to the run under way, if there is one.
    if (coated !== false && gauge.open) gauge = extend(gauge, gauge.open, scan);
    else if (coated) gauge = begin(gauge, scan);
    const run = gauge.open?.run ?? 0;
    return { ...gauge, waiting: append(gauge.waiting, { scan, run, first }) };
  }

  function begin(gauge: GaugeSequence, scan: LaneScan): GaugeSequence {
    return { ...gauge, count: gauge.count + 1, open: newRun(gauge.count + 1, scan) };
  }

  function extend(gauge: GaugeSequence, open: GaugeRun, scan: LaneScan): GaugeSequence {
    const longer = withScan(open, scan);
    const doublings = Math.log2(longer.scans / FIRST_QUESTION);
    const ask = doublings >= 0 && Number.isInteger(doublings);
    return { ...gauge, open: longer, agenda: ask ? asked(gauge, longer) : gauge.agenda };
  }

  function complete({ open, ...gauge }: GaugeSequence): GaugeSequence {
    if (!open) return gauge;
    const run = completed(open);
    const remembered = Math.max(own.memory_runs, own.lag_runs + 2);
    return {
      ...gauge,
      runs: [...gauge.runs, run].slice(-remembered),
      agenda: asked(gauge, run),
    };
  }

  function asked({ agenda }: Pick<GaugeSequence, 'agenda'>, run: GaugeRun): readonly GaugeRun[] {
    return [...agenda, { ...run, means_mg_cm2: [] }].slice(-MOST_QUESTIONS);
  }

  function settle(state: SequenceState, out: PipelineEvent[], ended = false): SequenceState {
    let gauges = state.gauges;
    for (const [name, before] of Object.entries(state.gauges)) {
      let gauge = answer(ended ? complete(before) : before, state.timeline, ended);
      if (ended) gauge = answerAll(gauge, state.timeline);
      gauge = release(gauge, state.timeline, ended, out);
      if (gauge !== before) gauges = { ...gauges, [name]: gauge };
    }
    return prune({ ...state, gauges });
  }

  function answer(before: GaugeSequence, timeline: Timeline, ended: boolean): GaugeSequence {
    let gauge = before;
    for (let [asking] = gauge.agenda; asking; [asking] = gauge.agenda) {
      const { run, end_ms } = asking;
      const upTo_ms = end_ms - learnedOffset_ms(gauge.decisions) + own.clock_lead_s * 1000;
      if (!ended && decided_ms(timeline) < upTo_ms) break;
      const runs = [...gauge.runs.filter((complete) => complete.run < run), asking];
      gauge = { ...decideNow(gauge, runs, timeline, upTo_ms, ended), agenda: gauge.agenda.slice(1) };
    }
    return gauge;
  }

  function answerAll(gauge: GaugeSequence, timeline: Timeline): GaugeSequence {
    return decideNow(gauge, gauge.runs, timeline, Infinity, true);
  }

  function decideNow(
    gauge: GaugeSequence,
    runs: readonly GaugeRun[],
    timeline: Timeline,
    upTo_ms: number,
    ended: boolean,
  ): GaugeSequence {
    const question = { runs, decisions: gauge.decisions, timeline, upTo_ms, ended };
    const made = decide(question, own, expected);
    return made.length === 0
      ? gauge
      : { ...gauge, decisions: [...gauge.decisions, ...made].slice(-2 * own.memory_runs) };
  }

  /** Lets go, in order, the scans whose run is decided. A last scan is known as such only when the next one is there. */
  function release(
    gauge: GaugeSequence,
    timeline: Timeline,
    ended: boolean,
    out: PipelineEvent[],
  ): GaugeSequence {
    let { waiting } = gauge;
    while (waiting.length > 0) {
      const verdict = judge(gauge, waiting, timeline, ended);
      if (verdict) out.push(verdict);
      else if (ended || waiting.length > config.hold_scans)
        out.push(dropped(itemAt(waiting, 0).scan, 'ambiguous-run', 'its run could not be decided in time'));
      else break;
      waiting = dropFirst(waiting, 1);
    }
    return waiting === gauge.waiting ? gauge : { ...gauge, waiting };
  }

  function judge(
    gauge: GaugeSequence,
    waiting: Queue<WaitingScan>,
    timeline: Timeline,
    ended: boolean,
  ): PipelineEvent | undefined {
    const { scan, run, first } = itemAt(waiting, 0);
    if (scan.fault) return dropped(scan, scan.fault.reason, scan.fault.detail);
    if (run === 0) return dropped(scan, 'not-coated', `below ${own.coated_above_mg_cm2} mg/cm²`);
    if (waiting.length < 2 && !ended) return undefined;
    const decision = gauge.decisions.find(({ gaugeRun }) => gaugeRun.run === run);
    if (!decision) return undefined;
    if (decision.kind === 'unpaired') return dropped(scan, decision.reason, decision.detail);
    const last = waiting.length < 2 || itemAt(waiting, 1).run !== run;
    if (isPatchEdge(scan, first || last, decision, own)) {
      const place = first ? 'first scan' : last ? 'last scan' : 'scan';
      const level = decision.gaugeRun.level_mg_cm2.toFixed(2);
      return dropped(scan, 'patch-edge', `${place} of a run at ${level} mg/cm²`);
    }
    const verdict = attribute(scan, decision, timeline, ended);
    if (verdict.kind === 'wait') return undefined;
    if (verdict.kind === 'drop') return dropped(scan, verdict.reason, verdict.detail);
    return observation(scan, { line, ...verdict, confidence: decision.confidence });
  }

  /** Forgets the coater's log before the oldest pair that still anchors an alignment, and beyond the history. */
  function prune(state: SequenceState): SequenceState {
    const anchors = Object.values(state.gauges).map(({ runs, decisions }) => {
      const oldest = runs[0]?.run ?? Infinity;
      const anchor = decisions.find((d) => d.kind === 'paired' && d.gaugeRun.run >= oldest);
      return anchor?.kind === 'paired' ? anchor.stretch.start_ms : -Infinity;
    });
    const anchor_ms = anchors.length > 0 ? Math.min(...anchors) : -Infinity;
    const history_ms = decided_ms(state.timeline) - config.history_s * 1000;
    const timeline = forgetBefore(state.timeline, Math.max(anchor_ms, history_ms));
    return timeline === state.timeline ? state : { ...state, timeline };
  }
}
