import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../../../../src/config/pipeline.ts';
import type { CoaterPoint, Mark } from '../../../../src/pipeline/events.ts';
import {
  begin_ms,
  decided_ms,
  emptyTimeline,
  forgetBefore,
  overlapping,
  withMark,
} from '../../../../src/pipeline/pairing/timeline.ts';
import {
  forget,
  lengthAt,
  newest,
  noTravel,
  oldest,
  timeAt,
  withTravel,
} from '../../../../src/pipeline/pairing/travel.ts';

const { pairing } = pipelineSchema.parse({ pairing: { encoder_wrap_m: 100, bridge_s: 60 } });

interface Reading {
  readonly s: number;
  readonly speed?: number;
  readonly encoder?: number;
}

const point = ({ s, speed = Number.NaN, encoder = Number.NaN }: Reading): CoaterPoint => ({
  kind: 'point',
  line: 'a',
  time_ms: s * 1000,
  gap_um: 100,
  webSpeed_m_min: speed,
  encoder_m: encoder,
  lineState: Number.NaN,
  afterHole: false,
});

const travelled = (...readings: Reading[]) =>
  readings.map(point).reduce((travel, p) => withTravel(travel, p, pairing), noTravel);
const length = (...readings: Reading[]) => newest(travelled(...readings))?.length_m;

describe('web travel', () => {
  it('integrates the speed, through ramps and stops', () => {
    const readings = [0, 6, 6, 0, 0].map((speed, i) => ({ s: i, speed }));
    // 6 m/min is 0.1 m/s: half of it while speeding up, all of it, half while slowing down, nothing.
    expect(length(...readings)).toBeCloseTo(0.05 + 0.1 + 0.05, 12);
  });

  it('follows the encoder before the speed, over its wrap and its restart', () => {
    expect(length({ s: 0, encoder: 99, speed: 1 }, { s: 60, encoder: 1.5, speed: 1 })).toBeCloseTo(2.5, 12);
    expect(length({ s: 0, encoder: 50, speed: 6 }, { s: 1, encoder: 2, speed: 6 })).toBeCloseTo(0.1, 12);
    expect(length({ s: 0, encoder: 10 }, { s: 1, encoder: 10.1 }, { s: 2, encoder: 10.05 })).toBeCloseTo(
      0.1,
      12,
    );
  });

  it('bridges a hole with even speeds, and loses the way over any other', () => {
    expect(length({ s: 0, speed: 6 }, { s: 40, speed: 6.1 })).toBeCloseTo(40 * 0.1 * (6.05 / 6), 9);
    expect(length({ s: 0, speed: 6 }, { s: 40, speed: 3 })).toBe(0);
    expect(length({ s: 0, speed: 6 }, { s: 90, speed: 6 })).toBe(0);
    expect(length({ s: 0, speed: 6, encoder: 1 }, { s: 90, speed: 3, encoder: 9 })).toBeCloseTo(8, 12);
  });

  it('finds the time at which a length passed, first or last where the web stood', () => {
    const travel = travelled(...[6, 6, 6, 0, 0, 0, 6, 6].map((speed, s) => ({ s, speed })));
    expect(lengthAt(travel, 1500)).toBeCloseTo(0.15, 12);
    expect(timeAt(travel, 0.15, 'first')).toBeCloseTo(1500, 6);
    const standing = lengthAt(travel, 4000);
    expect(timeAt(travel, standing, 'first')).toBe(3000);
    expect(timeAt(travel, standing, 'last')).toBe(5000);
    expect(lengthAt(travel, 8000)).toBeNaN();
    expect(timeAt(travel, 99, 'first')).toBeNaN();
    expect(timeAt(travel, -1, 'first')).toBeNaN();
  });

  it('forgets only what no later question needs', () => {
    const travel = travelled(...Array.from({ length: 500 }, (_, s) => ({ s, speed: 6 })));
    const less = forget(travel, 20, 0);
    expect(oldest(less)!.length_m).toBeLessThanOrEqual(20);
    expect(timeAt(less, 20, 'first')).toBe(timeAt(travel, 20, 'first'));
    expect(oldest(less)!.time_ms).toBeGreaterThan(190_000);
  });
});

describe('timeline', () => {
  const mark = (s: number, phase: Mark['phase'], run = 0, gap_um = Number.NaN): Mark => ({
    kind: 'mark',
    line: 'a',
    time_ms: s * 1000,
    phase,
    run,
    gap_um,
  });
  const marks = [
    mark(0, 'idle'),
    mark(1, 'idle'),
    mark(2, 'settling', 1, 100),
    mark(3, 'steady', 1, 100),
    mark(4, 'steady', 1, 100),
    mark(5, 'idle'),
  ];
  const timeline = marks.reduce(withMark, emptyTimeline);

  it('joins equal marks and ignores what is decided already', () => {
    const again = withMark(timeline, mark(3, 'unknown'));
    expect(again).toBe(timeline);
    const all = overlapping(timeline, -Infinity, Infinity).map((s) => [s.phase, s.from_ms, s.to_ms]);
    expect(all).toEqual([
      ['idle', 0, 1000],
      ['settling', 1000, 2000],
      ['steady', 2000, 4000],
      ['idle', 4000, 5000],
    ]);
    expect([begin_ms(timeline), decided_ms(timeline)]).toEqual([0, 5000]);
  });

  it('finds the segments that overlap an interval', () => {
    expect(overlapping(timeline, 2000, 4000).map(({ phase }) => phase)).toEqual(['steady']);
    expect(overlapping(timeline, 1500, 2500).map(({ phase }) => phase)).toEqual(['settling', 'steady']);
    expect(overlapping(timeline, 6000, 7000)).toEqual([]);
  });

  it('forgets', () => {
    expect(begin_ms(forgetBefore(timeline, 2500))).toBe(2000);
  });
});
