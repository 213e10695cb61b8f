import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coatingProblem, labCounts, lineCounts } from '../../../src/causal/coating.ts';
import { jensenShannonDistance, MAX_DISTANCE } from '../../../src/causal/divergence.ts';
import { normalCdf } from '../../../src/causal/normal.ts';
import { prepareProblem } from '../../../src/causal/prepare.ts';
import { consistencyErrors, outcomeName } from '../../../src/causal/problem.ts';
import { namedLoading, transportBy } from '../../../src/causal/transport.ts';
import { binCentres, binOf, pooledEdges } from '../../../src/core/bins.ts';
import { hasSharedData, publishedData } from '../../support/shared-data.ts';
import { distance } from './brute-force.ts';
import { publishedProblem } from './published-problem.ts';

const distribution = (size: number) =>
  fc
    .array(fc.integer({ min: 0, max: 1000 }), { minLength: size, maxLength: size })
    .filter((v) => v.some((x) => x > 0))
    .map((v) => v.map((x) => x / v.reduce((a, b) => a + b, 0)));

describe('Jensen-Shannon distance', () => {
  it('agrees with its textbook form, is symmetric, and keeps the triangle inequality', () => {
    fc.assert(
      fc.property(distribution(4), distribution(4), distribution(4), (p, q, r) => {
        expect(jensenShannonDistance(p, q)).toBeCloseTo(distance(p, q), 6);
        expect(jensenShannonDistance(p, q)).toBeCloseTo(jensenShannonDistance(q, p), 12);
        expect(jensenShannonDistance(p, r)).toBeLessThanOrEqual(
          jensenShannonDistance(p, q) + jensenShannonDistance(q, r) + 1e-12,
        );
      }),
    );
  });

  it('is 0 for equal and sqrt(ln 2) for disjoint distributions', () => {
    expect(jensenShannonDistance([0.1, 0.2, 0.7], [0.1, 0.2, 0.7])).toBe(0);
    expect(jensenShannonDistance([1, 0], [0, 1])).toBe(MAX_DISTANCE);
    expect(jensenShannonDistance([1, 0], [1e-300, 1])).toBe(MAX_DISTANCE);
    // Rounding in a sum of counts must not show as 1e-8 under the root.
    expect(jensenShannonDistance([0.1 + 0.2, 0.7], [0.3, 0.7])).toBeLessThan(1e-15);
  });
});

describe('bins', () => {
  it('divide the range evenly, with both outer edges widened', () => {
    expect(pooledEdges([2, 12, 7], 5).map((e) => Number(e.toFixed(9)))).toEqual([1.9, 4, 6, 8, 10, 12.1]);
  });

  it('hold every value: an inner edge belongs above, what lies outside to the outermost bin', () => {
    const edges = [0, 1, 2, 3];
    expect([-5, 0, 0.999, 1, 2, 2.5, 9].map((v) => binOf(edges, v))).toEqual([0, 0, 0, 1, 2, 2, 2]);
    expect(binCentres(edges)).toEqual([0.5, 1.5, 2.5]);
  });

  it('refuse nothing to divide', () => {
    expect(() => pooledEdges([], 5)).toThrow(/one or more finite/);
    expect(() => pooledEdges([1], 0)).toThrow(/0 bins.*integer from 1/);
  });
});

describe('normal distribution function', () => {
  it.each([
    [0, 0.5],
    [1, 0.841344746068543],
    [-1.959963984540054, 0.025],
    [4.9, 0.999999520816723],
    [-6, 9.86587645037698e-10],
    [8, 1 - 6.22096057427178e-16],
  ])('at %d', (z, expected) => {
    expect(Math.abs(normalCdf(z) - expected)).toBeLessThan(1e-14 + 1e-12 * expected);
  });
});

