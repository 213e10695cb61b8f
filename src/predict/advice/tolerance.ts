import type { Prediction } from '../../core/prediction.ts';
import { normalCdf } from '../numeric/normal.ts';

/** Probability that the run's level lies within `tolerance` of the wanted loading, under the normal of the prediction. */
export function probabilityWithin(
  { mean_mg_cm2, sd_mg_cm2 }: Pick<Prediction, 'mean_mg_cm2' | 'sd_mg_cm2'>,
  wanted_mg_cm2: number,
  tolerance_mg_cm2: number,
): number {
  const at = (loading: number) => normalCdf((loading - mean_mg_cm2) / sd_mg_cm2);
  return Math.max(0, at(wanted_mg_cm2 + tolerance_mg_cm2) - at(wanted_mg_cm2 - tolerance_mg_cm2));
}
