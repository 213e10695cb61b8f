import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LanesConfig, pipelineSchema } from '../../../../src/config/pipeline.ts';
import type { Scan } from '../../../../src/core/messages.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { laneMeans } from '../../../../src/pipeline/lanes/lane-means.ts';
import { locationEstimate } from '../../../../src/pipeline/lanes/robust.ts';
import { lanesStage } from '../../../../src/pipeline/lanes/stage.ts';
import { feed, ofKind } from '../support/stage.ts';

const config = (lanes: object = {}): LanesConfig => pipelineSchema.parse({ lanes }).lanes;
const BARE = 0.01;

/** 800 locations coated from 100 to 699 at the level that `at` gives. */
function profile(at: (location: number) => number, from = 100, to = 700): Float64Array {
  const random = seededRandom(4);
  return Float64Array.from({ length: 800 }, (_, j) =>
    j >= from && j < to ? at(j) + 0.05 * random.normal() : BARE,
  );
}

describe('lane means', () => {
  it('averages equal lanes over the coated web, operator side first', () => {
    const { lanes_mg_cm2, mean_mg_cm2, fault } = laneMeans(
      profile((j) => (j < 400 ? 20 : 22)),
      config(),
      600,
    );
    expect(fault).toBeUndefined();
    expect(lanes_mg_cm2[0]).toBeCloseTo(20, 1);
    expect(lanes_mg_cm2[1]).toBeCloseTo(22, 1);
    expect(mean_mg_cm2).toBeCloseTo(21, 1);
  });

  it('takes the windows of the published study', () => {
    const windows = [
      [353, 402],
      [403, 452],
    ];
    const ramp = Float64Array.from({ length: 800 }, (_, j) => 10 + (j + 1) / 100);
    const { lanes_mg_cm2 } = laneMeans(ramp, config({ windows, estimator: 'mean' }), Number.NaN);
    expect(lanes_mg_cm2[0]).toBeCloseTo(10 + (353 + 402) / 200, 9);
    expect(lanes_mg_cm2[1]).toBeCloseTo(10 + (403 + 452) / 200, 9);
  });

  it('is not moved by pinholes, streaks and invalid locations', () => {
    const clean = profile(() => 20);
    const spoilt = clean.slice();
    for (let j = 200; j < 230; j++) spoilt[j] = 60;
    for (let j = 500; j < 520; j++) spoilt[j] = Number.NaN;
    spoilt[300] = BARE;
    const [a, b] = [laneMeans(clean, config(), 600), laneMeans(spoilt, config(), 600)];
    expect(b.fault).toBeUndefined();
    expect(Math.abs(b.mean_mg_cm2 - a.mean_mg_cm2)).toBeLessThan(0.02);
    const plain = laneMeans(spoilt, config({ estimator: 'mean' }), 600);
    expect(plain.mean_mg_cm2 - a.mean_mg_cm2).toBeGreaterThan(1);
  });

  it.each([
    ['bare foil', profile(() => 20, 0, 0), 'not-coated'],
    ['dust on bare foil', profile((j) => (j % 100 === 0 ? 20 : BARE)), 'not-coated'],
    ['a narrower coating', profile(() => 20, 100, 500), 'patch-edge'],
    ['a coating that begins late', profile((j) => (j > 200 && j < 300 ? BARE : 20)), 'patch-edge'],
    ['a gauge that saw nothing', new Float64Array(800).fill(Number.NaN), 'too-few-valid-locations'],
    ['half a gauge', profile((j) => (j < 330 ? Number.NaN : 20)), 'patch-edge'],
    ['a blind middle', profile((j) => (j > 200 && j < 390 ? Number.NaN : 20)), 'too-few-valid-locations'],
    ['a reference plate', new Float64Array(800).fill(20), 'standardising'],
  ])('drops %s', (_, values, reason) => {
    expect(laneMeans(values, config(), 600).fault?.reason).toBe(reason);
  });

  it('takes ready-made lane means as they are', () => {
    const { lanes_mg_cm2, crossWeb2Sigma_mg_cm2, fault } = laneMeans(Float64Array.of(20, 21), config(), 600);
    expect([lanes_mg_cm2, fault]).toEqual([[20, 21], undefined]);
    expect(crossWeb2Sigma_mg_cm2).toBeNaN();
    expect(laneMeans(Float64Array.of(20), config(), 600).lanes_mg_cm2).toEqual([20, 20]);
    expect(laneMeans(Float64Array.of(0.1, 0.1), config(), 600).fault?.reason).toBe('not-coated');
    expect(laneMeans(Float64Array.of(20, Number.NaN), config(), 600).fault?.reason).toBe(
      'too-few-valid-locations',
    );
  });
});

describe("Huber's mean", () => {
  const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 });

  it('moves and scales with its values and does not care for their order', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 2, noNaN: true }), (all, factor) => {
        const estimate = locationEstimate(all, 'huber');
        expect(
          locationEstimate(
            all.map((v) => 3 + factor * v),
            'huber',
          ),
        ).toBeCloseTo(3 + factor * estimate, 5);
        expect(locationEstimate(all.toReversed(), 'huber')).toBeCloseTo(estimate, 6);
        expect(estimate).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
        expect(estimate).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it('is within 0.2 standard errors of the mean for normal scatter, and ignores how wild an outlier is', () => {
    const random = seededRandom(9);
    const normal = Array.from({ length: 1000 }, () => random.normal());
    const mean = normal.reduce((a, b) => a + b, 0) / 1000;
    expect(Math.abs(locationEstimate(normal, 'huber') - mean)).toBeLessThan(0.5 / Math.sqrt(1000));
    expect(locationEstimate([...normal, 50], 'huber')).toBeCloseTo(
      locationEstimate([...normal, 5e6], 'huber'),
      9,
    );
  });
});

describe('the lanes stage', () => {
  const scan = (number: number, values: Float64Array): Scan => ({
    kind: 'scan',
    line: 'a',
    gauge: 'g',
    scan: number,
    time_ms: number * 8000,
    duration_ms: 8000,
    startedAt: number % 2 === 0 ? 'operator' : 'gear',
    loading_mg_cm2: number % 2 === 0 ? values : values.toReversed(),
  });
  const ordered = (values: readonly Float64Array[]) =>
    values.map((v, i) => ({ kind: 'ordered-scan' as const, scan: scan(i, v) }));

  it('turns every second traverse round', () => {
    const tilted = profile((j) => 18 + j / 200);
    const out = feed(lanesStage(config(), 'a'), ordered([tilted, tilted]));
    const [first, second] = ofKind(out, 'profile');
    expect(second?.loading_mg_cm2).toEqual(first?.loading_mg_cm2);
    const [a, b] = ofKind(out, 'lane-scan');
    expect(b?.lanes_mg_cm2).toEqual(a?.lanes_mg_cm2);
  });

  it('knows a patch edge by the usual width, and gets used to a narrower web', () => {
    const wide = profile(() => 20);
    const narrow = profile(() => 20, 150, 650);
    const faults = (values: readonly Float64Array[]) =>
      ofKind(feed(lanesStage(config({ width_scans: 5 }), 'a'), ordered(values)), 'lane-scan').map(
        ({ fault }) => fault?.reason,
      );
    expect(faults([wide, wide, wide, narrow, wide])).toEqual([
      undefined,
      undefined,
      undefined,
      'patch-edge',
      undefined,
    ]);
    expect(faults([wide, wide, wide, ...new Array<Float64Array>(8).fill(narrow)]).at(-1)).toBeUndefined();
  });
});
