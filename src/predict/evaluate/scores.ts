import type { Prediction } from '../../core/prediction.ts';
import { normalCdf, normalLogDensity } from '../numeric/normal.ts';

/** One prediction beside what then was measured (mg/cm²). */
export interface Scored {
  readonly prediction: Prediction;
  readonly measured_mg_cm2: number;
}

/** Proper scores and coverage of a set of predictions. */
export interface Scores {
  readonly mse: number;
  readonly rmse: number;
  /** Share of measured values inside the 90 % interval. */
  readonly coverage90: number;
  /** Mean negative log density (nats) of the normal with the prediction's mean and standard deviation. */
  readonly nll: number;
  /** Mean continuous ranked probability score (mg/cm²) of the same normal. */
  readonly crps: number;
  readonly n: number;
}

export function scoresOf(scored: readonly Scored[]): Scores {
  const mse = meanOf(
    scored,
    ({ prediction, measured_mg_cm2 }) => (measured_mg_cm2 - prediction.mean_mg_cm2) ** 2,
  );
  return {
    mse,
    rmse: Math.sqrt(mse),
    coverage90: meanOf(scored, ({ prediction, measured_mg_cm2 }) => {
      const [low, high] = prediction.interval90_mg_cm2;
      return measured_mg_cm2 >= low && measured_mg_cm2 <= high ? 1 : 0;
    }),
    nll: meanOf(
      scored,
      ({ prediction, measured_mg_cm2 }) =>
        -normalLogDensity(measured_mg_cm2, prediction.mean_mg_cm2, prediction.sd_mg_cm2 ** 2),
    ),
    crps: meanOf(scored, normalCrps),
    n: scored.length,
  };
}

/** Closed form for the normal distribution (Gneiting and Raftery, JASA 102, 2007, eq. 21). */
function normalCrps({ prediction, measured_mg_cm2 }: Scored): number {
  const sd = prediction.sd_mg_cm2;
  const z = (measured_mg_cm2 - prediction.mean_mg_cm2) / sd;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return sd * (z * (2 * normalCdf(z) - 1) + 2 * density - 1 / Math.sqrt(Math.PI));
}

export const meanOf = <T>(items: readonly T[], f: (item: T) => number): number =>
  items.reduce((sum, item) => sum + f(item), 0) / items.length;

/** Population standard deviation. */
export function sdOf(values: readonly number[]): number {
  const mean = meanOf(values, (v) => v);
  return Math.sqrt(meanOf(values, (v) => (v - mean) ** 2));
}
