import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { FatalError, messageOf } from '../core/errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { Commits } from './commits.ts';
import { markClean } from './damage/clean-mark.ts';
import { ensureWhole, refuseDamaged, setAside } from './damage/ensure-whole.ts';
import { type Environment, openEnvironment, tablesOf } from './environment.ts';
import { type HistoryBounds, StoredHistory } from './history.ts';
import { type Journal, openJournal } from './journal.ts';
import { Room } from './room.ts';
import { firstShape, openSnapshots, type Snapshots, type StateShape } from './snapshots.ts';
import { openSpool, type SpoolSettings, type StoredSpool } from './spool.ts';
import { everything } from './table.ts';
import { faultOfFormat, upgrade } from './upgrade.ts';
import { hasWriter, takeWriterLock, type WriterLock } from './writer-lock.ts';

/**
 * What an agent can't lose: for each line a journal, snapshots and a history, for each sink a spool, in one LMDB file.
 * What was told to it first is never on the disk later: a snapshot that is there implies every spooled report before it.
 */
export interface Store {
  /** The same journal for the same line, at every call. */
  journal(line: string): Journal;
  /** @param shape of the states that the caller keeps there; version 1 where it never changed. */
  snapshots(line: string, shape?: StateShape): Snapshots;
  /** What waits for a sink's peer. The same spool for the same name, at every call; the first one's settings hold. */
  spool(name: string, settings: SpoolSettings): StoredSpool;
  /** What all lines were seen to do; one for all. */
  history(): StoredHistory;
  /**
   * Writes a whole copy, as the store is at one instant, into a folder that holds none; also beside a writer at work.
   *
   * @throws FatalError where it can't be written.
   */
  copyTo(folder: string): Promise<void>;
  /** Waits for commits under way, then frees the file and the writer's lock. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly log?: Logger;
  /** For the age of what is kept, and for trying again. */
  readonly clock?: Clock;
  /** Snapshots kept for each line, ≥ 2. */
  readonly snapshotsKept?: number;
  /** How far back the history goes. */
  readonly history?: HistoryBounds;
  /** Beside a writer at work: reads the latest commit, appends nothing. */
  readonly readOnly?: boolean;
}

/** What opening may write. */
const openingBytes = 2 ** 18;

const defaultHistory: HistoryBounds = { age_ms: 730 * 86_400_000, bytes: 2 ** 32 };

/**
 * A store that is damaged is set aside, what can be saved of it goes into a fresh one, and the log is told: see
 * `damage/`. It never starts afresh over one that is there.
 *
 * @throws FatalError where the store can't be opened: another writer at work, not readable, written by a newer version;
 *   for a reader also where it is damaged.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const path = join(folder, 'store.lmdb');
  let lock: WriterLock | undefined;
  try {
    if (options.readOnly) {
      // Beside a writer its pages change while one looks at them; the writer has seen to it that they are whole.
      if (!(await hasWriter(folder))) refuseDamaged(path);
      return storeOver(openEnvironment(path, true), undefined, options, () => Promise.resolve());
    }
    mkdirSync(folder, { recursive: true });
    lock = await takeWriterLock(folder);
    const environment = await openWhole(path, folder, options);
    const held = lock;
    const room = new Room(path);
    return storeOver(environment, room, options, async () => {
      room.close();
      if (tablesOf(environment).every(({ damaged }) => !damaged)) markClean(path);
      await held.release();
    });
  } catch (error) {
    await lock?.release();
    if (error instanceof FatalError) throw error;
    throw new FatalError(`the store can't be opened: ${messageOf(error)}`, { where: folder, cause: error });
  }
}

/** LMDB writes a little when it opens a file, which must not fail: see `Room`. @throws FatalError */
function checkFreeSpace(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < openingBytes) throw new FatalError('there is no room on the disk', { where: folder });
}

/** For the writer. */
async function openWhole(path: string, folder: string, options: StoreOptions): Promise<Environment> {
  const { log = silentLogger, clock = systemClock } = options;
  checkFreeSpace(folder);
  const isExamined = await ensureWhole(path, { clock, log });
  for (;;) {
    const environment = openEnvironment(path, false);
    try {
      const fault = faultOfFormat(environment, folder) ?? (isExamined ? faultOfKeys(environment) : undefined);
      if (fault === undefined) {
        upgrade(environment, log);
        return environment;
      }
      await environment.root.close();
      await setAside(path, [fault], { clock, log });
    } catch (error) {
      await environment.root.close();
      throw error;
    }
  }
}

/** A key that was damaged may still be in order: only the record itself tells where it belongs. */
function faultOfKeys(environment: Environment): string | undefined {
  for (const table of tablesOf(environment)) {
    for (const { body } of table.range(everything)) {
      try {
        body();
      } catch (error) {
        return `table ${table.kind.name}: ${messageOf(error)}`;
      }
    }
  }
  return undefined;
}

function storeOver(
  environment: Environment,
  room: Room | undefined,
  options: StoreOptions,
  closed: () => Promise<void>,
): Store {
  const { log = silentLogger, clock = systemClock, snapshotsKept = 3, readOnly = false } = options;
  const commits = new Commits(environment.root, room, clock, log);
  const around = { commits, clock, log };
  const history = new StoredHistory(environment.history, options.history ?? defaultHistory, around);
  const spools = new Map<string, StoredSpool>();
  const journals = new Map<string, Journal>();
  let closing: Promise<void> | undefined;
  const close = async () => {
    if (!readOnly) await commits.close();
    await environment.root.close();
    await closed();
  };
  return {
    journal(line) {
      const journal = journals.get(line) ?? openJournal(environment.journal, commits, line);
      journals.set(line, journal);
      return journal;
    },
    snapshots: (line, shape = firstShape) =>
      openSnapshots(environment.snapshots, commits, line, { kept: snapshotsKept, shape }, log),
    spool(name, settings) {
      const spool = spools.get(name) ?? openSpool(name, settings, { table: environment.spools, ...around });
      spools.set(name, spool);
      return spool;
    },
    history: () => history,
    async copyTo(folder) {
      const path = join(folder, 'store.lmdb');
      try {
        mkdirSync(folder, { recursive: true });
        if (existsSync(path)) throw new Error('there is a store already');
        // Without the free pages of a file that has grown and shrunk.
        await environment.root.backup(path, true);
      } catch (error) {
        throw new FatalError(`the copy can't be made: ${messageOf(error)}`, { where: folder, cause: error });
      }
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
