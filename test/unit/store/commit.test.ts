import { expect, test } from 'vitest';
import { RetryableError } from '../../../src/core/errors.ts';
import { committed } from '../../../src/store/commit.ts';

test('a failed commit is told by its reason, which the library hides in another promise', async () => {
  const commitError = Promise.reject(new Error('No space left on device'));
  const failed = Object.assign(new Error('Commit failed'), { commitError });
  const write = () => Promise.reject(failed);
  await expect(committed(write, "the journal can't keep a message", 'a')).rejects.toThrow(
    "line a: the journal can't keep a message: No space left on device",
  );
  await expect(committed(write, 'x', 'a')).rejects.toBeInstanceOf(RetryableError);
});

test('an error without a further reason is told as it is, also where it is thrown at once', async () => {
  const write = () => {
    throw new Error('read only');
  };
  await expect(committed(write, 'not kept', 'b')).rejects.toThrow('line b: not kept: read only');
});

test('a kept write gives its result', async () => {
  expect(await committed(() => Promise.resolve(7), 'x', 'a')).toBe(7);
});
