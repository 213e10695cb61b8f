import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../src/core/errors.ts';
import { advise } from '../../../src/predict/advice/advise.ts';
import { nextGapWorthRunning } from '../../../src/predict/advice/next-gap.ts';
import { leastSquares } from '../../../src/predict/baselines/curves.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { lineRun, ordinaryEvidence } from './evidence.ts';

const model = hierarchicalPredictor().fit(ordinaryEvidence(21, 20));

describe('advice', () => {
  it('is the inverse of prediction, with an interval around it', () => {
    fc.assert(
      fc.property(fc.double({ min: 12, max: 30, noNaN: true }), (wanted_mg_cm2) => {
        const advice = advise(model, { wanted_mg_cm2, tolerance_mg_cm2: 0.5 });
        expect(model.curve({ gap_um: advice.gap_um }).mean_mg_cm2).toBeCloseTo(wanted_mg_cm2, 2);
        expect(advice.interval90_um[0]).toBeLessThan(advice.gap_um);
        expect(advice.interval90_um[1]).toBeGreaterThan(advice.gap_um);
        expect(advice.inTolerance).toBeGreaterThan(0);
        expect(advice.inTolerance).toBeLessThan(1);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('says that no gap gives an impossible loading, and what the nearest would', () => {
    const advice = advise(model, { wanted_mg_cm2: 200, tolerance_mg_cm2: 0.5 });
    expect(advice).toMatchObject({ reachable: false, tolerance_mg_cm2: 0.5 });
    expect(advice.remarks[0]).toMatch(
      /^No gap from 10 to 1000 µm gives 200 mg\/cm²; 1000 µm would give \d+\.\d\.$/,
    );
    expect(advise(model, { wanted_mg_cm2: 20 }).reachable).toBe(true);
  });

  it('finds the gap of a law that is known exactly', () => {
    const exact = leastSquares().fit({ lab: [], line: [lineRun(1, 100, 13), lineRun(2, 200, 25)] });
    // 1 + 0.12·gap = 19 at 150 µm.
    expect(advise(exact, { wanted_mg_cm2: 19 }).gap_um).toBeCloseTo(150, 1);
  });

  it('promises more with a wider tolerance, and nothing without one', () => {
    const chance = (tolerance_mg_cm2?: number) =>
      advise(model, { wanted_mg_cm2: 20, tolerance_mg_cm2 }).inTolerance;
    expect(chance()).toBeNaN();
    expect(chance(1)).toBeGreaterThan(chance(0.5));
    expect(chance(20)).toBeCloseTo(1, 6);
  });

  it('says so plainly outside the data', () => {
    const far = advise(model, { wanted_mg_cm2: 40 });
    expect(far.extrapolation).toBe('outside');
    expect(far.remarks.join()).toContain('Outside the data');
    const empty = hierarchicalPredictor().fit({ ...ordinaryEvidence(21), line: [] });
    expect(advise(empty, { wanted_mg_cm2: 20 }).remarks.join()).toContain('laboratory alone');
  });

  it('keeps to limits and steps, and names the gap that would be right', () => {
    const free = advise(model, { wanted_mg_cm2: 24 }).gap_um;
    const limited = advise(model, { wanted_mg_cm2: 24, highestGap_um: 150 });
    expect(limited.gap_um).toBe(150);
    expect(limited.remarks.join()).toContain(free.toFixed(1));
    const stepped = advise(model, { wanted_mg_cm2: 24, gapNow_um: 120, largestStep_um: 20 });
    expect(stepped.gap_um).toBe(140);
    expect(stepped.remarks.join()).toContain('one step');
  });

  it('gives the nearest end where no gap would do', () => {
    const advice = advise(model, { wanted_mg_cm2: 500 });
    expect(advice.gap_um).toBe(1000);
    expect(advice.remarks[0]).toContain('No gap from 10 to 1000 µm');
  });

  it('refuses what makes no sense', () => {
    expect(() => advise(model, { wanted_mg_cm2: 0 })).toThrow(BadInputError);
    expect(() => advise(model, { wanted_mg_cm2: 20, lowestGap_um: 200, highestGap_um: 100 })).toThrow(
      BadInputError,
    );
  });
});

describe('next gap worth running', () => {
  it('promises just the uncertainty that a run there then leaves', () => {
    const next = nextGapWorthRunning(model, { at_um: 260, candidates_um: [240] });
    const level_mg_cm2 = model.predict({ gap_um: 240 }).mean_mg_cm2;
    const after = model.withRun(lineRun(90, 240, level_mg_cm2, { scans: 500, spread_mg_cm2: 0.1 }));
    expect(next.sdNow_mg_cm2).toBeCloseTo(model.curve({ gap_um: 260 }).sd_mg_cm2, 10);
    // A run just where it was expected also speaks for smoother curves, which the formula takes as known.
    const ratio = after.curve({ gap_um: 260 }).sd_mg_cm2 / next.sdAfter_mg_cm2;
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.05);
    expect(next.sdAfter_mg_cm2).toBeLessThan(0.9 * next.sdNow_mg_cm2);
  });

  it('prefers an unexplored gap near the wanted one to one far away or often run', () => {
    const next = nextGapWorthRunning(model, { at_um: 260, candidates_um: [60, 140, 255, 420] });
    expect(next.gap_um).toBe(255);
    expect(() => nextGapWorthRunning(model, { at_um: 260, candidates_um: [] })).toThrow(BadInputError);
  });
});
