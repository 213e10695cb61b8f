import type { Database, RootDatabase } from 'lmdb';
import { BadInputError } from '../core/errors.ts';
import { isSealed, type StoreKey, seal, sealBytes, type Unsealed, unseal } from './seal.ts';

/** One table of the store. The tag stands in each of its records and is never given to another table. */
export interface TableKind {
  readonly name: string;
  readonly tag: number;
}

export const tables = {
  journal: { name: 'journal', tag: 1 },
  snapshots: { name: 'snapshots', tag: 2 },
  spools: { name: 'spools', tag: 3 },
  history: { name: 'history', tag: 4 },
} as const satisfies Record<string, TableKind>;

/** One record to write, or to remove where there is no body. */
export interface Change {
  readonly table: Table;
  readonly key: StoreKey;
  readonly body?: Uint8Array;
}

export interface Row {
  readonly key: StoreKey;
  /** @throws BadInputError where the record is damaged. */
  body(): Buffer;
  /** Of the body, also of one that is damaged. */
  size(): number;
}

export interface KeyRange {
  /** Included. */
  readonly from: StoreKey;
  /** Not included. */
  readonly to: StoreKey;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** All records of a table: keys begin with text. */
export const everything: KeyRange = { from: [''], to: ['\u{10ffff}'] };

/** What the library takes for a key. */
type LmdbKey = (string | number)[];

/** Sealed records under ordered keys; reads see the latest commit. Written through `Commits` alone. */
export class Table {
  readonly kind: TableKind;
  readonly #root: RootDatabase<unknown, string>;
  /** Whether a record was met whose checksum does not fit. */
  damaged = false;
  /** Absent where an older store, opened for reading only, has no such table. */
  readonly #database: Database<Buffer, LmdbKey> | undefined;

  constructor(root: RootDatabase<unknown, string>, kind: TableKind) {
    this.kind = kind;
    this.#root = root;
    this.#database = root.openDB<Buffer, LmdbKey>(kind.name, { encoding: 'binary' });
  }

  /** @throws BadInputError where the record is damaged. */
  get(key: StoreKey): Buffer | undefined {
    this.#latest();
    const bytes = this.#database?.get(key as LmdbKey);
    return bytes && this.#open(key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  has(key: StoreKey): boolean {
    this.#latest();
    return this.#database?.doesExist(key as LmdbKey) ?? false;
  }

  get isEmpty(): boolean {
    for (const _ of this.keys({ ...everything, limit: 1 })) return false;
    return true;
  }

  *keys(range: KeyRange): Iterable<StoreKey> {
    this.#latest();
    if (this.#database) yield* this.#database.getKeys(lmdbRange(range));
  }

  /** As the table is when the reading begins; a damaged record throws only where its body is asked for. */
  *range(range: KeyRange): Iterable<Row> {
    this.#latest();
    for (const { key, value } of this.#database?.getRange(lmdbRange(range)) ?? []) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      yield {
        key,
        body: () => this.#open(key, bytes),
        size: () => bytes.length - sealBytes(key),
      };
    }
  }

  /** Only within a batch of `Commits`. */
  apply({ key, body }: Pick<Change, 'key' | 'body'>): void {
    if (body === undefined) void this.#database?.remove(key as LmdbKey);
    else void this.#database?.put(key as LmdbKey, seal(this.kind.tag, key, body));
  }

  /** Within a transaction: a record that was sealed before. */
  restore(key: StoreKey, sealed: Uint8Array): void {
    void this.#database?.put(key as LmdbKey, sealed as Buffer);
  }

  /** Within a transaction: gives every record that has none its checksum; returns how many. */
  sealAll(): number {
    const plain = [...(this.#database?.getRange({}) ?? [])].filter(({ value }) => !isSealed(value));
    for (const { key, value } of plain) this.apply({ key, body: value });
    return plain.length;
  }

  /** The library would go on with the view of its last read until its next timer; ranges under way keep theirs. */
  #latest(): void {
    this.#root.resetReadTxn();
  }

  #open(key: StoreKey, bytes: Buffer): Buffer {
    // Of format 1, beside a writer that has yet to upgrade it.
    if (!isSealed(bytes)) return bytes;
    const unsealed = this.#unseal(bytes);
    if (unsealed.tag !== this.kind.tag || JSON.stringify(unsealed.key) !== JSON.stringify(key)) {
      this.damaged = true;
      throw new BadInputError('the record belongs elsewhere');
    }
    return unsealed.body;
  }

  #unseal(bytes: Buffer): Unsealed {
    try {
      return unseal(bytes);
    } catch (error) {
      this.damaged = true;
      throw error;
    }
  }
}

const lmdbRange = ({ from, to, reverse = false, limit }: KeyRange) => ({
  // Backwards, the library takes the ends the other way round.
  start: (reverse ? to : from) as LmdbKey,
  end: (reverse ? from : to) as LmdbKey,
  ...(reverse && { reverse, exclusiveStart: true, inclusiveEnd: true }),
  ...(limit !== undefined && { limit }),
});
