import { describe, expect, it } from 'vitest';
import { discreteView } from '../../../src/predict/discrete.ts';
import { predictionOf } from '../../../src/predict/distribution.ts';

/** Two lanes about a common level. */
const line = (mean: number, sd: number) =>
  predictionOf(
    150,
    { mean, sd, degreesOfFreedom: Number.POSITIVE_INFINITY },
    { distanceToLine_um: 0, extrapolation: 'none' },
    [0, 0].map(() => ({ mean_mg_cm2: mean, interval90_mg_cm2: [mean - 1.8 * sd, mean + 1.8 * sd] as const })),
  );
const lab = (mean: number) => () => line(mean, 0.5);

const abstraction = {
  lineGaps_um: [110, 150, 180],
  labGaps_um: [75, 100, 200],
  alphaGap: [0, 1, 2],
  alphaLoading: { '0,0': 0, '1,1': 1, '2,2': 2, '1,2': 1, '2,1': 2 },
  edges_mg_cm2: [10, 15, 20, 25],
};

describe('discrete view', () => {
  it('puts a sure prediction into the bin that the abstraction gives it', () => {
    const view = discreteView(line(17.5, 0.3), lab(17.5), abstraction);
    expect(view.byAbstraction[1]).toBeCloseTo(1, 3);
    expect(view.labGap_um).toBe(100);
    expect(view.disagreement).toBeLessThan(0.01);
    expect(view.warning).toBeUndefined();
  });

  it('shares out a prediction on an edge, and what it cannot map', () => {
    const view = discreteView(line(20, 0.5), lab(20), abstraction);
    expect(view.byAbstraction[1]).toBeCloseTo(0.5, 1);
    expect(view.byAbstraction[2]).toBeCloseTo(0.5, 1);
    const total = view.byAbstraction.reduce((sum, p) => sum + p, view.unmapped);
    expect(total).toBeCloseTo(1, 9);
    const unseen = discreteView(line(17.5, 0.3), lab(17.5), { ...abstraction, alphaLoading: {} });
    expect(unseen.unmapped).toBeCloseTo(1, 9);
  });

  it('warns where the two views lie in different bins', () => {
    const view = discreteView(line(17.5, 0.3), lab(23), abstraction);
    expect(view.disagreement).toBeGreaterThan(0.95);
    expect(view.warning).toContain('disagree');
  });
});
