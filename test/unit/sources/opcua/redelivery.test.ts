import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../src/core/clock.ts';
import type { LineMessage } from '../../../../src/core/messages.ts';
import type { Arrival } from '../../../../src/core/source.ts';
import { Redelivery } from '../../../../src/sources/opcua/redelivery.ts';

const message = (n: number): LineMessage => ({ kind: 'machine', line: 'a', time_ms: n, values: {} });

function setUp(capacity: number) {
  const clock = new VirtualClock(0);
  const handed: Arrival[] = [];
  const lost: number[] = [];
  const redelivery = new Redelivery({
    clock,
    delay_ms: 100,
    capacity,
    deliver: (arrival) => handed.push(arrival),
    lost: ({ time_ms }) => lost.push(time_ms),
  });
  const times = () => handed.map(({ message: { time_ms } }) => time_ms);
  return { clock, handed, lost, redelivery, times };
}

test('refused messages come again in order, later ones wait behind them', () => {
  const { clock, handed, redelivery, times } = setUp(10);
  for (const n of [0, 1, 2]) redelivery.send(message(n));
  handed[0]?.acknowledge();
  // Refusals may come in any order.
  handed[2]?.refuse();
  handed[1]?.refuse();
  redelivery.send(message(3));
  expect(times()).toEqual([0, 1, 2]);
  clock.advanceTo(100);
  expect(times()).toEqual([0, 1, 2, 1, 2, 3]);
  for (const arrival of handed.slice(3)) arrival.acknowledge();
  redelivery.send(message(4));
  expect(times().at(-1)).toBe(4);
});

test('a settled message can not be refused any more, nor twice', () => {
  const { clock, handed, redelivery, times } = setUp(10);
  redelivery.send(message(0));
  handed[0]?.acknowledge();
  handed[0]?.refuse();
  redelivery.send(message(1));
  handed[1]?.refuse();
  handed[1]?.refuse();
  clock.advanceTo(1000);
  expect(times()).toEqual([0, 1, 1]);
});

test('a full queue gives up the oldest and says so', () => {
  const { clock, handed, lost, redelivery, times } = setUp(2);
  redelivery.send(message(0));
  handed[0]?.refuse();
  for (const n of [1, 2, 3]) redelivery.send(message(n));
  expect(lost).toEqual([0, 1]);
  clock.advanceTo(100);
  expect(times()).toEqual([0, 2, 3]);
});
