import type { Judged, Learnt } from './watch.ts';

/** Runs that have begun to show their level. Plain data. */
export interface JudgementState {
  readonly open: readonly Learnt[];
  /** Runs up to this number have been judged or let go. */
  readonly done: number;
}

export const noJudgement: JudgementState = { open: [], done: 0 };

/** With fewer scans a single patch edge may pass for the level of the run. */
const FEWEST_SCANS = 3;

/**
 * Judges a run once, as soon as its level stands: after `scans` scans of it, or when a later run begins. Its level
 * may still move by what a run wanders during its course, which is little against the difference between runs.
 */
export function judge(
  state: JudgementState,
  learnt: Learnt,
  scans: number,
): { readonly state: JudgementState; readonly judged: readonly Judged[] } {
  const { run } = learnt.run.measured;
  if (run <= state.done) return { state, judged: [] };
  const open = [...state.open.filter((other) => other.run.measured.run !== run), learnt];
  const ripe = open.filter(({ run: { measured } }) => measured.scans >= scans || measured.run < run);
  if (ripe.length === 0) return { state: { ...state, open }, judged: [] };
  const done = Math.max(...ripe.map(({ run: { measured } }) => measured.run));
  return {
    state: { open: open.filter(({ run: { measured } }) => measured.run > done), done },
    judged: ripe
      .filter(({ run: { measured } }) => measured.scans >= Math.min(scans, FEWEST_SCANS))
      .sort((a, b) => a.run.measured.run - b.run.measured.run)
      .map(({ run: { measured, before } }) => ({
        kind: 'judged',
        time_ms: learnt.time_ms,
        run: measured.run,
        gap_um: measured.gap_um,
        level_mg_cm2: measured.level_mg_cm2,
        before,
      })),
  };
}
