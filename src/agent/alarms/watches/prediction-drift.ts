import type { PredictionDriftConfig } from '../../../config/alarms.ts';
import { quiet, signed, type Watch } from '../watch.ts';

/** One direction: what runs lay beyond the reference, summed up, and the runs since that sum was last zero. */
interface Side {
  /** Standard deviations. */
  readonly sum: number;
  readonly residuals_mg_cm2: readonly number[];
}

export interface DriftState {
  readonly above: Side;
  readonly below: Side;
  readonly present: boolean;
}

const calm: Side = { sum: 0, residuals_mg_cm2: [] };
const KEPT_RESIDUALS = 50;

/**
 * Runs lie to one side of what was predicted for them: gauge, gap reading or slurry are no longer what the model has
 * learnt. Page's cumulative sum in both directions over the standardised residuals (E. S. Page, "Continuous
 * inspection schemes", Biometrika 41, 1954; as a test of the mean D. V. Hinkley, Biometrika 58, 1971). Where the
 * model is right these are independent with mean 0 and standard deviation 1, so nothing has to be estimated. Each
 * counts for `clip_sd` at most: one wild run alone is no drift.
 */
export function predictionDriftWatch(config: PredictionDriftConfig): Watch<DriftState> {
  const { reference_sd, limit_sd, clip_sd } = config;
  const add = (side: Side, z: number, residual_mg_cm2: number): Side => {
    const sum = Math.min(limit_sd, Math.max(0, side.sum + z - reference_sd));
    if (sum === 0) return calm;
    return { sum, residuals_mg_cm2: [...side.residuals_mg_cm2, residual_mg_cm2].slice(-KEPT_RESIDUALS) };
  };
  return {
    name: 'prediction-drift',
    start: () => ({ above: calm, below: calm, present: false }),
    step(state, seen) {
      if (seen.kind !== 'judged') return quiet(state);
      const residual_mg_cm2 = seen.level_mg_cm2 - seen.before.mean_mg_cm2;
      const z = Math.max(-clip_sd, Math.min(clip_sd, residual_mg_cm2 / seen.before.sd_mg_cm2));
      if (!Number.isFinite(z)) return quiet(state);
      const above = add(state.above, z, residual_mg_cm2);
      const below = add(state.below, -z, residual_mg_cm2);
      const larger = above.sum >= below.sum ? above : below;
      const present = larger.sum >= limit_sd || (state.present && larger.sum > 0);
      const next = { above, below, present };
      if (!present && !state.present) return quiet(next);
      const { residuals_mg_cm2: recent } = larger;
      const mean = recent.reduce((sum, residual) => sum + residual, 0) / recent.length;
      const detail = present
        ? `${signed(mean)} mg/cm² against the prediction, mean of the last ${recent.length} runs`
        : `run ${seen.run} is as predicted again`;
      return { state: next, out: [{ alarm: 'prediction-drift', subject: '', present, detail }] };
    },
  };
}
