import type { NoScansConfig } from '../../../config/alarms.ts';
import { quiet, type Watch } from '../watch.ts';

export interface NoScansState {
  readonly coating: boolean;
  /** Newest machine sample, coater's clock (ms). */
  readonly machine_ms: number;
  /** Newest scan, gauge's clock (ms), and the start of the run under way in those terms if that is later. */
  readonly scan_ms: number;
  /** Coater's clock minus gauge's clock, at least: the largest difference seen between a scan and its sample. */
  readonly ahead_ms: number;
  readonly present: boolean;
}

const unknown = { scan_ms: -Infinity, ahead_ms: -Infinity };

/**
 * The coater coats and no gauge tells anything. Time is the coater's: its samples go on. What an OPC UA server kept
 * during a cut comes in a rush and is older than scans that are there already, which is why both clocks are compared.
 */
export function noScansWatch({ limit_s }: NoScansConfig): Watch<NoScansState> {
  return {
    name: 'no-scans',
    start: () => ({ coating: false, machine_ms: -Infinity, ...unknown, present: false }),
    step(state, seen) {
      switch (seen.kind) {
        case 'run':
          // A gauge that has not been heard of since the start has its time from then on.
          return quiet({
            ...state,
            coating: seen.run.end_ms === undefined,
            ...(state.scan_ms === -Infinity && { scan_ms: seen.run.start_ms, ahead_ms: 0 }),
          });
        case 'outage':
          return quiet(seen.reason === 'clock-jump' ? { ...state, ...unknown } : state);
        case 'profile': {
          const scan_ms = seen.time_ms;
          const ahead_ms = Math.max(state.ahead_ms, state.machine_ms - scan_ms);
          const next = { ...state, scan_ms, ahead_ms, present: false };
          if (!state.present) return quiet(next);
          return { state: next, out: [sign(false, `scan ${seen.scan} came`)] };
        }
        case 'machine': {
          const machine_ms = seen.time_ms;
          const silent_s = (machine_ms - state.ahead_ms - state.scan_ms) / 1000;
          const present = state.coating && silent_s > limit_s;
          const next = { ...state, machine_ms, present };
          if (present === state.present) return quiet(next);
          return {
            state: next,
            out: [sign(present, present ? `no scan for ${limit_s} s while coating` : 'not coating')],
          };
        }
        default:
          return quiet(state);
      }
    },
  };
}

const sign = (present: boolean, detail: string) => ({ alarm: 'no-scans', subject: '', present, detail });