describe('coating problem', () => {
  const edges = [0, 10, 20, 30];

  it('counts lab rows, and spreads figures by normal cells', () => {
    const [rows] = labCounts(
      [{ gap_um: 100, n: 3, mean_mg_cm2: 0, sd_mg_cm2: 0, rows_mg_cm2: [5, 9, 15] }],
      edges,
    );
    expect([...rows!.counts]).toEqual([2, 1, 0]);
    const [figures] = labCounts([{ gap_um: 100, n: 40, mean_mg_cm2: 15, sd_mg_cm2: 5 }], edges);
    expect(figures!.counts[0]).toBeCloseTo(40 * 0.15865525393145707, 10);
    expect(figures!.counts.reduce((a, b) => a + b, 0)).toBeCloseTo(40, 10);
    const [single] = labCounts([{ gap_um: 100, n: 1, mean_mg_cm2: 25, sd_mg_cm2: Number.NaN }], edges);
    expect([...single!.counts]).toEqual([0, 0, 1]);
  });

  it('adds up the slurries of one gap', () => {
    const group = { gap_um: 100, n: 1, mean_mg_cm2: 5, sd_mg_cm2: Number.NaN };
    const [both] = labCounts([group, { ...group, mean_mg_cm2: 25 }], edges);
    expect([...both!.counts]).toEqual([1, 0, 1]);
  });

  const scans = [
    { gap_um: 150, bins: [0, 1] },
    { gap_um: 150, bins: [1, 1] },
    { gap_um: 150, bins: [1, 2] },
    { gap_um: 110, bins: [0, 0] },
  ];
  const lab = labCounts([{ gap_um: 100, n: 1, mean_mg_cm2: 5, sd_mg_cm2: 1 }], edges);

  it('joins lanes in the combinations that occurred', () => {
    const problem = coatingProblem(lab, lineCounts(scans), 'joint');
    expect(problem.lineGaps_um).toEqual([110, 150]);
    expect(problem.outcomes.map(outcomeName)).toEqual(['0,0', '0,1', '1,1', '1,2']);
    expect([...problem.nu[1]!].map((p) => Number(p.toFixed(6)))).toEqual([0, 0.333333, 0.333333, 0.333333]);
  });

  it('joins lanes as if independent given the gap', () => {
    const problem = coatingProblem(lab, lineCounts(scans), 'product');
    const at = (name: string) => problem.nu[1]![problem.outcomes.findIndex((o) => outcomeName(o) === name)];
    // P(lane 0 = 0) = 1/3, P(lane 1 = 2) = 1/3.
    expect(at('0,2')).toBeCloseTo(1 / 9, 12);
    expect(at('1,1')).toBeCloseTo(4 / 9, 12);
    expect(problem.outcomes.map(outcomeName)).toEqual(['0,0', '0,1', '0,2', '1,1', '1,2']);
  });

  it('names an empty level and a product too large to list', () => {
    expect(() => coatingProblem(lab, [{ gap_um: 110, counts: new Map() }], 'joint')).toThrow(
      /line, gap 110 µm: the level is empty/,
    );
    const wide = Array.from({ length: 4 }, (_, b) => ({ gap_um: 150, bins: new Array<number>(12).fill(b) }));
    expect(() => coatingProblem(lab, lineCounts(wide), 'product')).toThrow(
      /more than 100000 outcomes.*joint/,
    );
  });

  it('refuses a table in which only some rows have loadings', () => {
    const rows = [
      { gap_um: 110, lanes_mg_cm2: [1], bins: [] },
      { gap_um: 110, lanes_mg_cm2: [], bins: [0] },
    ];
    const group = { gap_um: 100, n: 1, mean_mg_cm2: 5, sd_mg_cm2: 1 };
    expect(() => prepareProblem([group], rows, 2, 'joint')).toThrow(/1 of 2 rows have loadings/);
  });

  it('moves scans by the maps, and says which outcome it doesn’t know', () => {
    const problem = coatingProblem(lab, lineCounts(scans), 'joint');
    const maps = { alphaGap: [0, 0], alphaLoading: [0, 1, 2, 2] };
    const move = transportBy(problem, maps);
    expect(move({ gap_um: 150, bins: [1, 2] })).toEqual({ gap_um: 100, bin: 2 });
    expect(() => move({ gap_um: 150, bins: [2, 2] })).toThrow(/no line outcome 2,2.*0,0 \| 0,1/);
    expect(() => move({ gap_um: 151, bins: [1, 2] })).toThrow(/no line gap of 151 µm.*110 \| 150/);
    expect(namedLoading(problem, maps.alphaLoading)).toEqual({ '0,0': 0, '0,1': 1, '1,1': 2, '1,2': 2 });
  });
});

describe.skipIf(!hasSharedData)(`the published study as a problem${publishedData}`, () => {
  it('has the error of the published maps', () => {
    const problem = publishedProblem();
    const published: Record<string, number> = {
      '2,0': 3,
      '2,2': 1,
      '3,0': 2,
      '3,2': 2,
      '3,3': 2,
      '3,4': 2,
      '4,3': 2,
      '4,4': 4,
    };
    // The two outcomes that only the product has are not in the published list; bin 2 like their neighbours.
    const alphaLoading = problem.outcomes.map((outcome) => published[outcomeName(outcome)] ?? 2);
    const errors = consistencyErrors(problem, { alphaGap: [0, 0, 1, 1, 1, 2], alphaLoading });
    expect(Math.max(...errors)).toBeCloseTo(0.427, 3);
  });
});
