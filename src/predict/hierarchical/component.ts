import { normalLogDensity } from '../numeric/normal.ts';

/** A row of the design: the weights in `places` take part with `values`. */
export interface Row {
  readonly places: Int32Array;
  readonly values: Float64Array;
}

/** Normal posterior of the weights for one setting of the hyperparameters, and how well that setting did so far. */
export interface Posterior {
  readonly mean: Float64Array;
  /** n × n, row by row, symmetric. */
  readonly covariance: Float64Array;
  /** Logarithm of prior × marginal likelihood. */
  readonly logWeight: number;
}

/** One observed level. */
export interface Measured {
  readonly row: Row;
  readonly value: number;
  /** Variance of the value about the row's curve when it is a good one. */
  readonly variance: number;
  /** Probability, before looking, that it is wild and says nothing. */
  readonly wild: number;
}

export interface Observed {
  readonly posterior: Posterior;
  /** Probability, after looking, that the value isn't wild. */
  readonly good: number;
}

/** A wild value may lie anywhere up to this (mg/cm²): then its density is 1 / range. */
const WILD_RANGE_MG_CM2 = 60;

export function startPosterior(mean: Float64Array, variance: Float64Array, logWeight: number): Posterior {
  const n = mean.length;
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) covariance[i * n + i] = variance[i] as number;
  return { mean, covariance, logWeight };
}

/**
 * The posterior after one more value: a Kalman update, weighted by the probability that the value isn't wild. The
 * mixture "good or wild" is replaced by the normal of equal mean and covariance, as in the probabilistic data
 * association filter (Bar-Shalom and Tse, Automatica 11, 1975). A value far outside thus moves nothing at all.
 */
export function observe(before: Posterior, { row, value, variance, wild }: Measured): Observed {
  const n = before.mean.length;
  const gain = timesRow(before.covariance, n, row);
  const total = dot(row, gain) + variance;
  const error = value - dot(row, before.mean);
  const { good, logLikelihood } = goodOrWild(error, total, wild);
  const mean = before.mean.slice();
  const old = before.covariance;
  const covariance = new Float64Array(n * n);
  const shift = (good * error) / total;
  const shrink = (-good + (good * (1 - good) * (error * error)) / total) / total;
  for (let i = 0; i < n; i++) {
    const g = gain[i] as number;
    mean[i] = (mean[i] as number) + shift * g;
    const factor = shrink * g;
    for (let j = 0, at = i * n; j < n; j++, at++) {
      covariance[at] = (old[at] as number) + factor * (gain[j] as number);
    }
  }
  return { posterior: { mean, covariance, logWeight: before.logWeight + logLikelihood }, good };
}

/** Posterior probability that a value with this error is a good one, and the logarithm of its density. */
export function goodOrWild(
  error: number,
  variance: number,
  wild: number,
): { good: number; logLikelihood: number } {
  const asGood = Math.log(1 - wild) + normalLogDensity(error, 0, variance);
  const asWild = Math.log(wild / WILD_RANGE_MG_CM2);
  const larger = Math.max(asGood, asWild);
  const logLikelihood = larger + Math.log(Math.exp(asGood - larger) + Math.exp(asWild - larger));
  return { good: Math.exp(asGood - logLikelihood), logLikelihood };
}

/** Mean and variance of the curve at a row. */
export function curveAt({ mean, covariance }: Posterior, row: Row): { mean: number; variance: number } {
  const n = mean.length;
  const { places, values } = row;
  let variance = 0;
  for (let i = 0; i < places.length; i++) {
    const from = (places[i] as number) * n;
    let inner = 0;
    // The matrix is symmetric: half of it says all.
    for (let j = 0; j < i; j++)
      inner += (covariance[from + (places[j] as number)] as number) * (values[j] as number);
    const value = values[i] as number;
    variance += value * (2 * inner + value * (covariance[from + (places[i] as number)] as number));
  }
  return { mean: dot(row, mean), variance };
}

/** The matrix times a row: what each weight has in common with the curve there. */
export function timesRow(covariance: Float64Array, n: number, { places, values }: Row): Float64Array {
  const out = new Float64Array(n);
  for (let k = 0; k < places.length; k++) {
    const from = (places[k] as number) * n;
    const value = values[k] as number;
    for (let i = 0; i < n; i++) out[i] = (out[i] as number) + value * (covariance[from + i] as number);
  }
  return out;
}

export function dot({ places, values }: Row, dense: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < places.length; k++)
    sum += (values[k] as number) * (dense[places[k] as number] as number);
  return sum;
}
