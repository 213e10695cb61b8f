import { expect, test } from 'vitest';
import { Sequence } from '../../../../src/sources/opcua/sequence.ts';

test('messages in a row and signs of life between them miss nothing', () => {
  const sequence = new Sequence();
  expect(sequence.missing(1, true)).toEqual([]);
  expect(sequence.missing(1, false)).toEqual([]);
  expect(sequence.missing(2, false)).toEqual([]);
  expect(sequence.missing(3, true)).toEqual([]);
  expect(sequence.missing(3, false)).toEqual([]);
});

test('what was left out is told once, also by a sign of life, and late messages are no gap', () => {
  const sequence = new Sequence();
  sequence.missing(1, false);
  expect(sequence.missing(4, false)).toEqual([2, 3]);
  expect(sequence.missing(2, false)).toEqual([]);
  expect(sequence.missing(7, true)).toEqual([5, 6]);
  expect(sequence.missing(7, false)).toEqual([]);
  expect(sequence.missing(8, false)).toEqual([]);
});

test('a new subscription counts anew, an old one past 32 bits', () => {
  const sequence = new Sequence();
  sequence.missing(5, false);
  sequence.restart();
  expect(sequence.missing(1, false)).toEqual([]);
  expect(sequence.missing(2, false)).toEqual([]);
  sequence.restart();
  expect(sequence.missing(2 ** 32 - 1, false)).toEqual([]);
  expect(sequence.missing(1, false)).toEqual([]);
  expect(sequence.missing(3, false)).toEqual([2]);
});

test('a wild number does not ask for the moon', () => {
  const sequence = new Sequence();
  sequence.missing(1, false);
  expect(sequence.missing(1_000_000, false)).toHaveLength(100);
  expect(sequence.missing(1_000_001, false)).toEqual([]);
});
