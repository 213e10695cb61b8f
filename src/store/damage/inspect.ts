import { messageOf } from '../../core/errors.ts';
import {
  flag,
  type Meta,
  type Node,
  nodes,
  type Page,
  PageFault,
  PageFile,
  type Tree,
  tree,
} from './pages.ts';

/** What is asked of the file beyond its being one of LMDB's. */
export interface Expected {
  /** The tables that there may be. */
  readonly tables: readonly string[];
}

export interface Inspection {
  /** In words, the first few; none where the file is whole. */
  readonly faults: readonly string[];
  /** Reached through the trees. */
  readonly records: number;
}

/** A value as the file has it, and the transaction that wrote its page. */
export interface FoundValue {
  readonly value: Buffer;
  readonly transaction: number;
}

const faultsTold = 10;

/** More than any file of LMDB can have. */
const deepest = 32;

/**
 * Walks every tree of an LMDB file and checks that its pages are where, what and as old as they should be, that no
 * page belongs to two, and that nothing points outside. It never throws for what the file holds, and it ends.
 *
 * @param visit is told of each value of the tables that can be reached.
 */
export function inspect(
  path: string,
  expected: Expected,
  visit: (found: FoundValue, table: string) => void = () => {},
): Inspection {
  const faults: string[] = [];
  let records = 0;
  const tell = (fault: string) => {
    if (faults.length < faultsTold) faults.push(fault);
  };
  const file = new PageFile(path);
  try {
    const meta = newestMeta(file, tell);
    const walk = new Walk(file, meta, tell);
    walk.free(meta.free);
    walk.tree(meta.main, (node) => {
      // Names end with a zero byte in some versions of the library.
      const name = node.key.toString('latin1').replace(/\0$/, '');
      if (!node.isTree || !node.inline || !expected.tables.includes(name)) {
        tell(`there is a table "${name.slice(0, 40)}"`);
        return;
      }
      const table = tree(node.inline, 0);
      if (table.flags !== 0) tell(`table ${name} is of another kind`);
      walk.tree(table, (leaf, page) => {
        const value = walk.value(leaf);
        if (!value) return;
        records++;
        visit({ value, transaction: page.transaction }, name);
      });
    });
    walk.unfree();
  } catch (error) {
    if (!(error instanceof PageFault)) throw error;
    faults.unshift(error.message);
  } finally {
    file.close();
  }
  return { faults, records };
}

/** Every value in every page that looks like a leaf, reachable or not, old or new. It never throws for the content. */
export function* scan(path: string): Iterable<FoundValue> {
  const file = new PageFile(path);
  try {
    for (let number = 0; number < file.pages; number++) {
      const page = file.page(number);
      if (page.flags !== flag.leaf) continue;
      for (const node of leavesOf(page)) {
        const value = node.inline ?? longValue(file, node);
        if (value) yield { value, transaction: page.transaction };
      }
    }
  } finally {
    file.close();
  }
}

function leavesOf(page: Page): Node[] {
  try {
    return nodes(page);
  } catch {
    return [];
  }
}

function longValue(file: PageFile, node: Node): Buffer | undefined {
  try {
    return file.overflow(node);
  } catch {
    return undefined;
  }
}

/** @throws PageFault where neither of the two holds. */
function newestMeta(file: PageFile, tell: (fault: string) => void): Meta {
  const metas = ([0, 1] as const).flatMap((number) => {
    try {
      return [file.meta(number)];
    } catch (error) {
      tell(messageOf(error));
      return [];
    }
  });
  const [a, b] = metas;
  if (!a) throw new PageFault('it has no beginning');
  if (!b) return a;
  if (Math.abs(a.transaction - b.transaction) > 1) tell('the two meta pages do not follow each other');
  return b.transaction > a.transaction ? b : a;
}

class Walk {
  readonly #file: PageFile;
  readonly #meta: Meta;
  readonly #fault: (what: string) => void;
  #ordered = true;
  readonly #seen = new Set<number>();
  readonly #freed: { readonly first: number; readonly pages: number }[] = [];

