import type { TagValue } from './values.ts';

/**
 * Tells values that a server sends again from news. After a broken connection it repeats what it can't be sure to have
 * brought across (OPC 10000-4, Republish and TransferSubscriptions), and a new subscription begins with the value that
 * stands. A repeat has the same tag, source time, value and status; a correction differs in one of them and passes.
 * Remembers the latest `capacity` source times of each tag: as many as a server may hold back.
 */
export class Repeats {
  readonly #capacity: number;
  /** Source time to value and status, oldest arrival first. */
  readonly #had = new Map<string, Map<number, string>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Those of the values that were not had before; from now on they were. */
  news(values: readonly TagValue[]): TagValue[] {
    return values.filter((value) => this.#isNew(value));
  }

  #isNew({ name, source_ms, value, status }: TagValue): boolean {
    if (source_ms === undefined) return true;
    const had = this.#had.get(name) ?? new Map<number, string>();
    this.#had.set(name, had);
    const content = `${status} ${value}`;
    if (had.get(source_ms) === content) return false;
    had.set(source_ms, content);
    if (had.size > this.#capacity) had.delete(had.keys().next().value as number);
    return true;
  }
}
