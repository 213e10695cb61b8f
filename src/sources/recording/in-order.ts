import type { LineMessage } from '../../core/messages.ts';

/**
 * Puts messages in order of their time as far as `window` of them reach: logs are written in order but for a few
 * rows. Equal times keep the order in which they came. What comes later than that goes on as it is; later stages know
 * what to do with it.
 */
export async function* inOrder<T extends LineMessage>(
  messages: AsyncIterable<readonly T[]>,
  window: number,
): AsyncGenerator<readonly T[]> {
  let waiting: T[] = [];
  for await (const batch of messages) {
    for (const message of batch) insert(waiting, message);
    if (waiting.length <= window) continue;
    yield waiting.slice(0, waiting.length - window);
    waiting = waiting.slice(waiting.length - window);
  }
  yield waiting;
}

function insert<T extends LineMessage>(ascending: T[], message: T): void {
  let at = ascending.length;
  while (at > 0 && (ascending[at - 1] as T).time_ms > message.time_ms) at--;
  if (at === ascending.length) ascending.push(message);
  else ascending.splice(at, 0, message);
}

/** Two ascending streams as one; at equal times the first one's messages come first. */
export async function* merged(
  first: AsyncIterable<readonly LineMessage[]>,
  second: AsyncIterable<readonly LineMessage[]>,
): AsyncGenerator<LineMessage, void> {
  const [a, b] = [singly(first), singly(second)];
  let [left, right] = [await a.next(), await b.next()];
  for (;;) {
    if (!left.done && (right.done || left.value.time_ms <= right.value.time_ms)) {
      yield left.value;
      left = await a.next();
    } else if (!right.done) {
      yield right.value;
      right = await b.next();
    } else return;
  }
}

async function* singly<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T, void> {
  for await (const batch of batches) yield* batch;
}
