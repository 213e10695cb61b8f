import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLasso } from '../../../src/predict/baselines/lasso.ts';

const finite = fc.double({ min: -10, max: 10, noNaN: true });
const rows = fc.array(fc.tuple(finite, finite, finite), { minLength: 4, maxLength: 12 });

describe('LASSO', () => {
  it('soft-thresholds the least-squares slope of a single feature', () => {
    // Centred: mean square 2, covariance 4, so the slope is (4 - 1) / 2 and the intercept 10 - 1.5 · 3.
    const model = fitLasso([[1], [2], [3], [4], [5]], [6, 8, 10, 12, 14], 1);
    expect(model.coefficients[0]).toBeCloseTo(1.5, 12);
    expect(model.intercept).toBeCloseTo(5.5, 12);
    expect(model.predict([6])).toBeCloseTo(14.5, 12);
  });

  it('keeps the optimality conditions: |correlation| = penalty where the weight is not 0, below it elsewhere', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.01, max: 3, noNaN: true }), (data, penalty) => {
        const x = data.map(([a, b]) => [a, b]);
        const y = data.map(([, , c]) => c);
        const model = fitLasso(x, y, penalty);
        const residual = y.map((v, i) => v - model.predict(x[i]!));
        expect(residual.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 7);
        for (const [j, weight] of model.coefficients.entries()) {
          const mean = x.reduce((sum, row) => sum + row[j]!, 0) / x.length;
          const slope = x.reduce((sum, row, i) => sum + (row[j]! - mean) * residual[i]!, 0) / x.length;
          if (Math.abs(weight) > 1e-6) expect(slope).toBeCloseTo(Math.sign(weight) * penalty, 5);
          else expect(Math.abs(slope)).toBeLessThanOrEqual(penalty + 1e-5);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives a constant feature no weight', () => {
    expect(fitLasso([[3], [3], [3]], [1, 2, 6], 0).coefficients).toEqual([0]);
  });

  it.each([
    [[], [], 1, /0 rows of features/],
    [[[1], [Number.NaN]], [1, 2], 1, /not finite/],
    [[[1], [2]], [1, 2], -1, /penalty -1.*0 or above/],
  ])('refuses what it can not fit (%#)', (x, y, penalty, message) => {
    expect(() => fitLasso(x, y, penalty)).toThrow(message);
  });
});
