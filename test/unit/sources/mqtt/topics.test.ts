import { expect, test } from 'vitest';
import { topicPattern } from '../../../../src/sources/mqtt/topics.ts';

test('a pattern subscribes to its own line and every gauge', () => {
  const pattern = topicPattern('plant/{line}/{gauge}/scan', 'coater-1');
  expect(pattern.filter).toBe('plant/coater-1/+/scan');
  expect(pattern.read('plant/coater-1/dry/scan')).toEqual({ line: 'coater-1', gauge: 'dry' });
  expect(pattern.read('plant/coater-2/dry/scan')).toEqual({ line: 'coater-2', gauge: 'dry' });
});

test('a topic that is shorter, longer or other does not fit', () => {
  const pattern = topicPattern('plant/{line}/scan', 'a');
  for (const topic of ['plant/a', 'plant/a/scan/x', 'other/a/scan', '']) {
    expect(pattern.read(topic), topic).toBeUndefined();
  }
});

test("the protocol's own wildcards work", () => {
  const pattern = topicPattern('+/{line}/#', 'a');
  expect(pattern.filter).toBe('+/a/#');
  expect(pattern.read('x/a/b/c')).toEqual({ line: 'a' });
  expect(pattern.read('x/a')).toEqual({ line: 'a' });
  expect(topicPattern('scans', 'a').read('scans')).toEqual({});
});
