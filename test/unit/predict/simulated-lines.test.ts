import { describe, expect, it } from 'vitest';
import { coverageOverLines } from '../../bench/prediction/simulated-lines.ts';

/** The full study is the benchmark's, over 200 lines; here fewer, with bounds of three binomial standard deviations. */
describe('simulated lines', () => {
  it('lie inside the intervals about as often as stated', () => {
    const { all, extrapolated, advice } = coverageOverLines(40);
    expect(all.coverage).toBeGreaterThan(0.86);
    expect(all.coverage).toBeLessThan(0.97);
    expect(extrapolated.coverage).toBeGreaterThan(0.8);
    expect(advice.coverage).toBeGreaterThan(0.82);
  }, 60_000);
});
