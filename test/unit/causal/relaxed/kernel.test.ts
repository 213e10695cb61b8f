import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FusedKernel } from '../../../../src/causal/relaxed/fused/kernel.ts';
import { fusedTables } from '../../../../src/causal/relaxed/fused/tables.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { lossByDefinition, softmaxColumns } from './oracle.ts';
import { randomProblem } from './problems.ts';

const VARIANTS = [
  { loss: 'column', objective: 'max' },
  { loss: 'column', objective: 'sum' },
  { loss: 'column', objective: 'max', surjectiveLoading: true },
  { loss: 'published', objective: 'max' },
  { loss: 'published', objective: 'max', surjectiveLoading: true },
] as const;

const cases = fc.record({
  seed: fc.integer(),
  size: fc.record({
    labGaps: fc.integer({ min: 1, max: 4 }),
    lineGaps: fc.integer({ min: 1, max: 6 }),
    labBins: fc.integer({ min: 2, max: 5 }),
    outcomes: fc.integer({ min: 1, max: 8 }),
  }),
  temperature: fc.constantFrom(0.1, 0.2, 1),
  lambda: fc.constantFrom(1, 5, 10),
});

describe.each(VARIANTS)('fused kernel: %j', (variant) => {
  it('has the value that the definition gives', () => {
    fc.assert(
      fc.property(cases, ({ seed, size, temperature, lambda }) => {
        const { problem, tables, logits } = setUp(seed, size);
        const a = softmaxColumns(problem, logits, temperature);
        const kernel = new FusedKernel(tables, variant.loss, variant);
        kernel.evaluate(a, lambda, temperature, new Float64Array(tables.entries));
        const expected = lossByDefinition(problem, a, { ...variant, lambda });
        expect(kernel.distance).toBeCloseTo(expected.distance, 7);
        expect(kernel.penalty).toBeCloseTo(expected.penalty, 12);
      }),
      { numRuns: 150 },
    );
  });

  it('has the gradient that central differences give, to 1e-6', () => {
    fc.assert(
      fc.property(cases, ({ seed, size, temperature, lambda }) => {
        const { problem, tables, logits } = setUp(seed, size);
        const kernel = new FusedKernel(tables, variant.loss, variant);
        const scratch = new Float64Array(tables.entries);
        const at = (w: Float64Array) => {
          kernel.evaluate(softmaxColumns(problem, w, temperature), lambda, temperature, scratch);
          return lambda * kernel.distance + kernel.penalty;
        };
        const gradient = new Float64Array(tables.entries);
        kernel.evaluate(softmaxColumns(problem, logits, temperature), lambda, temperature, gradient);
        logits.forEach((w, i) => {
          const slope = (at(logits.with(i, w + STEP)) - at(logits.with(i, w - STEP))) / (2 * STEP);
          expect(Math.abs(slope - gradient[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
        });
      }),
      { numRuns: 60 },
    );
  });
});

const STEP = 1e-6;

describe('fused kernel at the edges', () => {
  it('is finite where the maps are exact', () => {
    const same = [Float64Array.of(0.25, 0.75), Float64Array.of(1, 0)];
    const tables = fusedTables({ ...randomProblem(1, SQUARE), mu: same, nu: same });
    const identity = Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1);
    for (const { loss, ...options } of VARIANTS) {
      const gradient = new Float64Array(tables.entries);
      const kernel = new FusedKernel(tables, loss, options);
      kernel.evaluate(identity, 5, 0.1, gradient);
      // The published loss never reaches zero: 1e-7 inside the logarithm is its floor.
      expect(kernel.distance).toBeLessThan(loss === 'published' ? 1e-3 : 1e-12);
      expect([...gradient].every(Number.isFinite)).toBe(true);
    }
  });

  it('is finite where the distributions share nothing', () => {
    const apart = { mu: [Float64Array.of(1, 0)], nu: [Float64Array.of(1)] };
    const tables = fusedTables({
      ...randomProblem(1, { ...SQUARE, labGaps: 1, lineGaps: 1, outcomes: 1 }),
      ...apart,
    });
    const gradient = new Float64Array(tables.entries);
    const kernel = new FusedKernel(tables, 'column');
    kernel.evaluate(Float64Array.of(1, 0, 1), 5, 0.1, gradient);
    expect(kernel.distance).toBeCloseTo(Math.sqrt(Math.LN2), 12);
    expect([...gradient].every(Number.isFinite)).toBe(true);
  });
});

const SQUARE = { labGaps: 2, lineGaps: 2, labBins: 2, outcomes: 2 };

function setUp(seed: number, size: Parameters<typeof randomProblem>[1]) {
  const problem = randomProblem(seed, size);
  const tables = fusedTables(problem);
  const random = seededRandom(seed).fork('logits');
  return { problem, tables, logits: Float64Array.from({ length: tables.entries }, () => random.uniform()) };
}
