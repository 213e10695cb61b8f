import { describe, expect, it } from 'vitest';
import { generate } from '../../../../simulators/generate.ts';
import { scenarioOf } from '../../../../simulators/scenario/load.ts';
import { pipelineSchema } from '../../../../src/config/pipeline.ts';
import { aboveBare, withZero, zeroIn } from '../../../../src/pipeline/lanes/zero.ts';
import { LINE } from '../support/day.ts';
import { drops, observations, play } from '../support/run.ts';

const { lanes } = pipelineSchema.parse({});

/** 800 locations: foil that reads `bare`, and a coating of 20 mg/cm² on it between the two locations. */
const profile = (bare: number, from = 100, to = 700): Float64Array =>
  Float64Array.from({ length: 800 }, (_, j) => (j >= from && j < to ? bare + 20 : bare));

describe('the zero of a gauge', () => {
  it('is what foil reads on both sides of a coating', () => {
    expect(zeroIn(profile(2.5))).toBe(2.5);
    expect(zeroIn(profile(-2.5))).toBe(-2.5);
  });

  it.each([
    ['foil alone', profile(2.5, 0, 0)],
    ['a coating to both edges', profile(2.5, 0, 800)],
    ['a coating to one edge', profile(2.5, 0, 700)],
    ['edges that are coated thinly', profile(8)],
    ['a scan of few locations', profile(2.5).subarray(80, 160)],
    ['a scan whose edges are not valid', profile(2.5).map((value) => (value === 2.5 ? Number.NaN : value))],
  ])('is not told by %s', (_, scan) => {
    expect(zeroIn(scan)).toBeUndefined();
  });

  it('leaves the threshold alone while it is about right, to the very object', () => {
    expect(aboveBare(lanes, [], undefined)).toBe(lanes);
    expect(aboveBare(lanes, [0.9, -0.9, 1], 1)).toBe(lanes);
  });

  it('moves the threshold with it, and a single misread scan does not', () => {
    expect(aboveBare(lanes, [], 2.5).coated_above_mg_cm2).toBe(4.5);
    const zeros = [2.5, 2.5, 0, 2.5].reduce(withZero, [] as readonly number[]);
    expect(aboveBare(lanes, zeros, undefined).coated_above_mg_cm2).toBe(4.5);
    expect([1, 2, 3, 4, 5, 6, 7].reduce(withZero, [] as readonly number[])).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('a simulated line whose gauge begins to read too much', () => {
  const plan = {
    name: 'zero',
    parameters: { web_length_m: 4 },
    gauge: { standardise: { every_s: 1800, pause_s: 40 } },
    defaults: { duration_s: 300, downtime_s: 90, web_speed_m_min: 4 },
    runs: [{ gap_um: 150 }, { gap_um: 110 }, { gap_um: 130 }, { gap_um: 150 }],
  };
  const told = (faults: readonly object[]) => {
    const messages = [...generate(scenarioOf({ ...plan, faults }), 2, LINE)];
    return play(pipelineSchema.parse({ pairing: { web_length_m: 4 } }), messages).outputs;
  };
  const calm = told([]);

  it.each([2.5, -2.5])('by %d mg/cm²: bare web stays bare, and every scan keeps its run', (by_mg_cm2) => {
    // In the course of the second run: the coating that the gauge sees shows what foil now reads.
    const shifted = told([{ fault: 'level-shift', at_s: 550, for_s: 90_000, by_mg_cm2 }]);
    const pairs = (outputs: typeof calm) =>
      observations(outputs).map(({ scan, run, gap_um }) => ({ scan, run, gap_um }));
    const reasons = (outputs: typeof calm) => drops(outputs).map(({ scan, reason }) => ({ scan, reason }));
    expect(reasons(calm).filter(({ reason }) => reason === 'not-coated').length).toBeGreaterThan(30);
    expect(reasons(shifted)).toEqual(reasons(calm));
    expect(pairs(shifted)).toEqual(pairs(calm));
    const level = (outputs: typeof calm) => observations(outputs).at(-1)!.mean_mg_cm2;
    expect(level(shifted) - level(calm)).toBeCloseTo(by_mg_cm2, 1);
  });
});
