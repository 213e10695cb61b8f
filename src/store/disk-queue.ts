import type { Clock } from '../core/clock.ts';
import type { SpoolEntry } from '../core/spool.ts';
import type { Commits, Participant } from './commits.ts';
import type { StoreKey } from './seal.ts';
import type { Change, Table } from './table.ts';

export interface Bounds {
  /** Of the payloads together. */
  readonly bytes: number;
  /** An entry that waited longer leaves. */
  readonly age_ms: number;
  /** What goes when there is no room for one more: the entries that waited longest, or the one that comes. */
  readonly overflow: 'drop-oldest' | 'drop-newest';
}

/** Where the queue stands; written with every change to it, so that opening it needs no count. */
export interface QueueHead {
  /** No entry before it is left. */
  first: number;
  /** Sequence of the next entry to be pushed. */
  next: number;
  entries: number;
  bytes: number;
}

export interface QueueEntry extends SpoolEntry {
  /** When it was pushed, on the queue's clock. */
  readonly time_ms: number;
}

/** Why entries left that nobody took. */
export type DropReason = 'overflow' | 'age' | 'damaged';

const timeBytes = 8;

/** Last part of the key under which a queue's head stands. */
export const headKey = 'head';

/** A head from which the queue counts anew when it is opened. */
export function toBeCounted(head: Buffer | undefined): Buffer {
  const { first = 1, next = 1 } = head ? (JSON.parse(head.toString()) as QueueHead) : {};
  return Buffer.from(JSON.stringify({ first, next, entries: -1, bytes: 0 } satisfies QueueHead));
}

/**
 * A bounded queue on the disk with its newest end in memory: an entry is on the disk with the next commit, and seen
 * at once. Entries may leave in any order.
 *
 * Invariant: what is in `#tail` has higher sequences than all that only the disk has.
 */
export class DiskQueue implements Participant {
  readonly #table: Table;
  readonly #key: readonly string[];
  readonly #bounds: Bounds;
  readonly #commits: Commits;
  readonly #clock: Pick<Clock, 'now_ms'>;
  readonly #head: QueueHead;
  /** Pushed, and not known to be on the disk. */
  readonly #tail = new Map<number, Buffer>();
  /** Left, and still on the disk as far as is known. */
  readonly #gone = new Set<number>();
  /** Under way to the disk. */
  #writing: { readonly added: readonly number[]; readonly removed: readonly number[] } | undefined;
  #dirty = false;
  readonly dropped: Record<DropReason, number> = { overflow: 0, age: 0, damaged: 0 };

