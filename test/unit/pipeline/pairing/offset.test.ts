import { describe, expect, it } from 'vitest';
import type { CoaterPoint } from '../../../../src/pipeline/events.ts';
import { coaterJump } from '../../../../src/pipeline/pairing/clocks.ts';
import { learntOffset, type Seen } from '../../../../src/pipeline/pairing/offset.ts';

/** Coated stretches [from, to) under the gauge, coater's clock (s). */
type Film = readonly (readonly [number, number])[];

const edges = (film: Film) =>
  film.flatMap(([from, to]) => [
    { time_ms: from * 1000, begins: true },
    { time_ms: to * 1000, begins: false },
  ]);

const expected = (film: Film) => (from_ms: number, to_ms: number) => {
  if (film.some(([from, to]) => from * 1000 <= from_ms && to_ms <= to * 1000)) return true;
  return film.every(([from, to]) => to_ms <= from * 1000 || to * 1000 <= from_ms) ? false : undefined;
};

/** Scans of 8 s on a gauge whose clock is behind the coater's by `offset_s`. */
function scans(film: Film, from_s: number, to_s: number, offset_s: number): Seen[] {
  const seen: Seen[] = [];
  for (let s = from_s; s < to_s; s += 8) {
    const coated = expected(film)(s * 1000, (s + 8) * 1000);
    if (coated === undefined) continue;
    seen.push({ from_ms: (s - offset_s) * 1000, to_ms: (s + 8 - offset_s) * 1000, coated });
  }
  return seen;
}

describe('the offset between the clocks', () => {
  const uneven: Film = [
    [200, 700],
    [820, 1600],
    [1900, 2500],
  ];

  it.each([-1000, -47, 0, 333, 4000])('%d s is learnt from two edges, to half a scan', (offset_s) => {
    const clock = learntOffset(scans(uneven, 600, 1000, offset_s), edges(uneven), expected(uneven), []);
    expect(Math.abs(clock!.offset_ms / 1000 - offset_s)).toBeLessThanOrEqual(8);
    expect(Math.abs(clock!.offset_ms / 1000 - offset_s)).toBeLessThanOrEqual(clock!.slack_ms / 1000 + 0.001);
  });

  it('is not guessed where runs of equal length leave several, but a hint decides', () => {
    const even: Film = [0, 1, 2, 3].map((i) => [550 * i + 150, 550 * i + 550] as const);
    const seen = scans(even, 300, 1000, 500);
    expect(learntOffset(seen, edges(even), expected(even), [])).toBeUndefined();
    const clock = learntOffset(seen, edges(even), expected(even), [497_000]);
    expect(Math.abs(clock!.offset_ms - 500_000)).toBeLessThanOrEqual(8000);
  });

  it('is not learnt from coated scans alone', () => {
    expect(
      learntOffset(scans(uneven, 900, 1500, 60), edges(uneven), expected(uneven), [60_000]),
    ).toBeUndefined();
  });
});

describe('a jump of the coater’s clock by its encoder', () => {
  const at = (s: number, encoder_m: number, webSpeed_m_min = 3): CoaterPoint => ({
    kind: 'point',
    line: 'a',
    time_ms: s * 1000,
    gap_um: 100,
    webSpeed_m_min,
    encoder_m,
    lineState: 2,
    afterHole: false,
  });

  it('is what the time went and the web did not, or the other way round', () => {
    expect(coaterJump(at(100, 5), at(101, 5.05))).toBe(0);
    expect(coaterJump(at(100, 5), at(801, 5.05))).toBeCloseTo(700_000, 6);
    expect(coaterJump(at(100, 5), at(-800, 5.05))).toBeCloseTo(-901_000, 6);
    // A hole in which the web went on is no jump; one in which it may have stopped can't be told.
    expect(coaterJump(at(100, 5), at(160, 8))).toBe(0);
    expect(coaterJump(at(100, 5), at(160, 6.5))).toBeNaN();
    expect(coaterJump(at(100, 5, 3), at(801, 5.05, 1))).toBeNaN();
  });
});
