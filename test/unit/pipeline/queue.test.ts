import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  append,
  dropFirst,
  emptyQueue,
  itemAt,
  items,
  partitionPoint,
  type Queue,
} from '../../../src/pipeline/queue.ts';

const operations = fc.array(
  fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 90 }) }),
    fc.record({ drop: fc.integer({ min: 0, max: 120 }) }),
  ),
  { maxLength: 25 },
);

describe('queue', () => {
  it('is an array with items added behind and dropped in front, and old versions stay as they were', () => {
    fc.assert(
      fc.property(operations, (all) => {
        let queue: Queue<number> = emptyQueue();
        let model: number[] = [];
        let next = 0;
        const versions: [Queue<number>, number[]][] = [];
        for (const operation of all) {
          if ('add' in operation) {
            for (let i = 0; i < operation.add; i++) {
              queue = append(queue, next);
              model = [...model, next++];
            }
          } else {
            queue = dropFirst(queue, operation.drop);
            model = model.slice(operation.drop);
          }
          versions.push([queue, model]);
        }
        for (const [version, expected] of versions) {
          expect(version.length).toBe(expected.length);
          expect([...items(version)]).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds the first item for which a condition holds', () => {
    let queue: Queue<number> = emptyQueue();
    for (let i = 0; i < 200; i++) queue = append(queue, i * 2);
    queue = dropFirst(queue, 70);
    expect(partitionPoint(queue, (n) => n >= 201)).toBe(31);
    expect(partitionPoint(queue, (n) => n >= 9999)).toBe(130);
  });

  it('refuses an index outside', () => {
    expect(() => itemAt(append(emptyQueue(), 1), 1)).toThrow(RangeError);
  });
});
