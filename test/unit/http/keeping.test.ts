import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/core/observation.ts';
import { type GapPoint, GapThinning } from '../../../src/http/gap-thinning.ts';
import { encode, invalid, pack, resolution_mg_cm2 } from '../../../src/http/profile-codec.ts';
import { RecentMap, Ring } from '../../../src/http/ring.ts';

describe('Ring', () => {
  it('holds the last items in order, whatever was pushed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 12 }), (items, capacity) => {
        const ring = new Ring<number>(capacity);
        for (const item of items) ring.push(item);
        expect(ring.toArray()).toEqual(items.slice(-capacity));
        expect(ring.last).toBe(items.at(-1));
        expect(ring.length).toBe(Math.min(items.length, capacity));
      }),
    );
  });
});

describe('RecentMap', () => {
  it('forgets the key that was first set when a new one no longer fits', () => {
    const map = new RecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect(map.values()).toEqual([2, 4]);
  });
});

describe('GapThinning', () => {
  const thin = (readings: readonly GapPoint[]) => {
    const thinning = new GapThinning();
    return readings.flatMap((reading) => thinning.take(reading));
  };
  const perSecond = (gaps: readonly number[]) => gaps.map((gap_um, i) => ({ time_ms: i * 1000, gap_um }));

  it('keeps a step a step: the reading before it and the one after', () => {
    const kept = thin(perSecond([...Array(10).fill(5), ...Array(10).fill(150)]));
    expect(kept).toEqual([
      { time_ms: 0, gap_um: 5 },
      { time_ms: 9000, gap_um: 5 },
      { time_ms: 10_000, gap_um: 150 },
    ]);
  });

  it('keeps one reading in half a minute while nothing moves', () => {
    expect(thin(perSecond(Array(3600).fill(120)))).toHaveLength(120);
  });

  it('never strays from a reading by more than twice the deadband between kept points', () => {
    const walk = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(walk, (moves) => {
        let gap = 100;
        const readings = perSecond(
          moves.map((move) => {
            gap += Math.abs(move) < 2 ? 0 : move;
            return gap;
          }),
        );
        const kept = thin(readings);
        const last = kept.at(-1)?.time_ms ?? -1;
        for (const { time_ms, gap_um } of readings.filter((reading) => reading.time_ms <= last)) {
          const after = kept.findIndex((point) => point.time_ms >= time_ms);
          const b = kept[after]!;
          const a = kept[after - 1] ?? b;
          const share = b.time_ms === a.time_ms ? 0 : (time_ms - a.time_ms) / (b.time_ms - a.time_ms);
          expect(Math.abs(a.gap_um + share * (b.gap_um - a.gap_um) - gap_um)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('leaves out a reading from the past', () => {
    const readings = [
      { time_ms: 5000, gap_um: 100 },
      { time_ms: 4000, gap_um: 200 },
    ];
    expect(thin(readings)).toEqual([readings[0]]);
  });
});

describe('profile codec', () => {
  const profile = (values: readonly number[], scan = 1): Profile => ({
    kind: 'profile',
    line: 'a',
    gauge: 'g',
    scan,
    time_ms: scan * 8000,
    startedAt: 'operator',
    loading_mg_cm2: Float64Array.from(values),
  });
  const decode = (rows: ReturnType<typeof encode>) => {
    const bytes = Buffer.from(rows.data, 'base64');
    return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2));
  };

  it('gives each value back to half a step, and NaN as the mark for invalid', () => {
    const value = fc.oneof(fc.double({ min: -130, max: 130, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (values) => {
        const decoded = decode(encode([pack(profile(values))]));
        expect(decoded).toHaveLength(values.length);
        decoded.forEach((step, i) => {
          if (Number.isNaN(values[i])) expect(step).toBe(invalid);
          else
            expect(Math.abs(step * resolution_mg_cm2 - values[i]!)).toBeLessThanOrEqual(
              resolution_mg_cm2 / 2 + 1e-9,
            );
        });
      }),
    );
  });

  it('averages neighbours, without the invalid ones, where there are more than 800 locations', () => {
    const values = Array.from({ length: 1600 }, (_, i) => (i === 1 ? Number.NaN : i % 2 === 0 ? 10 : 20));
    const rows = encode([pack(profile(values))]);
    expect(rows.columns).toBe(800);
    expect(decode(rows).slice(0, 2)).toEqual([10 / resolution_mg_cm2, 15 / resolution_mg_cm2]);
  });

  it('shows rows of the width of the last one only', () => {
    const rows = encode([pack(profile([1, 2, 3], 1)), pack(profile([1, 2], 2)), pack(profile([3, 4], 3))]);
    expect(rows.scan).toEqual([2, 3]);
    expect(rows.columns).toBe(2);
  });
});
