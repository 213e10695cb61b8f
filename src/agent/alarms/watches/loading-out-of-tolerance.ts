import { quiet, signed, type Watch } from '../watch.ts';

export interface ToleranceState {
  readonly run: number;
  readonly present: boolean;
}

export interface LoadingTarget {
  readonly target_mg_cm2: number;
  readonly tolerance_mg_cm2: number;
  /** With fewer a patch edge may pass for the level. */
  readonly least_scans: number;
}

/** The running level (median) of the newest run lies outside what was ordered. */
export function toleranceWatch(ordered: LoadingTarget): Watch<ToleranceState> {
  const { target_mg_cm2, tolerance_mg_cm2, least_scans } = ordered;
  return {
    name: 'loading-out-of-tolerance',
    start: () => ({ run: 0, present: false }),
    step(state, seen) {
      if (seen.kind !== 'learnt') return quiet(state);
      const { run, scans, level_mg_cm2, gap_um } = seen.run.measured;
      if (run < state.run || scans < least_scans) return quiet(state);
      const off = level_mg_cm2 - target_mg_cm2;
      const present = Math.abs(off) > tolerance_mg_cm2;
      const next = { run, present };
      if (!present && !state.present) return quiet(next);
      const detail =
        `run ${run} at ${gap_um.toFixed(0)} µm: ${level_mg_cm2.toFixed(2)} mg/cm², ${signed(off)} against ` +
        `${target_mg_cm2} ± ${tolerance_mg_cm2}`;
      return { state: next, out: [{ alarm: 'loading-out-of-tolerance', subject: '', present, detail }] };
    },
  };
}
