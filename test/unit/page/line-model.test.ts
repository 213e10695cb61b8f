import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineBatch } from '../../../src/core/api.ts';
import { LineMemory } from '../../../src/http/line-memory.ts';
import {
  currentRun,
  type LineModel,
  measuredRun,
  modelOf,
  withBatch,
} from '../../../src/page/model/line-model.ts';
import { loadingAt } from '../../../src/page/model/profiles.ts';
import { fakeLine } from '../../support/fake-line.ts';

const limits = { scans: 900, gapPoints: 5000, runs: 400 };
const overTheWire = <T>(document: T): T => JSON.parse(JSON.stringify(document)) as T;

function lineWithMemory(seed: number) {
  const line = fakeLine(seed);
  const memory = new LineMemory('coater-1', limits, () => line.directory.describe('coater-1')!);
  const scans = (count: number) => {
    for (let i = 0; i < count; i++) for (const report of line.step()) memory.accept(report);
  };
  const state = () => {
    const batch = memory.takeBatch();
    return { batch: batch && overTheWire(batch), state: overTheWire(memory.state()) };
  };
  return { scans, state };
}

/** Half a million numbers compare faster as text. */
const compact = (model: LineModel) => ({
  ...model,
  profiles: model.profiles.map((row) => ({
    ...row,
    steps: Buffer.from(row.steps.buffer).toString('base64'),
  })),
});

describe('a page that follows the events', () => {
  it('knows the same as one that loads the state later, however the scans fall into batches', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), sizes, (seed, counts) => {
        const { scans, state } = lineWithMemory(seed);
        scans(30);
        let followed = modelOf(state().state);
        for (const count of counts) {
          scans(count);
          followed = withBatch(followed, state().batch!);
        }
        expect(compact(followed)).toEqual(compact(modelOf(state().state)));
      }),
      { numRuns: 6 },
    );
  });

  it('shares what a batch leaves untouched', () => {
    const { scans, state } = lineWithMemory(1);
    scans(60);
    const before = modelOf(state().state);
    const after = withBatch(before, { sequence: before.sequence + 1, time_ms: 1 } satisfies LineBatch);
    expect(after.profiles).toBe(before.profiles);
    expect(after.scans).toBe(before.scans);
    expect(after.runs).toBe(before.runs);
  });

  it('keeps no more than its limits', () => {
    const { scans, state } = lineWithMemory(1);
    scans(40);
    const before = modelOf(state().state);
    scans(40);
    const small = { scans: 10, gapPoints: 5, others: 3 };
    const after = withBatch(before, state().batch!, small);
    expect(after.profiles.map((row) => row.scan)).toEqual([70, 71, 72, 73, 74, 75, 76, 77, 78, 79]);
    expect(after.gaps_um.length).toBeLessThanOrEqual(5);
  });
});

describe('runs', () => {
  it('tells the run at the coater from the run that the gauge sees', () => {
    const { scans, state } = lineWithMemory(7);
    const seen = new Set<string>();
    let model = modelOf(state().state);
    for (let i = 0; i < 250; i++) {
      scans(1);
      model = withBatch(model, state().batch!);
      seen.add(`${currentRun(model)?.run ?? '-'} ${measuredRun(model)?.run ?? '-'}`);
    }
    expect([...seen].slice(0, 5)).toEqual(['- -', '1 -', '1 1', '- 1', '2 1']);
  });
});

describe('profiles', () => {
  it('arrive with the loading of each location', () => {
    const { scans, state } = lineWithMemory(7);
    scans(60);
    const row = modelOf(state().state).profiles.at(-1)!;
    expect(row.steps).toHaveLength(800);
    expect(Math.abs(loadingAt(row, 2))).toBeLessThan(0.2);
    expect(loadingAt(row, 300)).toBeGreaterThan(15);
    expect(loadingAt(row, 240)).toBeNaN(); // run 1 of the fake line has a dead location there
    expect(loadingAt(row, 800)).toBeNaN();
  });
});
