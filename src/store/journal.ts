import type { Database } from 'lmdb';
import { BadInputError, messageOf } from '../core/errors.ts';
import type { LineMessage } from '../core/messages.ts';
import { committed } from './commit.ts';
import { decodeMessage, encodeMessage } from './message-codec.ts';

/** Everything that a line's sources brought in, in the order of arrival, until it is trimmed. */
export interface Journal {
  /** Position of the newest entry ever appended; 0 before the first. Positions only grow, also over restarts. */
  readonly last: number;
  /**
   * Resolves with the entry's position once it is on the disk. Entries appended while a commit is under way share
   * the next one.
   *
   * @throws RetryableError where it could not be kept: disk full, disk gone.
   */
  append(message: LineMessage): Promise<number>;
  /**
   * The entries from position `from` on, as they are when the reading begins.
   *
   * @throws BadInputError where an entry can't be decoded, naming its position.
   */
  read(from: number): Iterable<JournalEntry>;
  /** Drops the entries before `position`, but never the newest; resolves with how many. */
  trim(position: number): Promise<number>;
}

export interface JournalEntry {
  readonly position: number;
  readonly message: LineMessage;
}

export type JournalKey = [line: string, position: number];

export function openJournal(database: Database<Buffer, JournalKey>, line: string): Journal {
  const range = (from: number, to: number) => ({
    start: [line, from] as JournalKey,
    end: [line, to] as JournalKey,
  });
  const backwards = {
    start: [line, Number.MAX_SAFE_INTEGER] as JournalKey,
    end: [line, 0] as JournalKey,
    reverse: true,
    limit: 1,
  };
  const [newest] = [...database.getKeys(backwards)];
  // Positions come from here, not from the database, so that entries of one commit have theirs at once.
  let last = newest?.[1] ?? 0;

  return {
    get last() {
      return last;
    },

    async append(message) {
      const position = ++last;
      const write = () => database.put([line, position], encodeMessage(message));
      await committed(write, "the journal can't keep a message", line);
      return position;
    },

    *read(from) {
      for (const { key, value } of database.getRange(range(from, Number.MAX_SAFE_INTEGER))) {
        const position = key[1];
        yield { position, message: decode(value, line, position) };
      }
    },

    async trim(position) {
      const keys = [...database.getKeys(range(0, Math.min(position, last)))];
      const write = () =>
        database.batch(() => {
          for (const key of keys) void database.remove(key);
        });
      await committed(write, "the journal can't be trimmed", line);
      return keys.length;
    },
  };
}

function decode(bytes: Buffer, line: string, position: number): LineMessage {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    throw new BadInputError(messageOf(error), {
      where: `journal of line ${line}, position ${position}`,
      cause: error,
    });
  }
}
