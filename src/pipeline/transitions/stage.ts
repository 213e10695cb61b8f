import type { TransitionsConfig } from '../../config/pipeline.ts';
import type { Stage } from '../../core/stage.ts';
import { type CoaterPoint, isCoaterClockJump, type Phase, type PipelineEvent } from '../events.ts';
import { fits, isPlateau, type Level, levelOf, medianGap, withPoint } from './plateau.ts';

export interface TransitionsState {
  /** Runs opened so far; the number of the newest. */
  readonly runs: number;
  /** Hysteresis of the coating signal. */
  readonly coating: boolean;
  /** The web stands under an open bar. */
  readonly standing: boolean;
  /** Points that may yet turn out to be the start of a plateau, ascending; the first entered the window so. */
  readonly candidate: readonly CoaterPoint[];
  readonly run?: OpenRun;
  /** Points since the open run was left, as long as they may be a mere interruption. */
  readonly excursion: readonly CoaterPoint[];
}

interface OpenRun {
  readonly run: number;
  readonly start_ms: number;
  /** Last point that belonged to the run. */
  readonly last_ms: number;
  readonly level: Level;
}

/**
 * Points → runs and marks. A run opens when the gap (and web speed) has kept still for the minimum dwell; it ends
 * where it is left for longer than an interruption. Marks come only when they are decided for good, so they trail
 * the points by the dwell or the interruption at most.
 */
export function transitionsStage(
  config: TransitionsConfig,
  line: string,
): Stage<PipelineEvent, PipelineEvent, TransitionsState> {
  const machine = createMachine(config, line);
  return {
    name: 'transitions',
    start: () => ({ runs: 0, coating: false, standing: false, candidate: [], excursion: [] }),
    step(state, event) {
      const out: PipelineEvent[] = [];
      if (event.kind === 'point') {
        out.push(event);
        return { state: machine.take(state, event, out), out };
      }
      const ends = event.kind === 'end' || isCoaterClockJump(event);
      if (!ends) return { state, out: [event] };
      const next = machine.close(state, out);
      return { state: next, out: [...out, event] };
    },
  };
}

function createMachine(config: TransitionsConfig, line: string) {
  const mark = (out: PipelineEvent[], time_ms: number, phase: Phase, run = 0, gap_um = Number.NaN) =>
    out.push({ kind: 'mark', line, time_ms, phase, run, gap_um });

  const runMark = (out: PipelineEvent[], run: OpenRun, time_ms: number) => {
    const settling = time_ms - run.start_ms < config.settling_s * 1000;
    mark(out, time_ms, settling ? 'settling' : 'steady', run.run, medianGap(run.level));
  };

  const isCoating = (was: boolean, { gap_um, lineState, webSpeed_m_min }: CoaterPoint): boolean => {
    if (config.use_line_state && Number.isFinite(lineState) && lineState !== 2) return false;
    if (webSpeed_m_min < config.minimum_web_speed_m_min) return false;
    return gap_um > (was ? config.coating_below_um : config.coating_above_um);
  };

  /** A web that stands under an open bar leaves no bare foil behind: it is unsteady coating, not a pause of it. */
  const restingPhase = ({ gap_um, webSpeed_m_min }: CoaterPoint): Phase => {
    if (Number.isNaN(gap_um)) return 'unknown';
    const stands = webSpeed_m_min < config.minimum_web_speed_m_min && gap_um > config.coating_above_um;
    return stands ? 'transition' : 'idle';
  };

  const closeRun = (state: TransitionsState, out: PipelineEvent[]): TransitionsState => {
    const { run, excursion, ...rest } = state;
    if (!run) return state;
    out.push({
      kind: 'run',
      run: {
        line,
        run: run.run,
        gap_um: medianGap(run.level),
        start_ms: run.start_ms,
        end_ms: run.last_ms,
      },
    });
    let next: TransitionsState = { ...rest, coating: true, excursion: [] };
    for (const point of excursion) next = search(next, point, out);
    return next;
  };

  const abandon = (state: TransitionsState, out: PipelineEvent[]): TransitionsState => {
    for (const { time_ms } of state.candidate) mark(out, time_ms, 'transition');
    return { ...state, candidate: [] };
  };

  /** No run is open: look for a plateau. */
  const search = (state: TransitionsState, point: CoaterPoint, out: PipelineEvent[]): TransitionsState => {
    const coating = isCoating(state.coating, point);
    if (!coating) {
      const next = abandon(state, out);
      const phase = restingPhase(point);
      mark(out, point.time_ms, phase);
      return { ...next, coating, standing: phase === 'transition' };
    }
    // Coating began somewhere since the point before: from this one on it is sure.
    if (!state.coating && !state.standing) mark(out, point.time_ms, 'idle');
    let candidate = [...state.candidate, point];
    while (!isPlateau(candidate, config)) {
      mark(out, candidate[0]!.time_ms, 'transition');
      candidate = candidate.slice(1);
    }
    const start_ms = candidate[0]!.time_ms;
    if (point.time_ms - start_ms < config.minimum_dwell_s * 1000) return { ...state, coating, candidate };
    return open({ ...state, coating, candidate }, out);
  };

  const open = (state: TransitionsState, out: PipelineEvent[]): TransitionsState => {
    const { candidate } = state;
    const run: OpenRun = {
      run: state.runs + 1,
      start_ms: candidate[0]!.time_ms,
      last_ms: candidate.at(-1)!.time_ms,
      level: levelOf(candidate, config),
    };
    const { run: number, start_ms } = run;
    out.push({ kind: 'run', run: { line, run: number, gap_um: medianGap(run.level), start_ms } });
    // Likewise the plateau: the interval before its first point isn't part of it (nor is it, if decided already).
    mark(out, start_ms, 'transition');
    for (const { time_ms } of candidate.slice(1)) runMark(out, run, time_ms);
    return { ...state, runs: number, candidate: [], run };
  };

  const inRun = (state: TransitionsState, run: OpenRun, point: CoaterPoint, out: PipelineEvent[]) => {
    if (isCoating(true, point) && fits(run.level, point, config)) {
      for (const { time_ms } of state.excursion) mark(out, time_ms, 'transition', run.run);
      const longer = { ...run, last_ms: point.time_ms, level: withPoint(run.level, point) };
      // The interval that leads back from an interruption is part of it.
      if (state.excursion.length > 0) mark(out, point.time_ms, 'transition', run.run);
      else runMark(out, longer, point.time_ms);
      return { ...state, run: longer, excursion: [] };
    }
    const left = { ...state, excursion: [...state.excursion, point] };
    const away_ms = point.time_ms - left.excursion[0]!.time_ms;
    return away_ms >= config.merge_interruption_s * 1000 ? closeRun(left, out) : left;
  };

  return {
    take(before: TransitionsState, point: CoaterPoint, out: PipelineEvent[]): TransitionsState {
      if (point.afterHole) {
        const closed = this.close(before, out);
        mark(out, point.time_ms, 'unknown');
        const coating = isCoating(false, point);
        return { ...closed, coating, candidate: coating ? [point] : [] };
      }
      return before.run ? inRun(before, before.run, point, out) : search(before, point, out);
    },

    /** Decides everything that is still open, as if nothing came after it. */
    close(state: TransitionsState, out: PipelineEvent[]): TransitionsState {
      return { ...abandon(closeRun(state, out), out), coating: false, standing: false };
    },
  };
}
