import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SinkQueue } from '../../../src/sinks/queue.ts';

test('gives up what the policy says, and counts it', () => {
  const oldest = new SinkQueue<string>(2, 'drop-oldest');
  const newest = new SinkQueue<string>(2, 'drop-newest');
  for (const item of ['a', 'b', 'c']) {
    oldest.push(item);
    newest.push(item);
  }
  expect(oldest.peek(9)).toEqual(['b', 'c']);
  expect(newest.peek(9)).toEqual(['a', 'b']);
  expect([oldest.dropped, newest.dropped]).toEqual([1, 1]);
});

test('an item replaces the waiting one of its key, in its place, and is not removed with it', () => {
  const queue = new SinkQueue<{ v: number }>(9, 'drop-oldest');
  const first = { v: 1 };
  queue.push(first, 'k');
  queue.push({ v: 2 });
  const sending = queue.peek(1);
  queue.push({ v: 3 }, 'k');
  queue.remove(sending);
  expect(queue.peek(9)).toEqual([{ v: 3 }, { v: 2 }]);
});

test('never holds more than its capacity; nothing is lost uncounted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('drop-oldest' as const, 'drop-newest' as const),
      fc.array(fc.boolean(), { maxLength: 40 }),
      (capacity, policy, pushes) => {
        const queue = new SinkQueue<object>(capacity, policy);
        let pushed = 0;
        let taken = 0;
        for (const push of pushes) {
          if (push) {
            queue.push({});
            pushed++;
          } else {
            const items = queue.peek(2);
            queue.remove(items);
            taken += items.length;
          }
          expect(queue.length).toBeLessThanOrEqual(capacity);
          expect(queue.length + taken + queue.dropped).toBe(pushed);
        }
      },
    ),
    { numRuns: 200 },
  );
});
