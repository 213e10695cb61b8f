import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.ts';
import { retryDelays } from '../../../src/core/retry.ts';

const first = (count: number, delays: Generator<number, never>): number[] =>
  Array.from({ length: count }, () => delays.next().value);

test('delays grow to the ceiling and stay there', () => {
  const settings = { initial_ms: 100, max_ms: 1000, factor: 3, jitter: 0 };
  expect(first(5, retryDelays(settings, seededRandom(1)))).toEqual([100, 300, 900, 1000, 1000]);
});

test('jitter only shortens, by its share at most, and the same seed gives the same delays', () => {
  const settings = fc.record({
    initial_ms: fc.double({ min: 1, max: 1e4, noNaN: true }),
    max_ms: fc.double({ min: 1, max: 1e5, noNaN: true }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(settings, fc.integer(), (some, seed) => {
      const jittered = first(20, retryDelays(some, seededRandom(seed)));
      const plain = first(20, retryDelays({ ...some, jitter: 0 }, seededRandom(seed)));
      jittered.forEach((delay, i) => {
        const most = plain[i] as number;
        expect(delay).toBeLessThanOrEqual(most);
        expect(delay).toBeGreaterThanOrEqual(most * (1 - some.jitter) * (1 - 1e-12));
      });
      expect(first(20, retryDelays(some, seededRandom(seed)))).toEqual(jittered);
    }),
    { numRuns: 100 },
  );
});
