import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistencyError, interventionErrors } from '../../../src/causal/abstraction.ts';
import { learnJointly } from '../../../src/causal/joint.ts';
import { interventional, scm } from '../../../src/causal/scm.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { plant, randomShape } from './planted.ts';
import { schedules, strained, studies } from './studies.ts';

const chain = scm([
  { name: 'a', size: 2, parents: [], mechanism: [[0.3, 0.7]] },
  {
    name: 'b',
    size: 2,
    parents: ['a'],
    mechanism: [
      [0.9, 0.1],
      [0.2, 0.8],
    ],
  },
  {
    name: 'c',
    size: 2,
    parents: ['b'],
    mechanism: [
      [0.5, 0.5],
      [0, 1],
    ],
  },
]);

const plain = (distribution: ReadonlyMap<string, number>) =>
  Object.fromEntries([...distribution].map(([name, mass]) => [name, Number(mass.toFixed(12))]));

describe('finite causal models', () => {
  it('compose mechanisms along the graph', () => {
    // P(b=0) = 0.3·0.9 + 0.7·0.2 = 0.41; P(c=0) = 0.41·0.5.
    expect(plain(interventional(chain, {}, ['b']))).toEqual({ '0': 0.41, '1': 0.59 });
    expect(plain(interventional(chain, {}, ['c']))).toEqual({ '0': 0.205, '1': 0.795 });
  });

  it('cut a variable off from its causes when it is set', () => {
    expect(plain(interventional(chain, { b: 1 }, ['c', 'a']))).toEqual({ '1,0': 0.3, '1,1': 0.7 });
    expect(plain(interventional(chain, { a: 0 }, ['a', 'c']))).toEqual({ '0,0': 0.45, '0,1': 0.55 });
  });

  it('store only combinations that have mass', () => {
    expect([...interventional(chain, { b: 1 }, ['b', 'c']).keys()]).toEqual(['1,1']);
  });

  it('sum to one and agree with the full product of mechanisms', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 5 }), (seed, size) => {
        const random = seededRandom(seed);
        const { low } = plant(randomShape(random, size), random);
        const names = low.variables.map((v) => v.name);
        const over = [names.at(-1)!, names[0]!];
        const found = interventional(low, { [names[1]!]: 1 }, over);
        const brute = new Map<string, number>();
        const descend = (i: number, values: Record<string, number>, mass: number): void => {
          if (i === low.variables.length) {
            const key = over.map((name) => values[name]).join();
            brute.set(key, (brute.get(key) ?? 0) + mass);
            return;
          }
          const v = low.variables[i]!;
          let row = 0;
          for (const p of v.parents) row = row * low.variables.find((u) => u.name === p)!.size + values[p]!;
          for (let value = 0; value < v.size; value++) {
            const p = v.name === names[1] ? Number(value === 1) : v.mechanism[row]![value]!;
            if (p > 0) descend(i + 1, { ...values, [v.name]: value }, mass * p);
          }
        };
        descend(0, {}, 1);
        expect([...found.keys()].sort()).toEqual([...brute.keys()].sort());
        for (const [key, mass] of brute) expect(found.get(key)).toBeCloseTo(mass, 12);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [[{ name: 'a', size: 2, parents: ['b'], mechanism: [[1, 0]] }], /variable a: parent b is not there/],
    [
      [{ name: 'a', size: 2, parents: [], mechanism: [[0.6, 0.6]] }],
      /variable a, distribution 0: 2 probabilities sum to 1.2/,
    ],
    [[{ name: 'a', size: 2, parents: [], mechanism: [] }], /has 0 distributions \(allowed: 1,/],
    [
      [
        { name: 'a', size: 1, parents: ['b'], mechanism: [[1]] },
        { name: 'b', size: 1, parents: ['a'], mechanism: [[1]] },
      ],
      /causes itself \(allowed: no cycle\)/,
    ],
  ])('refuse what is no model (%#)', (variables, message) => {
    expect(() => scm(variables)).toThrow(message);
  });
});

describe('abstractions between models', () => {
  it.each(studies)('recovers a planted abstraction with error 0: $name', ({ planted }) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { low, high, variables, truth, pairs } = planted(seed);
      expect(consistencyError(low, high, truth, pairs)).toBeLessThan(1e-7);
      const found = learnJointly(low, high, variables, pairs);
      expect(found.error).toBeLessThan(1e-7);
      expect(found.proved).toBe(true);
      expect(consistencyError(low, high, found.abstraction, pairs)).toBeLessThan(1e-7);
    }
  });

  it('takes several low-level variables for one high-level one', () => {
    // The high-level cause is the parity of two low-level ones, which only their joint values show.
    const low = scm([
      { name: 'x', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      { name: 'y', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      {
        name: 'z',
        size: 2,
        parents: ['x', 'y'],
        mechanism: [
          [0.9, 0.1],
          [0.2, 0.8],
          [0.2, 0.8],
          [0.9, 0.1],
        ],
      },
    ]);
    const high = scm([
      { name: 'X', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      {
        name: 'Z',
        size: 2,
        parents: ['X'],
        mechanism: [
          [0.9, 0.1],
          [0.2, 0.8],
        ],
      },
    ]);
    const maps = [
      { high: 'X', low: ['x', 'y'] },
      { high: 'Z', low: ['z'] },
    ];
    const { abstraction, error } = learnJointly(low, high, maps, [{ cause: 'X', effect: 'Z' }]);
    expect(error).toBeLessThan(1e-7);
    const parity = abstraction[0]!.values;
    expect(parity.get('0,0')).toBe(parity.get('1,1'));
    expect(parity.get('0,1')).toBe(parity.get('1,0'));
    expect(parity.get('0,0')).not.toBe(parity.get('0,1'));
  });

  it.each(studies)(
    'is never worse learned jointly than in sequence or pair by pair: $name',
    ({ planted }) => {
      for (let seed = 0; seed < 12; seed++) {
        const { joint, proved, sequential, independent } = schedules(strained(planted(seed), seed));
        expect(proved).toBe(true);
        expect(joint).toBeLessThanOrEqual(sequential + 1e-9);
        expect(joint).toBeLessThanOrEqual(independent + 1e-9);
      }
    },
  );

  it.each(studies.filter(({ name }) => name !== 'collapsed chain'))(
    'is sometimes better learned jointly, where variables are in several pairs: $name',
    ({ planted }) => {
      const runs = Array.from({ length: 12 }, (_, seed) => schedules(strained(planted(seed), seed)));
      expect(runs.some(({ joint, sequential }) => joint < sequential - 1e-6)).toBe(true);
      expect(runs.some(({ joint, independent }) => joint < independent - 1e-6)).toBe(true);
    },
  );

  it('reports the error that its own maps have', () => {
    for (const { planted } of studies) {
      const { low, high, variables, pairs } = strained(planted(3), 3);
      const joint = learnJointly(low, high, variables, pairs);
      expect(consistencyError(low, high, joint.abstraction, pairs)).toBeCloseTo(joint.error, 9);
    }
  });

  it('names the outcome that a map misses', () => {
    const map = { high: 'C', low: ['c'], values: new Map([['0', 0]]) };
    const cause = {
      high: 'A',
      low: ['a'],
      values: new Map([
        ['0', 0],
        ['1', 1],
      ]),
    };
    const high = scm([
      { name: 'A', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      {
        name: 'C',
        size: 2,
        parents: ['A'],
        mechanism: [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      },
    ]);
    expect(() => interventionErrors(chain, high, [map, cause], [{ cause: 'A', effect: 'C' }])).toThrow(
      /map onto C has no value for \(1\)/,
    );
  });
});
