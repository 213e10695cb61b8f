import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The pages of an LMDB file, read without LMDB: its library trusts every page and takes the process down with it
 * where one is damaged. Layout after `mdb.c` of the `lmdb` package, data version 2, all little endian:
 *
 * | page | at | what                                                                                    |
 * | ---- | -- | --------------------------------------------------------------------------------------- |
 * | all  | 0  | uint64 its own number, uint64 transaction that wrote it, uint16 pad, uint16 flags        |
 * | tree | 20 | uint16 2 × number of nodes, uint16 start of the nodes, then uint16 place of each node    |
 * | long | 20 | uint32 number of pages in a row, then the value                                          |
 * | meta | 24 | uint32 magic, uint32 version, 2 × uint64, free tree, main tree, last page, transaction   |
 *
 * Places in a page count from behind its header of 24 bytes.
 */
export const headerBytes = 24;
export const flag = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
const magic = 0xbeefc0de;
const dataVersion = 2;

/** One tree of the file: the free pages, the list of tables, or a table. */
export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly entries: number;
  /** `undefined` where it is empty. */
  readonly root: number | undefined;
}

export interface Meta {
  readonly page: number;
  readonly transaction: number;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
}

export interface Node {
  readonly key: Buffer;
  /** Of a branch: the page below. */
  readonly child: number;
  /** Of a leaf: length of the value. */
  readonly length: number;
  /** Of a leaf: the value, where it lies in the page. */
  readonly inline: Buffer | undefined;
  /** Of a leaf: where the value begins that has pages of its own. */
  readonly overflow: { readonly page: number; readonly pages: number } | undefined;
  readonly isTree: boolean;
}

export interface Page {
  readonly number: number;
  readonly transaction: number;
  readonly flags: number;
  readonly bytes: Buffer;
}

/** What a page holds does not fit together. */
export class PageFault extends Error {}

export class PageFile {
  readonly pageBytes: number;
  readonly pages: number;
  readonly #file: number;

  /** @throws PageFault where no page size can be made out. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    const size = fstatSync(this.#file).size;
    const head = Buffer.alloc(headerBytes + 32);
    readSync(this.#file, head, 0, head.length, 0);
    // The size of a page stands in the pad of the free tree; one that is damaged is nearly always the system's.
    const stated = head.readUInt32LE(headerBytes + pageSizeOffset);
    this.pageBytes = [4096, 8192, 16384, 32768, 65536].includes(stated) ? stated : 4096;
    this.pages = Math.floor(size / this.pageBytes);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** @throws PageFault beyond the end of the file. */
  page(number: number, count = 1): Page {
    if (!Number.isSafeInteger(number) || number < 0 || count < 1 || number + count > this.pages) {
      throw new PageFault(`page ${number} lies beyond the end of the file`);
    }
    const bytes = Buffer.allocUnsafe(count * this.pageBytes);
    readSync(this.#file, bytes, 0, bytes.length, number * this.pageBytes);
    return { number, transaction: long(bytes, 8), flags: bytes.readUInt16LE(18), bytes };
  }

  /** The two that LMDB writes in turns. @throws PageFault */
  meta(number: 0 | 1): Meta {
    const { bytes, flags } = this.page(number);
    const at = headerBytes;
    if (bytes.readUInt32LE(at) !== magic || bytes.readUInt32LE(at + 4) !== dataVersion) {
      throw new PageFault(`page ${number} is not the beginning of a store`);
    }
    if (flags !== flag.meta || bytes.readUInt32LE(at + pageSizeOffset) !== this.pageBytes) {
      throw new PageFault(`page ${number}: not a meta page`);
    }
    const lastPage = long(bytes, at + lastPageOffset);
    if (lastPage > this.pages + unwritten) throw new PageFault(`page ${number}: the file is cut short`);
    return {
      page: number,
      free: tree(bytes, at + 24),
      main: tree(bytes, at + 24 + treeBytes),
      lastPage,
      transaction: long(bytes, at + lastPageOffset + 8),
    };
  }

  /** The whole of a value that has pages of its own. @throws PageFault */
  overflow({ overflow, length }: Node, newest = Number.MAX_SAFE_INTEGER): Buffer {
    if (!overflow || length > overflow.pages * this.pageBytes - headerBytes) {
      throw new PageFault('a long value has no room for its length');
    }
    const { bytes, flags, transaction } = this.page(overflow.page, overflow.pages);
    const fits =
      long(bytes, 0) === overflow.page &&
      flags === flag.overflow &&
      bytes.readUInt32LE(20) === overflow.pages &&
      transaction <= newest;
    if (!fits) throw new PageFault(`page ${overflow.page}: not the long value it should be`);
    return bytes.subarray(headerBytes, headerBytes + length);
  }
}

const treeBytes = 48;

/** Where a meta page says, behind its header, how large pages are. */
export const pageSizeOffset = 24;

/** And which page is the last. */
export const lastPageOffset = 24 + 2 * treeBytes;

/** Pages at the end that were free before they were ever written. */
const unwritten = 65_536;

export function tree(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    entries: long(bytes, at + 32),
    root: root === 0xffff_ffff_ffff_ffffn ? undefined : Number(root),
  };
}

/** @throws PageFault where a node lies outside its page. */
export function nodes({ number, bytes, flags }: Page): Node[] {
  const count = bytes.readUInt16LE(20) >> 1;
  const upper = bytes.readUInt16LE(22) + headerBytes;
  const isLeaf = flags === flag.leaf;
  if (headerBytes + 2 * count > upper || upper > bytes.length) {
    throw new PageFault(`page ${number}: ${count} nodes do not fit`);
  }
  return Array.from({ length: count }, (_, i) => {
    const at = bytes.readUInt16LE(headerBytes + 2 * i) + headerBytes;
    if (at < upper || at + nodeBytes > bytes.length)
      throw new PageFault(`page ${number}: node ${i} is outside`);
    const low = bytes.readUInt16LE(at) + bytes.readUInt16LE(at + 2) * 2 ** 16;
    const nodeFlags = bytes.readUInt16LE(at + 4);
    const valueAt = at + nodeBytes + bytes.readUInt16LE(at + 6);
    const isLong = isLeaf && (nodeFlags & bigData) !== 0;
    const end = valueAt + (isLeaf ? (isLong ? overflowBytes : low) : 0);
    if (end > bytes.length || (isLeaf && (nodeFlags & ~(bigData | subTree)) !== 0)) {
      throw new PageFault(`page ${number}: node ${i} does not fit`);
    }
    return {
      key: bytes.subarray(at + nodeBytes, valueAt),
      child: low + nodeFlags * 2 ** 32,
      length: low,
      inline: isLeaf && !isLong ? bytes.subarray(valueAt, end) : undefined,
      overflow: isLong ? { page: long(bytes, valueAt), pages: long(bytes, valueAt + 16) } : undefined,
      isTree: isLeaf && (nodeFlags & subTree) !== 0,
    };
  });
}

const nodeBytes = 8;
const overflowBytes = 24;
const bigData = 1;
const subTree = 2;

/** Numbers beyond 2⁵³ are faults in every place where one stands; they stay that large. */
const long = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));