  /** @param key the queue's own beginning of its entries' keys. */
  constructor(
    table: Table,
    key: readonly string[],
    bounds: Bounds,
    commits: Commits,
    clock: Pick<Clock, 'now_ms'>,
  ) {
    this.#table = table;
    this.#key = key;
    this.#bounds = bounds;
    this.#commits = commits;
    this.#clock = clock;
    const stored = table.get(this.#keyOf(headKey));
    const head = stored ? (JSON.parse(stored.toString()) as QueueHead) : undefined;
    this.#head = head && head.entries >= 0 ? head : this.#count(head);
    commits.join(this);
  }

  get entries(): number {
    return this.#head.entries;
  }

  get bytes(): number {
    return this.#head.bytes;
  }

  /** When the oldest entry was pushed. */
  get oldest_ms(): number | undefined {
    const [oldest] = this.oldest();
    return oldest?.time_ms;
  }

  /** False where there was no room for it. */
  push(payload: Uint8Array): boolean {
    this.expire();
    const { bytes, overflow } = this.#bounds;
    if (payload.length > bytes || (overflow === 'drop-newest' && this.#head.bytes + payload.length > bytes)) {
      this.dropped.overflow++;
      return false;
    }
    this.#dropOldest('overflow', () => this.#head.bytes + payload.length > bytes);
    const entry = Buffer.allocUnsafe(timeBytes + payload.length);
    entry.writeDoubleLE(this.#clock.now_ms(), 0);
    entry.set(payload, timeBytes);
    this.#tail.set(this.#head.next++, entry);
    this.#head.entries++;
    this.#head.bytes += payload.length;
    this.#changed();
    return true;
  }

  /** In order; what can't be read leaves before it is seen. */
  *oldest(): Iterable<QueueEntry> {
    const [inMemory = this.#head.next] = this.#tail.keys();
    const onDisk = { from: this.#keyOf(this.#head.first), to: this.#keyOf(inMemory) };
    for (const { key, body } of this.#table.range(onDisk)) {
      const sequence = key.at(-1) as number;
      if (this.#gone.has(sequence)) continue;
      const entry = this.#readable(sequence, body);
      if (entry) yield entry;
    }
    for (const [sequence, entry] of this.#tail) yield entryOf(sequence, entry);
  }

  remove(entries: readonly SpoolEntry[]): void {
    for (const { sequence, payload } of entries) {
      if (this.#holds(sequence)) this.#leave(sequence, payload.length);
    }
  }

  /** Lets go of what waited too long. */
  expire(): void {
    const limit_ms = this.#clock.now_ms() - this.#bounds.age_ms;
    this.#dropOldest('age', ({ time_ms }) => time_ms < limit_ms);
  }

  changes(): readonly Change[] {
    if (!this.#dirty) return [];
    this.#dirty = false;
    const writing = { added: [...this.#tail.keys()], removed: [...this.#gone] };
    this.#writing = writing;
    return [
      ...writing.removed.map((sequence) => this.#change(sequence)),
      ...[...this.#tail].map(([sequence, entry]) => this.#change(sequence, entry)),
      this.#change(headKey, Buffer.from(JSON.stringify(this.#head))),
    ];
  }

  settled(kept: boolean): void {
    const writing = this.#writing;
    if (!writing) return;
    this.#writing = undefined;
    if (kept) {
      for (const sequence of writing.added) this.#tail.delete(sequence);
      for (const sequence of writing.removed) this.#gone.delete(sequence);
    } else {
      this.#dirty = true;
    }
  }

  /** Where the head is lost, or not to be trusted. */
  #count({ first, next }: Pick<QueueHead, 'first' | 'next'> = { first: 1, next: 1 }): QueueHead {
    const head = { first, next, entries: 0, bytes: 0 };
    const all = { from: this.#keyOf(first), to: this.#keyOf(Number.MAX_SAFE_INTEGER) };
    for (const { key, size } of this.#table.range(all)) {
      head.next = Math.max(head.next, (key.at(-1) as number) + 1);
      head.entries++;
      head.bytes += size() - timeBytes;
    }
    return head;
  }

  #dropOldest(reason: DropReason, goes: (oldest: QueueEntry) => boolean): void {
    for (;;) {
      const [oldest] = this.oldest();
      if (!oldest || !goes(oldest)) return;
      this.#leave(oldest.sequence, oldest.payload.length);
      this.#head.first = oldest.sequence + 1;
      this.dropped[reason]++;
    }
  }

  #readable(sequence: number, body: () => Buffer): QueueEntry | undefined {
    try {
      return entryOf(sequence, body());
    } catch {
      this.dropped.damaged++;
      this.#leave(sequence, 0);
      return undefined;
    }
  }

  #holds(sequence: number): boolean {
    if (this.#tail.has(sequence)) return true;
    return (
      sequence >= this.#head.first && !this.#gone.has(sequence) && this.#table.has(this.#keyOf(sequence))
    );
  }

  #leave(sequence: number, bytes: number): void {
    const inMemory = this.#tail.delete(sequence);
    // An entry that is being written just now has to be removed again.
    if (!inMemory || this.#writing?.added.includes(sequence)) this.#gone.add(sequence);
    this.#head.entries--;
    this.#head.bytes = this.#head.entries === 0 ? 0 : this.#head.bytes - bytes;
    if (sequence === this.#head.first) this.#head.first++;
    this.#changed();
  }

  #changed(): void {
    this.#dirty = true;
    this.#commits.wake();
  }

  #keyOf(last: number | typeof headKey): StoreKey {
    return [...this.#key, last];
  }

  #change(last: number | typeof headKey, body?: Buffer): Change {
    return { table: this.#table, key: this.#keyOf(last), ...(body && { body }) };
  }
}

const entryOf = (sequence: number, entry: Buffer): QueueEntry => ({
  sequence,
  time_ms: entry.readDoubleLE(0),
  payload: entry.subarray(timeBytes),
});
