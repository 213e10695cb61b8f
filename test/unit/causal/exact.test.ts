import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { solveExact } from '../../../src/causal/exact/index.ts';
import {
  type AbstractionProblem,
  consistencyErrors,
  outcomeName,
  overall,
} from '../../../src/causal/problem.ts';
import { hasSharedData, publishedData } from '../../support/shared-data.ts';
import { bruteForce } from './brute-force.ts';
import { publishedProblem } from './published-problem.ts';

/** Small counts make ties and zeros common, which is where a search goes wrong. */
const counts = (width: number) =>
  fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: width, maxLength: width })
    .filter((values) => values.some((n) => n > 0))
    .map((values) => {
      const total = values.reduce((a, b) => a + b, 0);
      return Float64Array.from(values, (n) => n / total);
    });

const problems: fc.Arbitrary<AbstractionProblem> = fc
  .record({
    labGaps: fc.integer({ min: 1, max: 3 }),
    lineGaps: fc.integer({ min: 1, max: 4 }),
    labBins: fc.integer({ min: 2, max: 3 }),
    outcomes: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), {
      minLength: 1,
      maxLength: 5,
      selector: (outcome) => outcome.join(),
    }),
  })
  .chain(({ labGaps, lineGaps, labBins, outcomes }) =>
    fc.record({
      labGaps_um: fc.constant(Array.from({ length: labGaps }, (_, i) => 100 * (i + 1))),
      lineGaps_um: fc.constant(Array.from({ length: lineGaps }, (_, i) => 80 * (i + 1))),
      labBins: fc.constant(labBins),
      outcomes: fc.constant(outcomes),
      mu: fc.array(counts(labBins), { minLength: labGaps, maxLength: labGaps }),
      nu: fc.array(counts(outcomes.length), { minLength: lineGaps, maxLength: lineGaps }),
    }),
  )
  // Outcomes without mass are no part of a problem: enumeration would count their free choices.
  .filter(({ nu, outcomes }) => outcomes.every((_, o) => nu.some((row) => row[o]! > 0)));

const rules = fc.record({
  objective: fc.constantFrom<'max' | 'sum'>('max', 'sum'),
  orderPreserving: fc.boolean(),
  surjectiveGap: fc.boolean(),
  surjectiveLoading: fc.boolean(),
});

