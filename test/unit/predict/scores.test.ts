import { describe, expect, it } from 'vitest';
import { predictionOf } from '../../../src/predict/distribution.ts';
import { scoresOf } from '../../../src/predict/evaluate/scores.ts';
import { isWild, mergeRuns } from '../../../src/predict/evaluate/stream.ts';
import { cholesky, solveLower, solveUpper } from '../../../src/predict/numeric/cholesky.ts';
import { normalCdf, normalQuantile, unitStudentFactor } from '../../../src/predict/numeric/normal.ts';
import { lineRun } from './evidence.ts';

const normal = (mean: number, sd: number) =>
  predictionOf(
    150,
    { mean, sd, degreesOfFreedom: Number.POSITIVE_INFINITY },
    { distanceToLine_um: 0, extrapolation: 'none' },
  );

describe('scores', () => {
  it('agree with hand-computed figures', () => {
    const scores = scoresOf([
      { prediction: normal(20, 1), measured_mg_cm2: 21 },
      { prediction: normal(20, 2), measured_mg_cm2: 24 },
    ]);
    expect(scores.mse).toBe(8.5);
    expect(scores.rmse).toBeCloseTo(2.915476, 6);
    // 21 lies inside 20 ± 1.645, 24 outside 20 ± 3.29.
    expect(scores.coverage90).toBe(0.5);
    // (0.918939 + 0.5 + 0.918939 + ln 2 + 2) / 2
    expect(scores.nll).toBeCloseTo(2.5155, 4);
    // σ(z(2Φ(z) - 1) + 2φ(z) - 1/√π): 0.602441 for z = 1, 2 × 1.452792 for z = 2.
    expect(scores.crps).toBeCloseTo((0.602441 + 2 * 1.452792) / 2, 4);
  });
});

describe('wild scans', () => {
  const steady = [22.1, 22.2, 22.0, 22.1, 22.3, 22.1, 22.2, 22.0, 22.1, 22.2, 22.1, 22.0];

  it('are those that stand alone', () => {
    const withEdge = steady.with(6, 10.4);
    expect(withEdge.flatMap((_, i) => (isWild(withEdge, i) ? [i] : []))).toEqual([6]);
    expect(steady.some((_, i) => isWild(steady, i))).toBe(false);
  });

  it('are not a lasting shift', () => {
    const shifted = [...steady, ...steady.map((v) => v - 1)];
    expect(shifted.some((_, i) => i > 14 && isWild(shifted, i))).toBe(false);
  });
});

describe('merged runs', () => {
  it('take the figures of runs whose scans are there, and keep all others', () => {
    const table = [lineRun(1, 143, 22), lineRun(2, 169, 25)];
    const scanned = [
      { run: lineRun(2, 169, 24.4), nominalGap_um: 170, scans_mg_cm2: [], lanes_mg_cm2: [] },
      { run: lineRun(3, 110, 18), nominalGap_um: 110, scans_mg_cm2: [], lanes_mg_cm2: [] },
    ];
    expect(mergeRuns(table, scanned).map((run) => [run.run, run.level_mg_cm2])).toEqual([
      [1, 22],
      [2, 24.4],
      [3, 18],
    ]);
  });
});

describe('numerics', () => {
  // Tables of the normal and of Student's t distribution.
  it.each([
    [0.5, 0],
    [0.75, 0.67449],
    [0.95, 1.644854],
    [0.975, 1.959964],
    [0.001, -3.090232],
  ])('normal quantile of %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 5);
    expect(normalCdf(z)).toBeCloseTo(p, 5);
  });

  it.each([
    [5, 2.015, 2.571],
    [10, 1.812, 2.228],
    [30, 1.697, 2.042],
  ])('Student quantiles for %d degrees of freedom', (n, t95, t975) => {
    const toT = Math.sqrt(n / (n - 2));
    expect(1.644854 * unitStudentFactor(1.644854, n) * toT).toBeCloseTo(t95, 2);
    expect(1.959964 * unitStudentFactor(1.959964, n) * toT).toBeCloseTo(t975, 1.5);
  });

  it('Cholesky solves what it factored, and refuses what it cannot', () => {
    const matrix = Float64Array.from([4, 2, 0.6, 2, 3, 0.4, 0.6, 0.4, 2]);
    const lower = cholesky(matrix, 3);
    const x = solveUpper(lower, 3, solveLower(lower, 3, [1, 2, 3]));
    const back = [0, 1, 2].map((i) => x.reduce((sum, v, j) => sum + (matrix[3 * i + j] as number) * v, 0));
    [1, 2, 3].forEach((v, i) => {
      expect(back[i]).toBeCloseTo(v, 12);
    });
    expect(() => cholesky(Float64Array.from([1, 2, 2, 1]), 2)).toThrow(RangeError);
  });
});
