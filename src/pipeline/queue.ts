/**
 * A persistent first-in-first-out sequence: adding and dropping leave the old value as it was and cost the same
 * however long it is, so that a stage may keep hours of history in its state. Plain data, fit for a snapshot.
 */
export interface Queue<T> {
  readonly length: number;
  /** Full chunks, oldest first. */
  readonly sealed: readonly (readonly T[])[];
  readonly tail: readonly T[];
  /** Items at the start of the first chunk that were dropped already. */
  readonly gone: number;
}

const CHUNK = 64;

export const emptyQueue = <T>(): Queue<T> => ({ length: 0, sealed: [], tail: [], gone: 0 });

export function append<T>(queue: Queue<T>, item: T): Queue<T> {
  const tail = [...queue.tail, item];
  const full = tail.length === CHUNK;
  return {
    length: queue.length + 1,
    sealed: full ? [...queue.sealed, tail] : queue.sealed,
    tail: full ? [] : tail,
    gone: queue.gone,
  };
}

/** Without its `count` oldest items. */
export function dropFirst<T>(queue: Queue<T>, count: number): Queue<T> {
  if (count <= 0) return queue;
  if (count >= queue.length) return emptyQueue();
  const gone = queue.gone + count;
  const chunks = Math.min(Math.floor(gone / CHUNK), queue.sealed.length);
  const sealed = chunks === 0 ? queue.sealed : queue.sealed.slice(chunks);
  const rest = gone - chunks * CHUNK;
  const length = queue.length - count;
  return sealed.length === 0
    ? { length, sealed, tail: queue.tail.slice(rest), gone: 0 }
    : { length, sealed, tail: queue.tail, gone: rest };
}

/** @throws RangeError beyond the ends: an index is always computed, so that one is a programming error. */
export function itemAt<T>(queue: Queue<T>, index: number): T {
  if (index < 0 || index >= queue.length)
    throw new RangeError(`index ${index} outside a queue of ${queue.length}`);
  const at = queue.gone + index;
  const inSealed = queue.sealed.length * CHUNK;
  return at < inSealed ? queue.sealed[Math.floor(at / CHUNK)]![at % CHUNK]! : queue.tail[at - inSealed]!;
}

/** The same queue with each item replaced. */
export const mapQueue = <T, U>(queue: Queue<T>, change: (item: T) => U): Queue<U> => ({
  ...queue,
  sealed: queue.sealed.map((chunk) => chunk.map(change)),
  tail: queue.tail.map(change),
});

export function* items<T>(queue: Queue<T>): Generator<T> {
  for (let i = 0; i < queue.length; i++) yield itemAt(queue, i);
}

/** Index of the first item for which `holds` is true, the queue's length if none; false items must come first. */
export function partitionPoint<T>(queue: Queue<T>, holds: (item: T) => boolean): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(itemAt(queue, middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}
