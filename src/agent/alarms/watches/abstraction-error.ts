import type { AbstractionErrorConfig } from '../../../config/alarms.ts';
import type { Sign } from '../book.ts';
import { quiet, type Watch } from '../watch.ts';

export interface AbstractionErrorState {
  /** For each line gap (µm) that has an error: the lowest since the version came, once it was known well enough. */
  readonly gaps: Readonly<Record<string, { readonly lowest: number; readonly present: boolean }>>;
  readonly version: number;
}

/**
 * Under one intervention the line no longer agrees with the lab through the learned abstraction: the consistency
 * error (Jensen-Shannon distance) at a gap is above its limit, or has risen since the version came into force.
 */
export function abstractionErrorWatch(config: AbstractionErrorConfig): Watch<AbstractionErrorState> {
  return {
    name: 'abstraction-error',
    start: () => ({ gaps: {}, version: 0 }),
    step(state, seen) {
      if (seen.kind !== 'learnt' || !seen.abstraction) return quiet(state);
      const { version, errors, lineGaps_um, observations } = seen.abstraction;
      if (observations < config.least_observations) return quiet(state);
      const known = version === state.version ? state.gaps : {};
      const gaps: Record<string, { lowest: number; present: boolean }> = {};
      const out: Sign[] = [];
      for (const [i, gap_um] of lineGaps_um.entries()) {
        const error = errors[i] as number;
        const lowest = Math.min(error, known[gap_um]?.lowest ?? error);
        const was = state.gaps[gap_um]?.present ?? false;
        const margin = was ? config.hysteresis : 0;
        const risen = error - lowest;
        const present = error > config.limit - margin || risen > config.rise - margin;
        gaps[gap_um] = { lowest, present };
        if (!present && !was) continue;
        const detail = `error ${error.toFixed(3)} at ${gap_um} µm, ${lowest.toFixed(3)} at the best of version ${version}`;
        out.push({ alarm: 'abstraction-error', subject: `${gap_um} µm`, present, detail });
      }
      for (const [gap_um, { present }] of Object.entries(state.gaps)) {
        if (!present || gaps[gap_um]) continue;
        const detail = 'no observation of that gap is kept any more';
        out.push({ alarm: 'abstraction-error', subject: `${gap_um} µm`, present: false, detail });
      }
      return { state: { gaps, version }, out };
    },
  };
}
