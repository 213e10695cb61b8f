/**
 * Joins streams that are each in order into one in order, taking one item from each at a time. Of items that compare
 * as equal the first stream's goes first.
 */
export function* mergeSorted<T>(
  streams: readonly Iterable<T>[],
  compare: (a: T, b: T) => number,
): Iterable<T> {
  const heads: { value: T; rest: Iterator<T> }[] = [];
  try {
    for (const stream of streams) {
      const rest = stream[Symbol.iterator]();
      const first = rest.next();
      if (!first.done) heads.push({ value: first.value, rest });
    }
    while (heads.length > 0) {
      const least = heads.reduce((a, b) => (compare(b.value, a.value) < 0 ? b : a));
      yield least.value;
      const next = least.rest.next();
      if (next.done) heads.splice(heads.indexOf(least), 1);
      else least.value = next.value;
    }
  } finally {
    // A reader that stops early leaves no cursor of the database open.
    for (const { rest } of heads) rest.return?.();
  }
}
