import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../src/core/clock.ts';
import { Gathering } from '../../../../src/sources/opcua/gathering.ts';

const value = (name: string, source_ms = 0) => ({ name, value: 1, status: 0, source_ms });

function setUp(capacity = 100) {
  const clock = new VirtualClock(0);
  const passed: string[][] = [];
  const gathering = new Gathering(clock, capacity, (values) => passed.push(values.map(({ name }) => name)));
  return { clock, passed, gathering };
}

test('first values go on together, once each tag has told one', () => {
  const { gathering, passed } = setUp();
  gathering.holdUntilEach(['a', 'b', 'c'], 1000);
  gathering.take([value('a'), value('b')]);
  gathering.take([value('a', 1)]);
  expect(passed).toEqual([]);
  gathering.take([value('c'), value('b', 1)]);
  expect(passed).toEqual([['a', 'b', 'a', 'c', 'b']]);
  gathering.take([value('a', 2)]);
  expect(passed).toHaveLength(2);
});

test('a tag that the server refuses is not waited for', () => {
  const { gathering, passed } = setUp();
  gathering.holdUntilEach(['a', 'b'], 1000);
  gathering.take([value('a')]);
  gathering.without(['b']);
  expect(passed).toEqual([['a']]);
});

test('a tag that says nothing holds up the others only so long', () => {
  const { clock, gathering, passed } = setUp();
  gathering.holdUntilEach(['a', 'b'], 1000);
  gathering.take([value('a')]);
  clock.advanceTo(999);
  expect(passed).toEqual([]);
  clock.advanceTo(1000);
  expect(passed).toEqual([['a']]);
  gathering.take([value('b')]);
  expect(passed).toEqual([['a'], ['b']]);
});

test('after a repair the parts of a queue go on as one', () => {
  const { clock, gathering, passed } = setUp();
  gathering.hold();
  gathering.take([value('a')]);
  clock.advanceTo(60_000);
  gathering.releaseAfter(100);
  gathering.take([value('b')]);
  clock.advanceTo(60_100);
  expect(passed).toEqual([['a', 'b']]);
});

test('nothing is kept beyond the capacity, and nothing is lost when all is let go', () => {
  const { gathering, passed } = setUp(2);
  gathering.hold();
  gathering.take([value('a'), value('b')]);
  expect(passed).toEqual([]);
  gathering.take([value('c')]);
  expect(passed).toEqual([['a', 'b', 'c']]);
  gathering.hold();
  gathering.take([value('d')]);
  gathering.release();
  gathering.release();
  expect(passed.at(-1)).toEqual(['d']);
  expect(passed).toHaveLength(2);
});
