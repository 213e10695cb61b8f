import type { Database } from 'lmdb';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { committed } from './commit.ts';
import type { JournalKey } from './journal.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts';

/** The states of a line's agent from which a restart goes on, each tied to a position of the journal. */
export interface Snapshots {
  /**
   * Keeps the state in which the entry at `position` is the last that was applied; older snapshots beyond the
   * configured number go. Resolves once it is on the disk.
   *
   * @param state plain data: objects, arrays, maps, sets, typed arrays, strings, numbers, booleans.
   * @throws RetryableError where it could not be kept.
   */
  save(position: number, state: unknown): Promise<void>;
  /** The newest that is whole; a damaged one is reported to the log and the one before it taken. */
  latest(): Snapshot | undefined;
  /** The oldest that is whole: with the journal behind it, all of the past that is kept. */
  oldest(): Snapshot | undefined;
  /** Position of the oldest snapshot kept: the journal must not be trimmed past the entry behind it. 0 without one. */
  oldestPosition(): number;
}

export interface Snapshot {
  readonly position: number;
  readonly state: unknown;
}

export function openSnapshots(
  database: Database<Buffer, JournalKey>,
  line: string,
  kept: number,
  log: Logger,
): Snapshots {
  const all: { start: JournalKey; end: JournalKey } = {
    start: [line, 0],
    end: [line, Number.MAX_SAFE_INTEGER],
  };
  const positions = () => [...database.getKeys(all)].map(([, position]) => position);

  const firstWhole = (candidates: readonly number[]): Snapshot | undefined => {
    for (const position of candidates) {
      const bytes = database.get([line, position]);
      if (bytes === undefined) continue;
      try {
        return { position, state: decodeSnapshot(bytes) };
      } catch (error) {
        log.error(
          { event: 'snapshot-damaged', line, position },
          `the snapshot can't be used, going on to the next one: ${messageOf(error)}`,
        );
      }
    }
    return undefined;
  };

  return {
    async save(position, state) {
      const bytes = encodeSnapshot(state);
      const outdated = positions()
        .filter((other) => other !== position)
        .slice(0, -(kept - 1));
      const write = () =>
        database.batch(() => {
          void database.put([line, position], bytes);
          for (const other of outdated) void database.remove([line, other]);
        });
      await committed(write, "the snapshot can't be kept", line);
    },

    latest: () => firstWhole(positions().reverse()),
    oldest: () => firstWhole(positions()),

    oldestPosition: () => positions()[0] ?? 0,
  };
}
