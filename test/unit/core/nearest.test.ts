import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/core/nearest.ts';

describe('the nearest name', () => {
  it.each([
    ['stor', 'store'],
    ['web_sped_m_min', 'web_speed_m_min'],
    ['htpt', 'http'],
    ['LINES', 'lines'],
  ])('of %s is %s', (name, meant) => {
    expect(nearest(name, ['http', 'lines', 'store', 'web_speed_m_min', 'web_length_m'])).toBe(meant);
  });

  it('is none where nothing comes near', () => {
    expect(nearest('colour', ['http', 'lines', 'store'])).toBeUndefined();
  });

  it('of a name with one letter missing is that name, unless another is as near', () => {
    const word = fc.string({ minLength: 4, maxLength: 12, unit: fc.constantFrom(...'abcdefgh') });
    fc.assert(
      fc.property(word, fc.nat(), (name, at) => {
        const i = at % name.length;
        expect(nearest(name.slice(0, i) + name.slice(i + 1), ['zzzzzzzzzzzzzzzzzz', name])).toBe(name);
      }),
      { numRuns: 200 },
    );
  });
});
