import { messageOf, RetryableError } from '../core/errors.ts';

/**
 * Starts a write of LMDB and waits for its commit.
 *
 * @throws RetryableError where it could not be kept: disk full, disk gone.
 */
export async function committed<T>(write: () => Promise<T>, what: string, line: string): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const cause = await causeOf(error);
    throw new RetryableError(`${what}: ${messageOf(cause)}`, { where: `line ${line}`, cause });
  }
}

/**
 * The library rejects with "Commit failed" and hangs the reason on it as another promise, which must be awaited in
 * any case: a rejection that nobody hears would end the process.
 */
export async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.then(
    () => error,
    (reason: unknown) => reason,
  );
}
