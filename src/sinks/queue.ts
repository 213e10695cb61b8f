/**
 * What waits for a network sink, first in first out, bounded. An item with a key replaces one of the same key that
 * still waits: of a retained topic only the latest state matters.
 */
export class SinkQueue<T> {
  readonly #capacity: number;
  readonly #overflow: 'drop-oldest' | 'drop-newest';
  readonly #items = new Map<string | number, T>();
  #unkeyed = 0;
  #dropped = 0;

  constructor(capacity: number, overflow: 'drop-oldest' | 'drop-newest') {
    this.#capacity = capacity;
    this.#overflow = overflow;
  }

  get length(): number {
    return this.#items.size;
  }

  /** Items given up because there was no room. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: T, key?: string): void {
    const place = key ?? this.#unkeyed++;
    if (this.#items.has(place)) {
      this.#items.set(place, item);
      return;
    }
    if (this.#items.size >= this.#capacity) {
      this.#dropped++;
      if (this.#overflow === 'drop-newest') return;
      for (const oldest of this.#items.keys()) {
        this.#items.delete(oldest);
        break;
      }
    }
    this.#items.set(place, item);
  }

  /** The first `count` items, which stay. */
  peek(count: number): T[] {
    const first: T[] = [];
    for (const item of this.#items.values()) {
      if (first.length === count) break;
      first.push(item);
    }
    return first;
  }

  /** Removes these very items where they still wait; one that was replaced meanwhile stays. */
  remove(items: readonly T[]): void {
    const gone = new Set(items);
    for (const [place, item] of this.#items) {
      if (gone.size === 0) break;
      if (gone.delete(item)) this.#items.delete(place);
    }
  }
}
