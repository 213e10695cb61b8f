import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  distanceAt,
  greatestDistance,
  leastDistance,
  leastDistanceCapped,
} from '../../../src/causal/exact/bounds.ts';
import {
  bestGapMap,
  countGapMaps,
  leastOverGapMaps,
  visitGapMaps,
} from '../../../src/causal/exact/gapmaps.ts';
import { solveExact } from '../../../src/causal/exact/index.ts';
import { learnJointly } from '../../../src/causal/joint.ts';
import { scm } from '../../../src/causal/scm.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { simplex } from './planted.ts';

describe('bounds on the distance', () => {
  it('hold for any split of the missing mass, and the lower one is reached', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 6 }), (seed, bins) => {
        const random = seededRandom(seed);
        const p = Float64Array.from(simplex(random, bins), (x) => (random.uniform() < 0.2 ? 0 : x));
        const sum = p.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0);
        for (let b = 0; b < bins; b++) p[b]! /= sum;
        const missing = random.uniform();
        const held = Float64Array.from(simplex(random, bins), (x) => x * (1 - missing));
        const low = leastDistance(p, 0, held, 0, bins);
        const high = greatestDistance(p, 0, held, 0, bins, missing);
        let least = Number.POSITIVE_INFINITY;
        for (let draw = 0; draw < 50; draw++) {
          // Random splits, then ever finer ones around the water level's own.
          const split = simplex(random, bins).map((x) => x ** (1 + (draw % 5)));
          const total = split.reduce((a, b) => a + b, 0);
          const q = held.map((mass, b) => mass + (missing * split[b]!) / total);
          const distance = distanceAt(p, 0, q, 0, bins);
          least = Math.min(least, distance);
          expect(distance).toBeGreaterThanOrEqual(low - 1e-12);
          expect(distance).toBeLessThanOrEqual(high + 1e-12);
        }
        const level = waterLevel(p, held);
        const poured = held.map((mass, b) => Math.max(mass, level * p[b]!));
        expect(poured.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        expect(distanceAt(p, 0, poured, 0, bins)).toBeCloseTo(low, 7);
      }),
      { numRuns: 150 },
    );
  });

  it('hold under caps too, and the lower one is reached at the level that bisection finds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 40 }), (seed, bins) => {
        const random = seededRandom(seed);
        const p = Float64Array.from(simplex(random, bins));
        const missing = random.uniform();
        const held = Float64Array.from(simplex(random, bins), (x) => x * (1 - missing));
        const cap = held.map(
          (mass) => mass + (random.uniform() < 0.3 ? 0 : (missing * 3 * random.uniform()) / Math.sqrt(bins)),
        );
        const room = cap.reduce((a, b) => a + b, 0);
        const low = leastDistanceCapped(p, 0, held, 0, cap, bins);
        if (room < 1 - 1e-6) {
          expect(low).toBe(Number.POSITIVE_INFINITY);
          return;
        }
        fc.pre(room > 1 + 1e-6);
        expect(low).toBeGreaterThanOrEqual(leastDistance(p, 0, held, 0, bins) - 1e-9);
        const poured = (level: number) =>
          held.map((mass, b) => Math.min(cap[b]!, Math.max(mass, level * p[b]!)));
        let [from, to] = [0, 1e6];
        for (let i = 0; i < 200; i++) {
          const middle = (from + to) / 2;
          if (poured(middle).reduce((a, b) => a + b, 0) > 1) to = middle;
          else from = middle;
        }
        expect(distanceAt(p, 0, poured(from), 0, bins)).toBeCloseTo(low, 6);
      }),
      { numRuns: 200 },
    );
  });
});

/** By bisection, where the solver walks through the bins. */
function waterLevel(p: Float64Array, held: Float64Array): number {
  let [from, to] = [0, 1];
  for (let i = 0; i < 100; i++) {
    const middle = (from + to) / 2;
    const total = held.reduce((sum, mass, b) => sum + Math.max(mass, middle * p[b]!), 0);
    if (total > 1) to = middle;
    else from = middle;
  }
  return from;
}

describe('gap maps by dynamic programming', () => {
  it('agree with enumeration: least objective, best map, number and list', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom<'max' | 'sum'>('max', 'sum'),
        (seed, lineGaps, labGaps, surjective, ordered, objective) => {
          fc.pre(!surjective || lineGaps >= labGaps);
          const random = seededRandom(seed);
          const errors = Float64Array.from({ length: lineGaps * labGaps }, () => random.integer(4) / 4);
          const rules = { lineGaps, labGaps, surjective, ordered };
          const maps = Array.from({ length: labGaps ** lineGaps }, (_, code) =>
            Array.from(
              { length: lineGaps },
              (_, g) => Math.floor(code / labGaps ** (lineGaps - 1 - g)) % labGaps,
            ),
          ).filter(
            (map) =>
              (!surjective || new Set(map).size === labGaps) &&
              (!ordered || map.every((lab, g) => g === 0 || lab >= map[g - 1]!)),
          );
          const objectiveOf = (map: number[]) => {
            const values = map.map((lab, g) => errors[g * labGaps + lab]!);
            return objective === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b, 0);
          };
          const least = Math.min(...maps.map(objectiveOf));
          expect(leastOverGapMaps(rules, objective, errors)).toBeCloseTo(least, 12);
          const best = bestGapMap(rules, objective, errors, new Float64Array(errors.length))!;
          expect(objectiveOf([...best.alphaGap])).toBeCloseTo(least, 12);
          expect(countGapMaps(rules, new Float64Array(errors.length).fill(1))).toBe(maps.length);
          const visited: string[] = [];
          visitGapMaps(rules, objective, errors, least + 0.3, (map) => visited.push(map.join()) > 0);
          expect(visited).toEqual(
            maps.filter((map) => objectiveOf(map) <= least + 0.3).map((map) => map.join()),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('exact and joint solver', () => {
  it('agree where both apply: one mechanism below, one above', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(seed);
      const mu = [0, 1].map(() => simplex(random, 3));
      const nu = [0, 1, 2].map(() => simplex(random, 4));
      const exact = solveExact(
        {
          labGaps_um: [100, 200],
          lineGaps_um: [90, 150, 210],
          labBins: 3,
          outcomes: [[0], [1], [2], [3]],
          mu: mu.map((row) => Float64Array.from(row)),
          nu: nu.map((row) => Float64Array.from(row)),
        },
        { surjectiveLoading: true },
      );
      const even = (size: number) => [new Array<number>(size).fill(1 / size)];
      const joint = learnJointly(
        scm([
          { name: 'g', size: 3, parents: [], mechanism: even(3) },
          { name: 'l', size: 4, parents: ['g'], mechanism: nu },
        ]),
        scm([
          { name: 'G', size: 2, parents: [], mechanism: even(2) },
          { name: 'L', size: 3, parents: ['G'], mechanism: mu },
        ]),
        [
          { high: 'G', low: ['g'] },
          { high: 'L', low: ['l'] },
        ],
        [{ cause: 'G', effect: 'L' }],
      );
      expect(joint.error).toBeCloseTo(exact.error, 10);
    }
  });
});
