import { expect, test } from 'vitest';
import { Repeats } from '../../../../src/sources/opcua/repeats.ts';
import type { TagValue } from '../../../../src/sources/opcua/values.ts';

const t0 = Date.UTC(2020, 10, 4, 9, 0);
const value = (name: string, second: number, figure: number, status = 0): TagValue => ({
  name,
  value: figure,
  status,
  source_ms: t0 + 1000 * second,
});

test('what a server sends again is no news, in whatever order and parts it comes', () => {
  const repeats = new Repeats(600);
  const sent = [value('gap', 1, 100), value('gap', 2, 101), value('ratio', 2, 125), value('gap', 3, 102)];
  expect(repeats.news(sent)).toEqual(sent);
  expect(repeats.news(sent.toReversed())).toEqual([]);
  expect(repeats.news([value('gap', 2, 101), value('gap', 4, 103)])).toEqual([value('gap', 4, 103)]);
});

test('a correction of the same time passes, and so does a change of quality', () => {
  const repeats = new Repeats(600);
  repeats.news([value('gap', 1, 100)]);
  expect(repeats.news([value('gap', 1, 100.5)])).toHaveLength(1);
  expect(repeats.news([value('gap', 1, 100.5, 0x80000000)])).toHaveLength(1);
  expect(repeats.news([value('gap', 1, 100.5, 0x80000000)])).toHaveLength(0);
});

test('a clock that was set back makes no repeats of new values', () => {
  const repeats = new Repeats(600);
  repeats.news([value('gap', 1000, 100)]);
  expect(repeats.news([value('gap', 1, 100), value('gap', 2, 100)])).toHaveLength(2);
});

test('values without a time are left to later checks', () => {
  const repeats = new Repeats(600);
  const untimed = { ...value('gap', 1, 100), source_ms: undefined };
  expect(repeats.news([untimed, untimed])).toHaveLength(2);
});

test('remembers as many times of each tag as it was told to', () => {
  const repeats = new Repeats(3);
  const seconds = [1, 2, 3, 4].map((second) => value('gap', second, 100));
  repeats.news(seconds);
  expect(repeats.news(seconds.slice(1))).toEqual([]);
  expect(repeats.news(seconds.slice(0, 1))).toHaveLength(1);
});
