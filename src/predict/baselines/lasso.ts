import { BadInputError } from '../../core/errors.ts';

export interface LassoModel {
  readonly intercept: number;
  /** One for each feature. */
  readonly coefficients: readonly number[];
  predict(features: readonly number[]): number;
}

const MOST_SWEEPS = 10_000;
const TOLERANCE = 1e-12;

/**
 * LASSO by cyclic coordinate descent, minimising (1/2n)·|y - b₀ - Xb|² + penalty·|b|₁ with an intercept that
 * carries no penalty: the objective of scikit-learn's `Lasso(alpha = penalty)`, on features as they are (no
 * scaling). `x` is n rows of features.
 *
 * @throws BadInputError for no rows, rows of different width, or values that are not finite.
 */
export function fitLasso(
  x: readonly (readonly number[])[],
  y: readonly number[],
  penalty: number,
): LassoModel {
  check(x, y, penalty);
  const n = x.length;
  const width = x[0]!.length;
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / n;
  const yMean = mean(y);
  const xMeans = Array.from({ length: width }, (_, j) => mean(x.map((row) => row[j]!)));
  const columns = xMeans.map((xMean, j) => x.map((row) => row[j]! - xMean));
  const squares = columns.map((column) => column.reduce((sum, v) => sum + v * v, 0) / n);
  const coefficients = new Array<number>(width).fill(0);
  const residual = y.map((v) => v - yMean);

  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let largestStep = 0;
    for (const [j, column] of columns.entries()) {
      // A constant feature is one with the intercept.
      if (squares[j] === 0) continue;
      const old = coefficients[j]!;
      const covariance = column.reduce((sum, v, i) => sum + v * residual[i]!, 0) / n + squares[j]! * old;
      const next = softThreshold(covariance, penalty) / squares[j]!;
      if (next === old) continue;
      for (let i = 0; i < n; i++) residual[i]! -= column[i]! * (next - old);
      coefficients[j] = next;
      largestStep = Math.max(largestStep, Math.abs(next - old) * Math.sqrt(squares[j]!));
    }
    if (largestStep <= TOLERANCE) break;
  }
  const intercept = yMean - coefficients.reduce((sum, b, j) => sum + b * xMeans[j]!, 0);
  return {
    intercept,
    coefficients,
    predict: (features) => coefficients.reduce((sum, b, j) => sum + b * features[j]!, intercept),
  };
}

const softThreshold = (value: number, by: number): number =>
  Math.sign(value) * Math.max(0, Math.abs(value) - by);

function check(x: readonly (readonly number[])[], y: readonly number[], penalty: number): void {
  const width = x[0]?.length ?? 0;
  if (x.length === 0 || x.length !== y.length) {
    throw new BadInputError(`${x.length} rows of features for ${y.length} values`, {
      where: 'lasso',
      allowed: 'one row for each value, at least one',
    });
  }
  const whole = x.every((row) => row.length === width && row.every(Number.isFinite));
  if (!whole || !y.every(Number.isFinite)) {
    throw new BadInputError('a row is too short or holds a number that is not finite', { where: 'lasso' });
  }
  if (!(penalty >= 0))
    throw new BadInputError(`penalty ${penalty}`, { where: 'lasso', allowed: '0 or above' });
}
