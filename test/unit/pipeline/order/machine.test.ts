import { describe, expect, it } from 'vitest';
import { defaultPipelineConfig } from '../../../../src/config/pipeline.ts';
import type { MachineSample } from '../../../../src/core/messages.ts';
import type { PipelineEvent } from '../../../../src/pipeline/events.ts';
import { machineOrderStage } from '../../../../src/pipeline/order/machine.ts';
import { feed, ofKind } from '../support/stage.ts';

const { order } = defaultPipelineConfig();
const stage = machineOrderStage(order, 'a');
const sample = (second: number, values: Record<string, number> = { x: second }): MachineSample => ({
  kind: 'machine',
  line: 'a',
  time_ms: second * 1000,
  values,
});
const end: PipelineEvent = { kind: 'end' };

describe('order of machine samples', () => {
  it('sorts within the allowed lateness and holds the newest back', () => {
    const seconds = (events: PipelineEvent[]) =>
      ofKind(events, 'instant').map(({ time_ms }) => time_ms / 1000);
    const events = [1, 3, 2, 4, 6, 5].map((s) => sample(s));
    expect(seconds(feed(stage, events))).toEqual([1, 2]);
    expect(seconds(feed(stage, [...events, end]))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('merges parts of one time, whichever comes first, and the larger of two values counts', () => {
    const parts = [sample(1, { x: 1, y: 2 }), sample(1, { y: 3, z: 4 })];
    const instants = [parts, parts.toReversed()].map((p) => ofKind(feed(stage, [...p, end]), 'instant'));
    expect(instants[0]).toEqual(instants[1]);
    expect(instants[0]?.[0]?.values).toEqual({ x: 1, y: 3, z: 4 });
  });

  it('joins the names of bad parts', () => {
    const parts = [
      { ...sample(1, {}), bad: ['b'] },
      { ...sample(1, {}), bad: ['a', 'b'] },
    ];
    expect(ofKind(feed(stage, [...parts, end]), 'instant')[0]?.bad).toEqual(['a', 'b']);
  });

  it('refuses what comes after its time', () => {
    const out = feed(stage, [sample(1), sample(2), sample(9), sample(2)]);
    expect(ofKind(out, 'rejected')).toMatchObject([
      { reason: 'late', detail: expect.stringContaining('7 s older') },
    ]);
  });

  it('takes a clock that was set back for what it is, but not a single wrong time', () => {
    const day = Array.from({ length: 20 }, (_, s) => sample(10_000 + s));
    const back = Array.from({ length: 20 }, (_, s) => sample(5000 + s));
    const jumped = feed(stage, [...day, ...back, end]);
    expect(ofKind(jumped, 'outage')).toMatchObject([{ reason: 'clock-jump' }]);
    const times = ofKind(jumped, 'instant').map(({ time_ms }) => time_ms / 1000);
    expect(times.slice(0, 20)).toEqual(day.map(({ time_ms }) => time_ms / 1000));
    expect(times.slice(20)).toEqual(back.slice(4).map(({ time_ms }) => time_ms / 1000));

    const single = feed(stage, [...day, sample(5000), sample(10_020), end]);
    expect(ofKind(single, 'outage')).toEqual([]);
    expect(ofKind(single, 'instant')).toHaveLength(21);
  });

  it('never holds more than allowed', () => {
    const bounded = machineOrderStage({ ...order, pending: 10, machine_lateness_s: 1000 }, 'a');
    const out = feed(
      bounded,
      Array.from({ length: 50 }, (_, s) => sample(s)),
    );
    expect(ofKind(out, 'instant')).toHaveLength(40);
  });
});
