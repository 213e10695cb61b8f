import type { CoverageLowConfig } from '../../../config/alarms.ts';
import { quiet, type Watch } from '../watch.ts';

/** Whether each of the last runs lay inside its 90 % interval, oldest first. */
export interface CoverageState {
  readonly inside: readonly boolean[];
  readonly present: boolean;
}

const NOMINAL = 0.9;

/**
 * Fewer of the last runs lie inside their 90 % intervals than chance explains: the intervals are too narrow, or the
 * line scatters more than it did. So few would be inside by chance with a probability below `significance`
 * (binomial); it is over when that probability is above `over_significance`.
 */
export function coverageLowWatch(config: CoverageLowConfig): Watch<CoverageState> {
  return {
    name: 'coverage-low',
    start: () => ({ inside: [], present: false }),
    step(state, seen) {
      if (seen.kind !== 'judged') return quiet(state);
      const [low, high] = seen.before.interval90_mg_cm2;
      const isInside = low <= seen.level_mg_cm2 && seen.level_mg_cm2 <= high;
      const inside = [...state.inside, isInside].slice(-config.runs);
      const hits = inside.filter(Boolean).length;
      const chance = binomialTail(hits, inside.length, NOMINAL);
      const present = chance < (state.present ? config.over_significance : config.significance);
      const next = { inside, present };
      if (!present && !state.present) return quiet(next);
      const detail = `${hits} of the last ${inside.length} runs inside their 90 % interval (by chance so few: ${chance.toExponential(1)})`;
      return { state: next, out: [{ alarm: 'coverage-low', subject: '', present, detail }] };
    },
  };
}

/** P(X ≤ hits) for n trials of probability p each. */
export function binomialTail(hits: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let k = 1; k <= hits; k++) {
    term *= ((n - k + 1) / k) * (p / (1 - p));
    sum += term;
  }
  return Math.min(1, sum);
}
