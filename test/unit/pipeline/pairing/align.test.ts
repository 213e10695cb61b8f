import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignRuns, pairPosterior } from '../../../../src/pipeline/pairing/sequence/align.ts';
import {
  type CoaterStretch,
  defaultModel,
  type GaugeStretch,
  intervalLikelihood,
  pairLikelihood,
} from '../../../../src/pipeline/pairing/sequence/likelihood.ts';
import { expectedLoading } from '../support/run.ts';

const SECOND = 1000;

/** Coating stretches one after another, and the gauge's view of them: shifted, a little off in level and length. */
const dayOfRuns = fc
  .array(
    fc.record({
      gap_um: fc.integer({ min: 60, max: 250 }),
      run_s: fc.integer({ min: 30, max: 400 }),
      pause_s: fc.integer({ min: 60, max: 900 }),
      off_mg_cm2: fc.double({ min: -1, max: 1, noNaN: true }),
      wander_s: fc.integer({ min: -20, max: 20 }),
    }),
    { minLength: 2, maxLength: 9 },
  )
  .map((runs) => {
    const coater: CoaterStretch[] = [];
    const gauge: GaugeStretch[] = [];
    let at_s = 0;
    for (const { gap_um, run_s, pause_s, off_mg_cm2, wander_s } of runs) {
      coater.push({ gap_um, start_ms: at_s * SECOND, end_ms: (at_s + run_s) * SECOND });
      const start_ms = (at_s + 4000 + wander_s) * SECOND;
      const level_mg_cm2 = expectedLoading(gap_um).mean_mg_cm2 + off_mg_cm2;
      gauge.push({ level_mg_cm2, start_ms, end_ms: start_ms + run_s * SECOND });
      at_s += run_s + pause_s;
    }
    return { coater, gauge };
  });

