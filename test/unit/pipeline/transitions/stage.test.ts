import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../../../../src/config/pipeline.ts';
import type { CoaterPoint, PipelineEvent } from '../../../../src/pipeline/events.ts';
import { transitionsStage } from '../../../../src/pipeline/transitions/stage.ts';
import { feed, ofKind } from '../support/stage.ts';

const { transitions } = pipelineSchema.parse({
  transitions: { minimum_dwell_s: 10, settling_s: 15, merge_interruption_s: 2 },
});

const point = (second: number, gap_um: number, more: Partial<CoaterPoint> = {}): CoaterPoint => ({
  kind: 'point',
  line: 'a',
  time_ms: second * 1000,
  gap_um,
  webSpeed_m_min: 3,
  encoder_m: Number.NaN,
  lineState: Number.NaN,
  afterHole: false,
  ...more,
});

/** One point a second. */
const points = (gaps: readonly number[]) => gaps.map((gap, second) => point(second, gap));
const times = (n: number, gap: number) => new Array<number>(n).fill(gap);

const run = (events: readonly PipelineEvent[], ended = true) =>
  feed(transitionsStage(transitions, 'a'), ended ? [...events, { kind: 'end' as const }] : events);

/** Runs as first and last second with their gap. */
const runs = (out: readonly PipelineEvent[]) =>
  ofKind(out, 'run').flatMap(({ run }) =>
    run.end_ms === undefined ? [] : [[run.run, run.start_ms / 1000, run.end_ms / 1000, run.gap_um]],
  );

/** The phase decided for each second. */
function phases(out: readonly PipelineEvent[]): string {
  const letters = { idle: '.', transition: 't', settling: 's', steady: 'S', unknown: '?' };
  const seen = new Map<number, string>();
  for (const { time_ms, phase } of ofKind(out, 'mark'))
    if (!seen.has(time_ms)) seen.set(time_ms, letters[phase]);
  return [...seen]
    .sort(([a], [b]) => a - b)
    .map(([, letter]) => letter)
    .join('');
}

describe('transitions', () => {
  it('finds a run, lets it settle and ends it', () => {
    const out = run(points([...times(3, 0), ...times(30, 143), ...times(5, 0)]));
    expect(runs(out)).toEqual([[1, 3, 32, 143]]);
    expect(phases(out)).toBe(`....${'s'.repeat(14)}${'S'.repeat(15)}.....`);
  });

  it('tells of a run when it has dwelt, not before', () => {
    const start = points([...times(3, 0), ...times(11, 143)]);
    expect(ofKind(run(start.slice(0, -1), false), 'run')).toEqual([]);
    expect(ofKind(run(start, false), 'run')).toMatchObject([
      { run: { run: 1, start_ms: 3000, gap_um: 143 } },
    ]);
  });

  it('leaves out a plateau that is too short, and a ramp', () => {
    expect(runs(run(points([...times(3, 0), ...times(9, 143), ...times(5, 0)])))).toEqual([]);
    const ramp = Array.from({ length: 60 }, (_, s) => 60 + 2 * s);
    expect(runs(run(points([0, ...ramp, 0])))).toEqual([]);
  });

  it('starts a run at the first point of its plateau, not on the way to it', () => {
    expect(runs(run(points([0, 120, 139, ...times(30, 143), 91, 0, 0, 0, 0])))).toEqual([[1, 2, 32, 143]]);
  });

  it('merges interruptions up to the limit and marks them as unsteady', () => {
    const merged = run(points([0, ...times(30, 143), 0, 0, ...times(30, 143), ...times(5, 0)]));
    expect(runs(merged)).toEqual([[1, 1, 62, 143]]);
    expect(phases(merged).slice(30, 36)).toBe('StttSS');
    expect(
      runs(run(points([0, ...times(30, 143), 0, 0, 0, ...times(30, 143), ...times(5, 0)]))),
    ).toHaveLength(2);
  });

  it('begins a new run where the gap changes while coating goes on', () => {
    const out = run(points([0, ...times(40, 143), 155, ...times(40, 169), ...times(5, 0)]));
    expect(runs(out)).toEqual([
      [1, 1, 40, 143],
      [2, 42, 81, 169],
    ]);
    expect(phases(out).slice(1, 82)).not.toContain('.t');
  });

  it('gives a run the median of its gap, however it wandered within the tolerance', () => {
    const wandering = [...times(40, 150), ...times(30, 145.5), ...times(60, 147)];
    expect(runs(run(points([0, ...wandering, ...times(5, 0)])))).toEqual([[1, 1, 130, 147]]);
  });

  it('ends a run where the web stands or changes its speed', () => {
    const stop = points(times(60, 143)).map((p, s) => (s >= 30 && s < 40 ? { ...p, webSpeed_m_min: 0 } : p));
    expect(runs(run(stop)).map(([, from, to]) => [from, to])).toEqual([
      [0, 29],
      [40, 59],
    ]);
    const faster = points(times(60, 143)).map((p, s) => (s >= 30 ? { ...p, webSpeed_m_min: 4 } : p));
    expect(runs(run(faster))).toHaveLength(2);
  });

  it('follows the line state where one is reported', () => {
    const states = points(times(60, 143)).map((p, s) => ({ ...p, lineState: s < 20 || s >= 50 ? 1 : 2 }));
    expect(runs(run(states))).toEqual([[1, 20, 49, 143]]);
  });

  it('has no run across a hole in the data', () => {
    const holed = [...points(times(30, 143)), point(50, 143, { afterHole: true })];
    const after = Array.from({ length: 30 }, (_, s) => point(51 + s, 143));
    const out = run([...holed, ...after]);
    expect(runs(out).map(([, from, to]) => [from, to])).toEqual([
      [0, 29],
      [50, 80],
    ]);
    expect(phases(out)).toContain('?');
  });

  it('rides out a second without a gap, not more', () => {
    const gaps = (n: number) =>
      points([0, ...times(30, 143), ...times(n, Number.NaN), ...times(30, 143), ...times(5, 0)]);
    expect(runs(run(gaps(1)))).toHaveLength(1);
    expect(runs(run(gaps(5)))).toHaveLength(2);
  });

  it('never changes the state it is given', () => {
    const stage = transitionsStage(transitions, 'a');
    let state = stage.start();
    for (const event of points([0, ...times(20, 143), 0, ...times(20, 150), ...times(9, 0)])) {
      const copy = structuredClone(state);
      const before = state;
      state = stage.step(state, event).state;
      expect(before).toEqual(copy);
    }
  });
});
