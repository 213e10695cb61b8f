import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../src/core/clock.ts';
import type { Outage } from '../../../../src/core/messages.ts';
import { Holes } from '../../../../src/sources/opcua/holes.ts';

const t0 = Date.UTC(2020, 10, 4, 9, 0);
const value = (name: string, source_ms: number) => ({ name, value: 1, status: 0, source_ms });

function setUp() {
  const clock = new VirtualClock(0);
  const told: Outage[] = [];
  const holes = new Holes('a', clock, new Map([['gap', 5_000]]), (outage) => told.push(outage));
  return { clock, told, holes };
}

test('a hole begins at the last source time and ends at the first behind it', () => {
  const { holes, told } = setUp();
  holes.open('disconnected', 'gone');
  expect(told).toEqual([]);
  holes.close([value('gap', t0), value('speed', t0 + 500)]);
  holes.open('disconnected', 'gone');
  holes.open('stale', 'still gone');
  holes.close([value('gap', t0 + 21_000), value('gap', t0 + 20_000)]);
  holes.close([value('gap', t0 + 22_000)]);
  const hole = { kind: 'outage', line: 'a', source: 'opcua', reason: 'disconnected', detail: 'gone' };
  expect(told).toEqual([
    { ...hole, time_ms: t0 + 500 },
    { ...hole, time_ms: t0 + 500, until_ms: t0 + 20_000 },
  ]);
});

test('a tag that stops is stale once, until it comes back', () => {
  const { clock, holes, told } = setUp();
  holes.close([value('gap', t0), value('speed', t0)]);
  clock.advanceTo(4_999);
  expect(told).toEqual([]);
  holes.close([value('gap', t0 + 5_000)]);
  clock.advanceTo(60_000);
  holes.close([value('gap', t0 + 60_000)]);
  expect(told.map(({ reason, time_ms, until_ms, detail }) => [reason, time_ms, until_ms, detail])).toEqual([
    ['stale', t0 + 5_000, undefined, 'gap does not change'],
    ['stale', t0 + 5_000, t0 + 60_000, 'gap does not change'],
  ]);
  holes.stop();
  clock.advanceTo(1e6);
  expect(told).toHaveLength(2);
});

test('an overflow is a hole between the last value and the first that was kept', () => {
  const { holes, told } = setUp();
  holes.close([value('gap', t0)]);
  holes.overflow(['gap'], [value('speed', t0 + 1), value('gap', t0 + 10_000), value('gap', t0 + 9_000)]);
  expect(told).toMatchObject([{ reason: 'overflow', time_ms: t0, until_ms: t0 + 9_000 }]);
});