describe('alignment of two run sequences', () => {
  it('pairs complete logs one to one, whatever the offset between the clocks', () => {
    fc.assert(
      fc.property(dayOfRuns, fc.integer({ min: -1e9, max: 1e9 }), ({ coater, gauge }, shift_ms) => {
        const moved = gauge.map((run) => ({
          ...run,
          start_ms: run.start_ms + shift_ms,
          end_ms: run.end_ms + shift_ms,
        }));
        const pairs = alignRuns({ coater, gauge: moved, expectedLoading });
        expect(pairs.map((p) => [p.coater, p.gauge])).toEqual(coater.map((_, i) => [i, i]));
        expect(pairs[0]?.offset_ms).toBe(moved[0]!.start_ms - coater[0]!.start_ms);
      }),
      { numRuns: 100 },
    );
  });

  it('is monotone and its probabilities are probabilities, however odd the logs', () => {
    const stretch = fc.record({
      gap: fc.integer({ min: 30, max: 400 }),
      s: fc.integer({ min: 1, max: 5000 }),
    });
    const list = fc.array(stretch, { maxLength: 8 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const at = (items: typeof a, i: number) =>
          items.slice(0, i).reduce((sum, { s }) => sum + s * 2000, 0);
        const coater = a.map(({ gap, s }, i) => ({
          gap_um: gap,
          start_ms: at(a, i),
          end_ms: at(a, i) + s * 1000,
        }));
        const gauge = b.map(({ gap, s }, i) => ({
          level_mg_cm2: gap / 10,
          start_ms: at(b, i),
          end_ms: at(b, i) + s * 1000,
        }));
        const problem = { coater, gauge, expectedLoading };
        const pairs = alignRuns(problem);
        for (const [i, pair] of pairs.entries()) {
          expect(pair.confidence).toBeGreaterThanOrEqual(0);
          expect(pair.confidence).toBeLessThanOrEqual(1);
          const before = pairs[i - 1];
          if (before) expect(pair.coater > before.coater && pair.gauge > before.gauge).toBe(true);
        }
        if (coater.length === 0 || gauge.length === 0) return;
        const posterior = pairPosterior(problem);
        for (let j = 0; j < gauge.length; j++) {
          const column = coater.reduce((sum, _, i) => sum + posterior[i * gauge.length + j]!, 0);
          expect(column).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('agrees with the sum over all alignments written out one by one', () => {
    fc.assert(
      fc.property(dayOfRuns, fc.nat(3), fc.nat(3), ({ coater, gauge }, c, g) => {
        const few = { coater: coater.slice(0, 3).toSpliced(c, 1), gauge: gauge.slice(0, 3).toSpliced(g, 1) };
        const posterior = pairPosterior({ ...few, expectedLoading });
        const expected = enumerated(few.coater, few.gauge);
        for (const [at, p] of posterior.entries()) expect(p).toBeCloseTo(expected[at]!, 9);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves a run alone that only one log has', () => {
    const gaps = [100, 180, 120, 220, 90, 200];
    const coater = gaps.map((gap_um, i) => ({ gap_um, start_ms: i * 5e5, end_ms: i * 5e5 + 1e5 }));
    const gauge = coater.map(({ gap_um, start_ms, end_ms }) => ({
      level_mg_cm2: expectedLoading(gap_um).mean_mg_cm2,
      start_ms: start_ms + 9e5,
      end_ms: end_ms + 9e5,
    }));
    for (let gone = 0; gone < gaps.length; gone++) {
      const less = alignRuns({ coater, gauge: gauge.toSpliced(gone, 1), expectedLoading });
      expect(less.map((p) => p.coater)).toEqual([0, 1, 2, 3, 4, 5].filter((i) => i !== gone));
    }
  });

  it('keeps to what is settled', () => {
    const coater = [120, 120].map((gap_um, i) => ({ gap_um, start_ms: i * 6e5, end_ms: i * 6e5 + 1e5 }));
    const gauge = [{ level_mg_cm2: expectedLoading(120).mean_mg_cm2, start_ms: 7e5, end_ms: 8e5 }];
    for (const only of [0, 1]) {
      const pairs = alignRuns({ coater, gauge, expectedLoading, settled: new Map([[0, only]]) });
      expect(pairs.map((p) => p.coater)).toEqual([only]);
    }
    const open = alignRuns({ coater, gauge, expectedLoading });
    expect(open[0]?.confidence).toBeLessThan(0.6);
  });
});

/** The same posterior the slow way: every monotone set of pairs with its weight, for every common factor. */
function enumerated(coater: readonly CoaterStretch[], gauge: readonly GaugeStretch[]): number[] {
  const model = defaultModel;
  const totals = new Array<number>(coater.length * gauge.length).fill(0);
  let sum = 0;
  for (let k = -5; k <= 5; k++) {
    const z = k / 2;
    const factor = Math.exp(z * model.factor_sd);
    for (const pairs of monotone(coater.length, gauge.length)) {
      const alone = coater.length + gauge.length - 2 * pairs.length;
      let log = -(z * z) / 2 - 7 * alone;
      for (const [n, [i, j]] of pairs.entries()) {
        const mean = factor * expectedLoading(coater[i]!.gap_um).mean_mg_cm2;
        log += pairLikelihood(coater[i]!, gauge[j]!, mean, model);
        const before = pairs[n - 1];
        if (before) {
          const from = { coater: coater[before[0]]!, gauge: gauge[before[1]]! };
          log += intervalLikelihood(from, { coater: coater[i]!, gauge: gauge[j]! }, model);
        }
      }
      const weight = Math.exp(log);
      sum += weight;
      for (const [i, j] of pairs) totals[i * gauge.length + j]! += weight;
    }
  }
  return totals.map((total) => total / sum);
}

function monotone(n: number, m: number, i0 = 0, j0 = 0): [number, number][][] {
  const all: [number, number][][] = [[]];
  for (let i = i0; i < n; i++)
    for (let j = j0; j < m; j++) for (const rest of monotone(n, m, i + 1, j + 1)) all.push([[i, j], ...rest]);
  return all;
}
