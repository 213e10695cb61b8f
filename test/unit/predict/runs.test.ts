import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.ts';
import { lineRunOf, type RunFigures, runFigures } from '../../../src/predict/runs.ts';

const scan = (mean_mg_cm2: number, more = {}) => ({
  line: 'a',
  run: 1,
  gap_um: 150,
  lanes_mg_cm2: [mean_mg_cm2 + 0.2, mean_mg_cm2 - 0.2],
  mean_mg_cm2,
  head_ms: 1000,
  aggregated: false,
  ...more,
});

const figuresOf = (means: readonly number[]): RunFigures =>
  means.reduce<RunFigures | undefined>((before, mean) => runFigures(before, scan(mean)), undefined)!;

describe('run figures', () => {
  it('are the exact medians of a short run', () => {
    const run = lineRunOf(figuresOf([22, 10, 22.4, 22.2, 22.1]));
    expect(run.level_mg_cm2).toBe(22.1);
    expect(run.lanes_mg_cm2).toEqual([22.3, 21.900000000000002]);
    // Deviations 0.1, 12.1, 0.3, 0.1, 0: their median is 0.1.
    expect(run.spread_mg_cm2).toBeCloseTo(0.14826, 6);
    expect(run).toMatchObject({ line: 'a', run: 1, gap_um: 150, scans: 5, start_ms: 1000 });
  });

  it('do not know the scatter of one scan, nor of a run that came as its mean', () => {
    expect(lineRunOf(figuresOf([22])).spread_mg_cm2).toBeNaN();
    const aggregated = runFigures(figuresOf([22, 22.1]), scan(22.2, { aggregated: true }));
    expect(lineRunOf(aggregated).spread_mg_cm2).toBeNaN();
  });

  it('start afresh with another run', () => {
    const next = runFigures(figuresOf([22, 23]), scan(17, { run: 2, gap_um: 110 }));
    expect(lineRunOf(next)).toMatchObject({ run: 2, gap_um: 110, scans: 1, level_mg_cm2: 17 });
  });

  it('keep a bounded number of scans, evenly over the run, and leave earlier figures as they were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (n) => {
        let figures: RunFigures | undefined;
        for (let i = 0; i < n; i++) {
          const before = JSON.stringify(figures ?? null);
          const next = runFigures(figures, scan(i));
          if (i % 97 === 0) expect(JSON.stringify(figures ?? null)).toBe(before);
          figures = next;
        }
        const kept = figures!.means_mg_cm2;
        expect(figures!.scans).toBe(n);
        expect(kept.length).toBeLessThanOrEqual(128);
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(n, 64));
        // Even spacing: the i-th kept scan is the one numbered i × stride.
        expect(kept).toEqual(kept.map((_, i) => i * figures!.stride));
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('hold the level of a long run within what thinning may cost', () => {
    const random = seededRandom(5);
    const means = Array.from({ length: 1500 }, () => 22 + 0.3 * random.normal());
    expect(lineRunOf(figuresOf(means)).level_mg_cm2).toBeCloseTo(22, 0.9);
  });
});
