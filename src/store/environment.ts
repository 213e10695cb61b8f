import { type Database, open, type RootDatabase } from 'lmdb';
import { Table, tables } from './table.ts';

/** The LMDB file of a store, open, with its tables. */
export interface Environment {
  readonly root: RootDatabase<unknown, string>;
  /** What concerns the file as a whole. Absent where a file without it is opened for reading only. */
  readonly meta: Database<number, string> | undefined;
  readonly journal: Table;
  readonly snapshots: Table;
  readonly spools: Table;
  readonly history: Table;
}

/** Throws the library's own errors. The file must be whole: the library takes the process down with one that is not. */
export function openEnvironment(path: string, readOnly: boolean): Environment {
  const root = open<unknown, string>({
    path,
    noSubdir: true,
    readOnly,
    // Each commit is on the disk before its promise resolves: that is what an acknowledgement stands for.
    overlappingSync: false,
    // The batch of an event turn has a promise of its own that nobody holds: a full disk would end the process.
    eventTurnBatching: false,
  });
  return {
    root,
    meta: root.openDB<number, string>('meta', {}),
    journal: new Table(root, tables.journal),
    snapshots: new Table(root, tables.snapshots),
    spools: new Table(root, tables.spools),
    history: new Table(root, tables.history),
  };
}

export const tablesOf = ({ journal, snapshots, spools, history }: Environment): readonly Table[] => [
  journal,
  snapshots,
  spools,
  history,
];