  constructor(file: PageFile, meta: Meta, fault: (what: string) => void) {
    this.#file = file;
    this.#meta = meta;
    this.#fault = fault;
  }

  tree({ root, depth, entries }: Tree, leaf: (node: Node, page: Page) => void): void {
    let found = 0;
    if (depth > deepest) this.#fault(`a tree is ${depth} pages deep`);
    else if (root !== undefined)
      this.#below(root, depth, (node, page) => {
        found++;
        leaf(node, page);
      });
    if (found !== entries) this.#fault(`a tree has ${found} entries instead of ${entries}`);
  }

  /**
   * Each entry is a list of pages that may be written anew: its length, then pages. A negative number says how many
   * in a row begin with the page behind it; 0 is an empty place.
   */
  free(list: Tree): void {
    // Its keys are numbers of transactions, which bytes do not put in order.
    this.#ordered = false;
    this.tree(list, (node) => {
      const value = this.value(node);
      if (!value || value.length < 8) return;
      const count = Number(value.readBigInt64LE(0));
      if (count < 0 || 8 * (count + 1) > value.length) {
        this.#fault('a list of free pages is longer than its place');
        return;
      }
      let row = 1;
      for (let i = 1; i <= count; i++) {
        const number = Number(value.readBigInt64LE(8 * i));
        if (number > 0) this.#freed.push({ first: number, pages: row });
        row = number < 0 ? -number : 1;
      }
    });
    this.#ordered = true;
  }

  /** To be called last. */
  unfree(): void {
    for (const { first, pages } of this.#freed) {
      if (first < 2 || first + pages - 1 > this.#meta.lastPage) {
        this.#fault(`page ${first} can't be free: there is none`);
        continue;
      }
      for (let page = first; page < first + pages; page++) {
        if (this.#seen.has(page)) this.#fault(`page ${page} is free, and elsewhere too`);
        this.#seen.add(page);
      }
    }
  }

  value(node: Node): Buffer | undefined {
    if (node.inline) return node.inline;
    try {
      const { page, pages } = node.overflow as { page: number; pages: number };
      const value = this.#file.overflow(node, this.#meta.transaction);
      for (let i = 0; i < pages; i++) this.#take(page + i);
      return value;
    } catch (error) {
      this.#fault(messageOf(error));
      return undefined;
    }
  }

  #below(number: number, depth: number, leaf: (node: Node, page: Page) => void): void {
    let page: Page;
    let found: Node[];
    try {
      this.#take(number);
      page = this.#file.page(number);
      this.#check(page, depth > 1 ? flag.branch : flag.leaf);
      found = nodes(page);
    } catch (error) {
      this.#fault(messageOf(error));
      return;
    }
    let previous: Buffer | undefined;
    for (const node of found) {
      // The first key of a branch stands for all that is less than the second, and is left empty.
      if (this.#ordered && previous && previous.length > 0 && Buffer.compare(previous, node.key) >= 0) {
        this.#fault(`page ${number}: its keys are not in order`);
      }
      previous = node.key;
      if (depth > 1) this.#below(node.child, depth - 1, leaf);
      else leaf(node, page);
    }
  }

  #take(number: number): void {
    if (this.#seen.has(number)) throw new PageFault(`page ${number} belongs to two places`);
    if (number < 2 || number > this.#meta.lastPage) throw new PageFault(`there is no page ${number}`);
    this.#seen.add(number);
  }

  #check({ number, bytes, flags, transaction }: Page, expected: number): void {
    if (Number(bytes.readBigUInt64LE(0)) !== number) throw new PageFault(`page ${number} says it is another`);
    if (flags !== expected) throw new PageFault(`page ${number} is of another type`);
    if (transaction > this.#meta.transaction) throw new PageFault(`page ${number} comes from the future`);
  }
}
