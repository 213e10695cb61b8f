import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noVariation, variation, withProfile } from '../../../../src/pipeline/lanes/variation.ts';

const table = fc
  .record({ scans: fc.integer({ min: 1, max: 12 }), locations: fc.integer({ min: 2, max: 12 }) })
  .chain(({ scans, locations }) =>
    fc.array(
      fc.array(fc.double({ min: 5, max: 30, noNaN: true }), { minLength: locations, maxLength: locations }),
      { minLength: scans, maxLength: scans },
    ),
  );

const of = (rows: readonly (readonly number[])[]) =>
  variation(rows.reduce((state, row) => withProfile(state, Float64Array.from(row)), noVariation));

const variance = (values: readonly number[]) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const squared = (twoSigma: number) => (twoSigma / 2) ** 2;

describe('variance partition', () => {
  it('is the two-way analysis of variance of the same scans in one batch', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const split = of(rows);
        const columns = rows[0]!.map((_, j) => rows.map((row) => row[j]!));
        expect(squared(split.total2Sigma_mg_cm2)).toBeCloseTo(variance(rows.flat()), 8);
        expect(squared(split.machineDirection2Sigma_mg_cm2)).toBeCloseTo(variance(rows.map(mean)), 8);
        expect(squared(split.crossDirection2Sigma_mg_cm2)).toBeCloseTo(variance(columns.map(mean)), 8);
      }),
      { numRuns: 150 },
    );
  });

  it('adds up: machine direction, cross direction and residual are the total', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const s = of(rows);
        const parts = [
          s.machineDirection2Sigma_mg_cm2,
          s.crossDirection2Sigma_mg_cm2,
          s.residual2Sigma_mg_cm2,
        ];
        const sum = parts.map(squared).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(squared(s.total2Sigma_mg_cm2), 6);
      }),
      { numRuns: 150 },
    );
  });

  it('adds nothing to the residual for an invalid location', () => {
    const rows = [
      [10, 12, 14],
      [11, 13, 15],
      [12, Number.NaN, 16],
    ];
    expect(of(rows).residual2Sigma_mg_cm2).toBeLessThan(1e-6);
  });
});
