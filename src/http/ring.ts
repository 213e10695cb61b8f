/** Keeps the last `capacity` things, oldest first; taking one more forgets the oldest. */
export class Ring<T> {
  readonly capacity: number;
  #items: T[] = [];
  /** Index of the oldest item once the ring is full. */
  #oldest = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  get last(): T | undefined {
    const full = this.#items.length === this.capacity;
    return full ? this.#items[(this.#oldest + this.capacity - 1) % this.capacity] : this.#items.at(-1);
  }

  push(item: T): void {
    if (this.#items.length < this.capacity) this.#items.push(item);
    else {
      this.#items[this.#oldest] = item;
      this.#oldest = (this.#oldest + 1) % this.capacity;
    }
  }

  clear(): void {
    this.#items = [];
    this.#oldest = 0;
  }

  /** The newest `count` of them, or all where there are fewer; oldest first. */
  newest(count: number): T[] {
    return this.toArray().slice(-count);
  }

  toArray(): T[] {
    return [...this.#items.slice(this.#oldest), ...this.#items.slice(0, this.#oldest)];
  }
}

/** Keeps the last `capacity` keys ever set, in the order of their first setting. */
export class RecentMap<K, V> {
  readonly capacity: number;
  readonly #map = new Map<K, V>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
    if (this.#map.size <= this.capacity) return;
    for (const oldest of this.#map.keys()) {
      this.#map.delete(oldest);
      return;
    }
  }

  values(): V[] {
    return [...this.#map.values()];
  }
}
