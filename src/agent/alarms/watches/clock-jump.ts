import { quiet, type Watch } from '../watch.ts';

export interface ClockJumpState {
  /** Clocks whose jump has just been told. */
  readonly jumped: readonly string[];
}

/** The clock of a coater or gauge was set. It is a moment, not a condition: it is over after the alarm's off delay. */
export function clockJumpWatch(): Watch<ClockJumpState> {
  return {
    name: 'clock-jump',
    start: () => ({ jumped: [] }),
    step(state, seen) {
      if (seen.kind === 'outage' && seen.reason === 'clock-jump') {
        const { source: subject, detail } = seen;
        return {
          state: { jumped: [...state.jumped.filter((other) => other !== subject), subject] },
          out: [{ alarm: 'clock-jump', subject, present: true, detail }],
        };
      }
      if (state.jumped.length === 0 || (seen.kind !== 'machine' && seen.kind !== 'profile'))
        return quiet(state);
      const out = state.jumped.map((subject) => ({
        alarm: 'clock-jump',
        subject,
        present: false,
        detail: 'no further jump',
      }));
      return { state: { jumped: [] }, out };
    },
  };
}
