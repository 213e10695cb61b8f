import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { headerBytes, lastPageOffset, pageSizeOffset } from './damage/pages.ts';

const chunkBytes = 2 ** 20;

/** Pages that a transaction rewrites whatever is in it: the roots and the list of free pages. */
const fixedPages = 64;

/** Pages that one change may touch beside its value: the leaf that it lies in, and what leads there. */
const pagesOfChange = 5;

/**
 * Sees to it that the disk has room for a transaction before LMDB begins it. Its binding corrupts the heap where a page
 * can't be written, so that a full disk would end the process at some later moment. So the file is always longer than
 * what LMDB uses, by real zeros, written here, where a full or read-only disk is an error like any other.
 */
export class Room {
  readonly #file: number;
  readonly #pageBytes: number;

  /** @throws what the system says of a file that can't be written. */
  constructor(path: string) {
    this.#file = openSync(path, 'r+');
    this.#pageBytes = this.#read(headerBytes + pageSizeOffset).readUInt32LE(0);
  }

  /**
   * @param sizes of the values to be written, 0 for a removal.
   * @throws what the system says of a disk that is full or read-only.
   */
  ensure(sizes: readonly number[]): void {
    const pages = sizes.reduce(
      (sum, size) => sum + pagesOfChange + Math.ceil(size / this.#pageBytes),
      fixedPages,
    );
    const wanted = this.#used() + pages * this.#pageBytes;
    let { size } = fstatSync(this.#file);
    while (size < wanted) size += this.#grow(size, wanted - size);
    // The last byte lies behind what LMDB uses: writing it anew tells whether the disk takes anything at all.
    writeSync(this.#file, Buffer.alloc(1), 0, 1, size - 1);
  }

  /** By a whole chunk, so that most transactions find their room there; where that does not fit, by what is needed. */
  #grow(at: number, needed: number): number {
    try {
      return writeSync(this.#file, Buffer.alloc(chunkBytes), 0, chunkBytes, at);
    } catch (error) {
      if (needed >= chunkBytes) throw error;
      return writeSync(this.#file, Buffer.alloc(needed), 0, needed, at);
    }
  }

  /** Where the last page ends that LMDB has ever used, by the newer of its two meta pages: see `damage/pages.ts`. */
  #used(): number {
    const lastPages = [0, this.#pageBytes].map((page) =>
      Number(this.#read(page + headerBytes + lastPageOffset).readBigUInt64LE(0)),
    );
    return (Math.max(...lastPages) + 1) * this.#pageBytes;
  }

  #read(at: number): Buffer {
    const field = Buffer.alloc(8);
    readSync(this.#file, field, 0, field.length, at);
    return field;
  }

  close(): void {
    closeSync(this.#file);
  }
}
