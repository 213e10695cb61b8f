import { describe, expect, it } from 'vitest';
import { consistencyError } from '../../../../src/causal/abstraction.ts';
import { learnJointly } from '../../../../src/causal/joint.ts';
import { learnRelaxed } from '../../../../src/causal/relaxed/models.ts';
import { scm } from '../../../../src/causal/scm.ts';
import { RELAXED, strained, studies } from '../studies.ts';

describe('relaxed search between any two models', () => {
  it.each(studies)('recovers a planted abstraction with error 0: $name', async ({ planted }) => {
    for (const seed of [1, 2]) {
      const { low, high, variables, pairs } = planted(seed);
      const { abstraction, error } = await learnRelaxed(low, high, variables, pairs, RELAXED);
      expect(error).toBeLessThan(1e-7);
      expect(consistencyError(low, high, abstraction, pairs)).toBeCloseTo(error, 9);
    }
  });

  it('is never below the certified optimum, and reports the error of its own maps', async () => {
    for (const seed of [1, 2]) {
      const { low, high, variables, pairs } = strained(studies[0]!.planted(seed), seed);
      const exact = learnJointly(low, high, variables, pairs);
      const { abstraction, error } = await learnRelaxed(low, high, variables, pairs, RELAXED);
      expect(exact.proved).toBe(true);
      expect(exact.error).toBeGreaterThan(0.01);
      expect(error).toBeGreaterThanOrEqual(exact.error - 1e-9);
      expect(consistencyError(low, high, abstraction, pairs)).toBeCloseTo(error, 9);
    }
  });

  it('joins several low-level variables, and leaves known maps alone', async () => {
    // The high-level cause is the parity of two low-level ones, which only their joint values show.
    const even = [0.9, 0.1];
    const odd = [0.2, 0.8];
    const low = scm([
      { name: 'x', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      { name: 'y', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      { name: 'z', size: 2, parents: ['x', 'y'], mechanism: [even, odd, odd, even] },
    ]);
    const high = scm([
      { name: 'X', size: 2, parents: [], mechanism: [[0.5, 0.5]] },
      { name: 'Z', size: 2, parents: ['X'], mechanism: [odd, even] },
    ]);
    const variables = [
      { high: 'X', low: ['x', 'y'] },
      { high: 'Z', low: ['z'] },
    ];
    const same = { ...variables[1]!, values: new Map([['0', 0] as const, ['1', 1] as const]) };
    const pairs = [{ cause: 'X', effect: 'Z' }];
    const fixed = [same];
    const { abstraction, error } = await learnRelaxed(low, high, variables, pairs, { ...RELAXED, fixed });
    expect(error).toBeLessThan(1e-7);
    expect(Object.fromEntries(abstraction[0]!.values)).toEqual({ '0,0': 1, '0,1': 0, '1,0': 0, '1,1': 1 });
    expect(abstraction[1]!.values).toEqual(same.values);
  });
});
