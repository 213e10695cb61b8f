import { compareIds, type ReportId } from '../core/report-id.ts';
import type { Commits, Participant } from './commits.ts';
import type { StoreKey } from './seal.ts';
import type { Change, Table } from './table.ts';

/** Last part of the key under which a spool keeps them. */
export const takenKey = 'taken';

/** Remembers for each line the last id that was taken, so that what is told again is known. */
export class LastIds implements Participant {
  readonly #table: Table;
  readonly #key: StoreKey;
  readonly #commits: Commits;
  readonly #last: Map<string, ReportId>;
  #dirty = false;
  #writing = false;

  constructor(table: Table, key: StoreKey, commits: Commits) {
    this.#table = table;
    this.#key = key;
    this.#commits = commits;
    const stored = table.get(key);
    this.#last = new Map(stored ? (JSON.parse(stored.toString()) as [string, ReportId][]) : []);
    commits.join(this);
  }

  /** False where this id or a later one was taken before. */
  take(line: string, id: ReportId): boolean {
    const last = this.#last.get(line);
    if (last && compareIds(id, last) <= 0) return false;
    this.#last.set(line, { position: id.position, index: id.index });
    this.#dirty = true;
    this.#commits.wake();
    return true;
  }

  changes(): readonly Change[] {
    if (!this.#dirty) return [];
    this.#dirty = false;
    this.#writing = true;
    return [{ table: this.#table, key: this.#key, body: Buffer.from(JSON.stringify([...this.#last])) }];
  }

  settled(kept: boolean): void {
    if (this.#writing && !kept) this.#dirty = true;
    this.#writing = false;
  }
}
