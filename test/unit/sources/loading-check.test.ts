import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.ts';
import { checkLoading, coatedLevel } from '../../../src/sources/loading-check.ts';

const lab = { low_mg_cm2: 7.5, high_mg_cm2: 55 };

/** A web of 800 locations: bare edges, coating that scatters, a wild value and one that is invalid. */
function profile(level_mg_cm2: number): Float64Array {
  const random = seededRandom(5);
  const values = Float64Array.from({ length: 800 }, (_, i) =>
    i < 90 || i > 700 ? 0.01 : level_mg_cm2 * (1 + 0.01 * random.normal()),
  );
  values[400] = 9 * level_mg_cm2;
  values[401] = Number.NaN;
  return values;
}

test('the coated level is that of the coating, not of edges or wild values', () => {
  expect(coatedLevel(profile(22))).toBeCloseTo(22, 0);
  expect(coatedLevel(Float64Array.of(21))).toBe(21);
  expect(coatedLevel([])).toBeNaN();
});

test.each([
  [22, 'ok', undefined],
  [220, 'warning', 'ten times too high'],
  [2.2, 'warning', 'ten times too low'],
])('%f mg/cm² in the configured unit: %s', (level, expected, words) => {
  const finding = checkLoading(coatedLevel(profile(level)), lab);
  expect(finding?.level).toBe(expected);
  if (words !== undefined) expect(finding?.detail).toContain(words);
});

test('bare foil says nothing of the unit', () => {
  expect(checkLoading(coatedLevel(new Float64Array(800).fill(0.01)), lab)).toBeUndefined();
  expect(checkLoading(Number.NaN, lab)).toBeUndefined();
});
