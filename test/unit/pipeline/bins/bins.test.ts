import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BinsConfig, pipelineSchema } from '../../../../src/config/pipeline.ts';
import { binOf, equalWidthEdges } from '../../../../src/core/bins.ts';
import { type BinInput, createBins } from '../../../../src/pipeline/bins/bins.ts';
import { hasSharedData, publishedData, sharedData } from '../../../support/shared-data.ts';

const config = (bins: object = {}): BinsConfig => pipelineSchema.parse({ bins }).bins;

const observation = fc.record({
  gap_um: fc.constantFrom(108, 112, 149, 151, 182),
  lanes_mg_cm2: fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 2, maxLength: 2 }),
});

/** The same thing in one batch, written down independently: range, edges, one count for each row. */
function batch(rows: readonly BinInput[], lab: readonly number[], { count, widen_mg_cm2 }: BinsConfig) {
  const all = [...lab, ...rows.flatMap(({ lanes_mg_cm2 }) => lanes_mg_cm2)];
  if (all.length === 0) return { edges: [], counts: {} };
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const inner = Array.from({ length: count - 1 }, (_, i) => low + ((high - low) * (i + 1)) / count);
  const counts: Record<string, number> = {};
  for (const { gap_um, lanes_mg_cm2 } of rows) {
    const outcome = lanes_mg_cm2.map((v) => inner.filter((edge) => v >= edge).length).join(',');
    const key = `${Math.round(gap_um / 10) * 10}:${outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return { edges: [low - widen_mg_cm2, ...inner, high + widen_mg_cm2], counts };
}

function online(rows: readonly BinInput[], lab: readonly number[], settings: BinsConfig) {
  const bins = createBins(settings, lab);
  return bins.binned(rows.reduce((state, row) => bins.add(state, row), bins.start()));
}

const flat = (levels: ReturnType<typeof online>['levels']) =>
  Object.fromEntries(
    levels.flatMap(({ gap_um, counts }) => [...counts].map(([outcome, n]) => [`${gap_um}:${outcome}`, n])),
  );

describe('bins', () => {
  const rows = fc.array(observation, { maxLength: 60 });
  const lab = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { maxLength: 5 });

  it('equal a batch computation over the same values, however the range grew', () => {
    fc.assert(
      fc.property(rows, lab, (all, labValues) => {
        const expected = batch(all, labValues, config());
        const { edges_mg_cm2, levels } = online(all, labValues, config());
        expect(edges_mg_cm2).toEqual(expected.edges);
        expect(flat(levels)).toEqual(expected.counts);
      }),
      { numRuns: 200 },
    );
  });

  it('equal a batch over what is kept where the history is bounded', () => {
    fc.assert(
      fc.property(rows, lab, fc.integer({ min: 1, max: 20 }), (all, labValues, history_scans) => {
        const settings = config({ history_scans });
        const expected = batch(all.slice(-history_scans), labValues, settings);
        const { edges_mg_cm2, levels } = online(all, labValues, settings);
        expect(edges_mg_cm2).toEqual(expected.edges);
        expect(flat(levels)).toEqual(expected.counts);
      }),
      { numRuns: 200 },
    );
  });

  it('are filled equally where quantiles make them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 4000 }), { minLength: 25, maxLength: 80 }),
        (all) => {
          const inputs = all.map((v) => ({ gap_um: 150, lanes_mg_cm2: [v / 100] }));
          const { levels } = online(inputs, [], config({ method: 'quantile' }));
          for (const count of levels[0]!.counts.values()) {
            expect(Math.abs(count - all.length / 5)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keep to the configured gap levels', () => {
    const settings = config({ gap_levels_um: [110, 150, 170, 180] });
    const inputs = [108.56, 106.25, 151.04, 143, 176, 300].map((gap_um) => ({ gap_um, lanes_mg_cm2: [20] }));
    const { levels } = online(inputs, [], settings);
    expect(levels.map(({ gap_um, scans }) => [gap_um, scans])).toEqual([
      [110, 2],
      [150, 1],
      [180, 1],
    ]);
  });

  it('leave out a lane that is no number, and never change an old state', () => {
    const bins = createBins(config());
    const first = bins.add(bins.start(), { gap_um: 150, lanes_mg_cm2: [20, 21] });
    const copy = structuredClone(first);
    expect(bins.add(first, { gap_um: 150, lanes_mg_cm2: [Number.NaN, 21] })).toBe(first);
    bins.add(first, { gap_um: 150, lanes_mg_cm2: [2, 31] });
    expect(first).toEqual(copy);
  });
});

describe.skipIf(!hasSharedData)(`the published bins${publishedData}`, () => {
  const rows = (file: string) =>
    readFileSync(sharedData(file), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
  const lab = rows('lrcs.csv')
    .filter(([am, , gap]) => am === '96.0' && ['75', '100', '200'].includes(gap!))
    .map((row) => Number(row[4]));

  it('come out of the pooled values, edges and bins alike', () => {
    const line = rows('wmg-scans.csv');
    const bins = createBins(config({ gap_levels_um: [75, 110, 143, 147, 150, 165, 170, 180, 200] }), lab);
    const state = line.reduce(
      (s, row) => bins.add(s, { gap_um: Number(row[3]), lanes_mg_cm2: [Number(row[4]), Number(row[5])] }),
      bins.start(),
    );
    const { edges_mg_cm2, levels } = bins.binned(state);
    const published = [4.79714, 9.8722, 14.84726, 19.82233, 24.79739, 29.87245];
    for (const [i, edge] of published.entries()) expect(edges_mg_cm2[i]).toBeCloseTo(edge, 5);

    const expected: Record<string, number> = {};
    for (const row of line) {
      const key = `${Math.round(Number(row[3]))}:${row[6]},${row[7]}`;
      expected[key] = (expected[key] ?? 0) + 1;
    }
    expect(flat(levels)).toEqual(expected);
  });
});

describe('edges', () => {
  it('count a value on an edge to the bin above, and everything outside to the outer bins', () => {
    const edges = equalWidthEdges(0, 10, 5, 0.1);
    expect([-5, 0, 1.99, 2, 9.99, 10, 50].map((v) => binOf(edges, v))).toEqual([0, 0, 0, 1, 4, 4, 4]);
  });
});
