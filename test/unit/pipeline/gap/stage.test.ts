import { describe, expect, it } from 'vitest';
import { type GapConfig, pipelineSchema } from '../../../../src/config/pipeline.ts';
import type { Instant } from '../../../../src/pipeline/events.ts';
import { gapStage } from '../../../../src/pipeline/gap/stage.ts';
import { feed, ofKind } from '../support/stage.ts';

const config = (gap: object = {}): GapConfig => pipelineSchema.parse({ gap }).gap;
const instant = (second: number, values: Record<string, number>, bad: string[] = []): Instant => ({
  kind: 'instant',
  line: 'a',
  time_ms: second * 1000,
  values,
  bad,
});
const bars = { bar_operator_mm: 0.1, bar_gear_mm: 0.104, roll_ratio_percent: 125 };
const gaps = (settings: object, ...instants: Instant[]) =>
  ofKind(feed(gapStage(config(settings), 'a'), instants), 'point').map(({ gap_um }) => gap_um);

describe('reconstruction of the comma gap', () => {
  it('is bar position times gear ratio on both sides', () => {
    // Bar positions and ratios as the published day had them: 0.1100 mm at 130 % is the 143 µm of its first run.
    const [reading] = ofKind(
      feed(gapStage(config(), 'a'), [
        instant(1, { bar_operator_mm: 0.11, bar_gear_mm: 0.112, roll_ratio_percent: 130 }),
      ]),
      'gap',
    );
    expect(reading?.operator_um).toBeCloseTo(143, 9);
    expect(reading?.gear_um).toBeCloseTo(145.6, 9);
    expect(reading?.gap_um).toBeCloseTo(144.3, 9);
  });

  it.each([
    ['mean', 127.5],
    ['operator', 125],
    ['gear', 130],
  ])('takes the side it is told: %s', (side, expected) => {
    expect(gaps({ side }, instant(1, bars))[0]).toBeCloseTo(expected, 9);
  });

  it('takes the side that exists, the ratio where none is reported, and the offset', () => {
    expect(gaps({ offset_um: -3 }, instant(1, { bar_gear_mm: 0.1 }))[0]).toBeCloseTo(97, 9);
  });

  it('prefers the gap itself where the line reports it', () => {
    expect(gaps({}, instant(1, { ...bars, comma_gap_um: 99 }))).toEqual([99]);
  });

  it('holds last values, and doubts those that must come often', () => {
    const later = [instant(2, { x: 1 }), instant(9, { x: 1 }), instant(10, { bar_operator_mm: 0.1 })];
    expect(gaps({}, instant(1, bars), ...later).every(Number.isFinite)).toBe(true);
    const stale = { side: 'operator', stale_s: { bar_operator_mm: 5 } };
    expect(gaps(stale, instant(1, bars), ...later).map(Number.isFinite)).toEqual([true, true, false, true]);
  });

  it('reports a stale parameter as an outage, once when it begins and once when it is over', () => {
    const settings = config({ stale_s: { bar_operator_mm: 5 } });
    const events = [1, 8, 9, 10].map((s) => instant(s, { x: 1 }));
    const out = feed(gapStage(settings, 'a'), [instant(0, bars), ...events, instant(11, bars)]);
    expect(ofKind(out, 'outage')).toMatchObject([
      { reason: 'stale', time_ms: 0 },
      { reason: 'stale', time_ms: 0, until_ms: 11_000 },
    ]);
  });

  it('has no gap from a parameter of bad quality until it is good again', () => {
    const bad = instant(2, {}, ['roll_ratio_percent']);
    const readings = gaps({}, instant(1, bars), bad, instant(3, { x: 1 }), instant(4, bars));
    expect(readings.map(Number.isFinite)).toEqual([true, false, false, true]);
  });

  it('marks the point after a silence', () => {
    const out = feed(gapStage(config(), 'a'), [instant(1, bars), instant(2, bars), instant(30, bars)]);
    expect(ofKind(out, 'point').map(({ afterHole }) => afterHole)).toEqual([false, false, true]);
    expect(ofKind(out, 'outage')).toMatchObject([{ reason: 'stale', time_ms: 2000, until_ms: 30_000 }]);
  });
});
