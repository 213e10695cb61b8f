import { closeSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { FatalError, messageOf } from '../core/errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { type Journal, type JournalKey, openJournal } from './journal.ts';
import { openSnapshots, type Snapshots } from './snapshots.ts';
import { takeWriterLock, type WriterLock } from './writer-lock.ts';

/** What an agent can't lose: for each line a journal and snapshots, in one LMDB file. */
export interface Store {
  /** The same journal for the same line, at every call. */
  journal(line: string): Journal;
  snapshots(line: string): Snapshots;
  /** Waits for commits under way, then frees the file and the writer's lock. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly log?: Logger;
  /** Snapshots kept for each line, ≥ 2. */
  readonly snapshotsKept?: number;
  /** Beside a writer at work: reads the latest commit, appends nothing. */
  readonly readOnly?: boolean;
}

const format = 1;

/**
 * @throws FatalError where the store can't be opened: another writer at work, not readable, damaged, or written by
 *   another version. It never starts afresh over one that is there.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const { log = silentLogger, snapshotsKept = 3, readOnly = false } = options;
  let lock: WriterLock | undefined;
  let root: RootDatabase<unknown, string> | undefined;
  try {
    if (!readOnly) {
      mkdirSync(folder, { recursive: true });
      lock = await takeWriterLock(folder);
    }
    const path = join(folder, 'store.lmdb');
    checkMagic(path);
    root = open<unknown, string>({
      path,
      noSubdir: true,
      readOnly,
      // Each commit is on the disk before its promise resolves: that is what an acknowledgement stands for.
      overlappingSync: false,
      // The batch of an event turn has a promise of its own that nobody holds: a full disk would end the process.
      eventTurnBatching: false,
    });
    const meta = root.openDB<number, string>('meta', {});
    checkFormat(meta.get('format'), folder);
    if (!readOnly) await meta.put('format', format);
    const entries = root.openDB<Buffer, JournalKey>('journal', { encoding: 'binary' });
    const states = root.openDB<Buffer, JournalKey>('snapshots', { encoding: 'binary' });

    const journals = new Map<string, Journal>();
    const opened = root;
    return {
      journal(line) {
        const journal = journals.get(line) ?? openJournal(entries, line);
        journals.set(line, journal);
        return journal;
      },
      snapshots: (line) => openSnapshots(states, line, snapshotsKept, log),
      async close() {
        await opened.close();
        await lock?.release();
        lock = undefined;
      },
    };
  } catch (error) {
    await root?.close();
    await lock?.release();
    if (error instanceof FatalError) throw error;
    throw new FatalError(`the store can't be opened: ${messageOf(error)}`, { where: folder, cause: error });
  }
}

/** LMDB's binding crashes the process on a file that is none of its own, so its first meta page is looked at before. */
function checkMagic(path: string): void {
  if (!existsSync(path)) return;
  const head = Buffer.alloc(28);
  const file = openSync(path, 'r');
  const length = readSync(file, head);
  closeSync(file);
  if (length > 0 && (length < head.length || head.readUInt32LE(24) !== 0xbeefc0de)) {
    throw new FatalError('the file is no store, or its beginning is damaged', { where: path });
  }
}

function checkFormat(found: number | undefined, folder: string): void {
  if (found === undefined || found === format) return;
  throw new FatalError(`the store has format ${found}`, { where: folder, allowed: `format ${format}` });
}