describe('exact solver', () => {
  it('agrees with enumeration: optimum, ties, tie-break, every optimal gap map', () => {
    fc.assert(
      fc.property(problems, rules, (problem, options) => {
        fc.pre(!options.surjectiveGap || problem.lineGaps_um.length >= problem.labGaps_um.length);
        fc.pre(!options.surjectiveLoading || problem.outcomes.length >= problem.labBins);
        const truth = bruteForce(problem, options)!;
        const found = solveExact(problem, options);
        expect(found.error).toBeCloseTo(truth.error, 9);
        expect(found.lowerBound).toBe(found.error);
        expect(found.proved && found.tieBreakProved && found.tiesComplete).toBe(true);
        expect(found.ties).toBe(truth.ties);
        expect(new Map(found.optimalGapMaps.map((m) => [m.alphaGap.join(), m.loadingMaps]))).toEqual(
          truth.loadingMaps,
        );
        const errors = [...found.errors].sort((a, b) => b - a);
        for (const [i, error] of errors.entries()) expect(error).toBeCloseTo(truth.leximin[i]!, 8);
        expect(overall(options.objective, consistencyErrors(problem, found))).toBeCloseTo(truth.error, 9);
        expect(found.optimalMaps).toHaveLength(Math.min(100, truth.ties));
        for (const maps of found.optimalMaps) {
          const error = overall(options.objective, consistencyErrors(problem, maps));
          expect(error).toBeCloseTo(truth.error, 8);
        }
        const listed = found.optimalMaps.map((m) => `${m.alphaGap} ${m.alphaLoading}`);
        expect(new Set(listed).size).toBe(listed.length);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same solution from any warm start', () => {
    fc.assert(
      fc.property(problems, rules, fc.nat(), (problem, options, draw) => {
        fc.pre(!options.surjectiveGap || problem.lineGaps_um.length >= problem.labGaps_um.length);
        fc.pre(!options.surjectiveLoading || problem.outcomes.length >= problem.labBins);
        const warmStart = {
          alphaGap: problem.lineGaps_um.map((_, g) => (draw >> g) % problem.labGaps_um.length),
          alphaLoading: problem.outcomes.map((_, o) => (draw >> o) % problem.labBins),
        };
        const cold = solveExact(problem, options);
        const warm = solveExact(problem, { ...options, warmStart });
        expect(warm.error).toBeCloseTo(cold.error, 9);
        expect(warm.ties).toBe(cold.ties);
      }),
      { numRuns: 100 },
    );
  });

  it('bounds the optimum truly when the budget ends the search', () => {
    fc.assert(
      fc.property(problems, rules, fc.integer({ min: 0, max: 6 }), (problem, options, nodes) => {
        fc.pre(!options.surjectiveGap || problem.lineGaps_um.length >= problem.labGaps_um.length);
        fc.pre(!options.surjectiveLoading || problem.outcomes.length >= problem.labBins);
        const optimum = solveExact(problem, options).error;
        const found = solveExact(problem, { ...options, budget: { nodes } });
        expect(found.lowerBound).toBeLessThanOrEqual(optimum + 1e-9);
        expect(found.error).toBeGreaterThanOrEqual(optimum - 1e-9);
        expect(found.proved).toBe(found.lowerBound === found.error);
      }),
      { numRuns: 100 },
    );
  });
});

const published = [
  {
    objective: 'max',
    orderPreserving: false,
    error: 0.347422,
    ties: 5875,
    gapMaps: { '001212': 3125, '221010': 2750 },
  },
  { objective: 'max', orderPreserving: true, error: 0.42739, ties: 10, gapMaps: { '001112': 10 } },
  {
    objective: 'sum',
    orderPreserving: false,
    error: 0.81718,
    ties: undefined,
    gapMaps: { '112020': undefined },
  },
  { objective: 'sum', orderPreserving: true, error: 1.14831, ties: 2, gapMaps: { '001112': 2 } },
] as const;

describe.skipIf(!hasSharedData)(`exact solver on the published study${publishedData}`, () => {
  it.each(published)('$objective, order preserving $orderPreserving: $error', (expected) => {
    const { objective, orderPreserving } = expected;
    const found = solveExact(publishedProblem(), { objective, orderPreserving });
    expect(Math.abs(found.error - expected.error)).toBeLessThan(5e-6);
    expect(found.lowerBound).toBe(found.error);
    expect(found.tiesComplete).toBe(true);
    if (expected.ties !== undefined) expect(found.ties).toBe(expected.ties);
    expect(found.optimalGapMaps.map((m) => m.alphaGap.join(''))).toEqual(
      Object.keys(expected.gapMaps).sort(),
    );
    for (const { alphaGap, loadingMaps } of found.optimalGapMaps) {
      const count = (expected.gapMaps as Record<string, number | undefined>)[alphaGap.join('')];
      if (count !== undefined) expect(loadingMaps).toBe(count);
    }
  });

  it('agrees to 1e-6 with the independent optimum, and has ten outcomes under product, eight under joint', () => {
    expect(solveExact(publishedProblem()).error).toBeCloseTo(0.347422, 6);
    expect(publishedProblem('product').outcomes).toHaveLength(10);
    expect(publishedProblem('joint').outcomes).toHaveLength(8);
  });

  it('keeps anchors', () => {
    const anchors = { gaps: [{ lineGap_um: 150, labGap_um: 200 }], loading: { '2,2': 1 } };
    const problem = publishedProblem();
    const found = solveExact(problem, { anchors });
    expect(found.alphaGap[problem.lineGaps_um.indexOf(150)]).toBe(2);
    expect(found.alphaLoading[problem.outcomes.findIndex((o) => outcomeName(o) === '2,2')]).toBe(1);
    expect(found.error).toBeGreaterThan(0.347423);
  });
});

describe('exact solver, bad input', () => {
  const problem: AbstractionProblem = {
    labGaps_um: [75, 100],
    lineGaps_um: [110, 150],
    labBins: 2,
    outcomes: [[0], [1]],
    mu: [Float64Array.of(1, 0), Float64Array.of(0.5, 0.5)],
    nu: [Float64Array.of(1, 0), Float64Array.of(0, 1)],
  };
  it.each([
    [
      { ...problem, mu: [Float64Array.of(0.5, 0.4), problem.mu[1]!] },
      {},
      /mu, gap 75 µm: probabilities sum to 0.9/,
    ],
    [
      { ...problem, lineGaps_um: [110], nu: [problem.nu[0]!] },
      {},
      /1 line gaps can't cover 2 lab gaps.*surjectiveGap: false/,
    ],
    [{ ...problem, lineGaps_um: [150, 110] }, {}, /lineGaps_um\[1\]: 110 µm is out of order/],
    [
      { ...problem, labBins: 3, mu: problem.mu.map((m) => Float64Array.of(...m, 0)) },
      { surjectiveLoading: true },
      /2 line outcomes can't cover 3 lab bins/,
    ],
    [problem, { anchors: { gaps: [{ lineGap_um: 111, labGap_um: 75 }] } }, /no data at 111 µm.*110 \| 150/],
    [problem, { anchors: { loading: { '7': 1 } } }, /anchors\.loading\["7"\]: no such outcome.*0 \| 1/],
    [
      problem,
      { orderPreserving: true, anchors: { loading: { '0': 1, '1': 0 } } },
      /no pair of maps keeps all rules/,
    ],
  ] as const)('says what, where and what is allowed (%#)', (bad, options, message) => {
    expect(() => solveExact(bad, options)).toThrow(message);
  });
});
