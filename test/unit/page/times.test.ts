import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineMemory } from '../../../src/http/line-memory.ts';
import { eventParser } from '../../../src/page/live/events.ts';
import { chosenBase, inCoatedTime } from '../../../src/page/model/coated-time.ts';
import { type LineModel, loadingIsPast, modelOf } from '../../../src/page/model/line-model.ts';
import {
  latest,
  longest_ms,
  panned,
  shortest_ms,
  type TimeWindow,
  zoomed,
} from '../../../src/page/model/time-window.ts';
import { fakeLine } from '../../support/fake-line.ts';

function coated(steps: number): LineModel {
  const line = fakeLine(7);
  const limits = { scans: 900, gapPoints: 5_000, runs: 400 };
  const memory = new LineMemory('coater-1', limits, () => line.directory.describe('coater-1')!);
  for (let i = 0; i < steps; i++) for (const report of line.step()) memory.accept(report);
  memory.takeBatch();
  return modelOf(memory.state());
}

describe('a window of time', () => {
  const now = 1e12;
  const window = fc
    .record({ age: fc.nat(longest_ms), span: fc.integer({ min: shortest_ms, max: longest_ms }) })
    .map(({ age, span }): TimeWindow => latest(now - age, span));

  it('keeps its length when it moves, and never moves beyond now', () => {
    fc.assert(
      fc.property(window, fc.double({ min: -5, max: 5, noNaN: true }), (before, share) => {
        const after = panned(before, share, now);
        expect(after.until_ms - after.from_ms).toBeCloseTo(before.until_ms - before.from_ms, 3);
        expect(after.until_ms).toBeLessThanOrEqual(now);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps what is under the finger when it zooms, within its limits', () => {
    const factor = fc.double({ min: 0.05, max: 20, noNaN: true });
    fc.assert(
      fc.property(window, factor, fc.double({ min: 0, max: 1, noNaN: true }), (before, by, at) => {
        const after = zoomed(before, by, at, now);
        const span = after.until_ms - after.from_ms;
        expect(span).toBeGreaterThanOrEqual(shortest_ms - 1);
        expect(span).toBeLessThanOrEqual(longest_ms + 1);
        expect(after.until_ms).toBeLessThanOrEqual(now);
        const fixed = before.from_ms + at * (before.until_ms - before.from_ms);
        if (after.until_ms < now) expect(after.from_ms + at * span).toBeCloseTo(fixed, 0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('times as coated', () => {
  it('put each scan where the coater made it, in order', () => {
    const model = coated(200);
    const moved = inCoatedTime(model);
    expect(moved.scans.map(({ time_ms }) => time_ms)).toEqual(model.scans.map(({ head_ms }) => head_ms));
    const times = moved.profiles.map(({ time_ms }) => time_ms);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // The profile of a scan moves with it.
    const last = moved.scans.at(-1)!;
    expect(moved.profiles.find(({ scan }) => scan === last.scan)!.time_ms).toBe(last.time_ms);
    expect(moved.time_ms).toBe(model.gapNow!.time_ms);
  });

  it('are chosen for clocks that were never set to each other', () => {
    const model = coated(200);
    expect(chosenBase(model, 'auto')).toBe('measured');
    const hour = 3_600_000;
    const apart = { ...model, scans: model.scans.map((scan) => ({ ...scan, head_ms: scan.head_ms - hour })) };
    expect(chosenBase(apart, 'auto')).toBe('coated');
    expect(chosenBase(apart, 'measured')).toBe('measured');
    expect(chosenBase({ ...model, scans: [] }, 'auto')).toBe('measured');
  });
});

describe('the loading last seen', () => {
  it('is past once bare foil has gone by for a minute', () => {
    const model = coated(200);
    expect(loadingIsPast(model)).toBe(false);
    const last = model.profiles.at(-1)!;
    const bare = { ...last, time_ms: last.time_ms + 90_000 };
    expect(loadingIsPast({ ...model, profiles: [...model.profiles, bare] })).toBe(true);
    expect(loadingIsPast({ ...model, scans: [] })).toBe(false);
  });

  it('is past when the run has ended and the gauge says no more', () => {
    const model = coated(200);
    const ended = model.runs.map((row) => ({ ...row, end_ms: model.time_ms }));
    const later = { ...model, runs: ended, time_ms: model.time_ms! + 90_000 };
    expect(loadingIsPast(later)).toBe(true);
    expect(loadingIsPast({ ...later, runs: model.runs })).toBe(false);
  });
});

describe('server-sent events', () => {
  it('come whole, however the stream is cut into pieces', () => {
    const stream =
      'retry: 1000\nevent: ready\ndata: {}\n\nevent: batch\ndata: {"a":1}\n\n: hm\n\ndata: x\ndata: y\n\n';
    const wanted = [
      ['ready', '{}'],
      ['batch', '{"a":1}'],
      ['message', 'x\ny'],
    ];
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 })), (cuts) => {
        const told: string[][] = [];
        const take = eventParser((name, data) => told.push([name, data]));
        const ends = [0, ...cuts.sort((a, b) => a - b), stream.length];
        for (let i = 1; i < ends.length; i++) take(stream.slice(ends[i - 1], ends[i]));
        expect(told).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });
});
