import type { RootDatabase } from 'lmdb';
import type { ReportId } from '../../core/report-id.ts';
import { floorKey } from '../journal.ts';
import { takenKey } from '../last-ids.ts';
import { isSealed, type Unsealed, unseal } from '../seal.ts';
import { type Table, type TableKind, tables } from '../table.ts';
import { type FoundValue, inspect, scan } from './inspect.ts';

export interface Examination {
  /** None where the store is whole. */
  readonly faults: readonly string[];
  /** Whether all records can be reached, though some may be damaged in themselves. */
  readonly reachable: boolean;
}

/** What the file of a store may have in it. */
export const tableNames: readonly string[] = ['meta', ...Object.values(tables).map(({ name }) => name)];

const kindOf = (tag: number | undefined): TableKind | undefined =>
  Object.values(tables).find((kind) => kind.tag === tag);

/** Checks every page and every record's checksum, without LMDB. */
export function examine(path: string): Examination {
  const damaged: string[] = [];
  let sealed = 0;
  const { faults } = inspect(path, { tables: tableNames }, ({ value }, table) => {
    if (table === 'meta') return;
    if (isSealed(value)) sealed++;
    if (kindOf(opened(value)?.tag)?.name === table || damaged.length >= faultsTold) return;
    damaged.push(`a record of table ${table} does not fit its checksum`);
  });
  // A store of format 1 has no checksums at all.
  return { faults: [...faults, ...(sealed > 0 ? damaged : [])], reachable: faults.length === 0 };
}

/** How many records of each table could be saved, by the table's name. */
export type Saved = Record<string, number>;

/**
 * Copies every record whose checksum fits into a fresh store: through the trees where those hold, else from every page
 * that looks like one, of several versions of a record the newest. Then records may come back that had been removed;
 * those that owners know to be obsolete go again when they are opened.
 *
 * @returns the highest position of any journal that is mentioned, too.
 */
export function salvage(
  path: string,
  reachable: boolean,
  root: RootDatabase<unknown, string>,
  target: readonly Table[],
): { saved: Saved; position: number } {
  const newest = new Map<string, number>();
  let position = 0;
  const saved: Saved = Object.fromEntries(target.map(({ kind }) => [kind.name, 0]));
  let batch: { table: Table; record: Unsealed; value: Buffer }[] = [];
  const write = () => {
    root.transactionSync(() => {
      for (const { table, record, value } of batch) table.restore(record.key, value);
    });
    batch = [];
  };
  const take = ({ value, transaction }: FoundValue) => {
    const record = opened(value);
    const table = record && target.find(({ kind }) => kind.tag === record.tag);
    if (!table) return;
    const name = `${record.tag} ${JSON.stringify(record.key)}`;
    const known = newest.get(name);
    if (known !== undefined && known >= transaction) return;
    newest.set(name, transaction);
    if (known === undefined) saved[table.kind.name] = (saved[table.kind.name] ?? 0) + 1;
    position = Math.max(position, positionIn(record));
    batch.push({ table, record, value: Buffer.from(value) });
    if (batch.length >= batchRecords) write();
  };
  if (reachable) inspect(path, { tables: tableNames }, take);
  else for (const found of scan(path)) take(found);
  write();
  return { saved, position };
}

const batchRecords = 500;
const faultsTold = 10;

function opened(value: Buffer): Unsealed | undefined {
  try {
    return unseal(value);
  } catch {
    return undefined;
  }
}

/** The highest position of any line's journal that a record speaks of. */
function positionIn({ tag, key, body }: Unsealed): number {
  const [, second, , position] = key;
  if (tag === tables.spools.tag) {
    const taken = second === takenKey ? (JSON.parse(body.toString()) as [string, ReportId][]) : [];
    return Math.max(0, ...taken.map(([, id]) => id.position));
  }
  if (tag === tables.history.tag) return key.length === 5 ? Number(position) : 0;
  return second === floorKey[1] ? Number(body.toString()) : Number(second);
}
