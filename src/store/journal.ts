import { BadInputError, messageOf } from '../core/errors.ts';
import type { LineMessage } from '../core/messages.ts';
import { committed } from './commit.ts';
import type { Commits } from './commits.ts';
import { decodeMessage, encodeMessage } from './message-codec.ts';
import type { StoreKey } from './seal.ts';
import type { Table } from './table.ts';

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

/**
 * Where the lowest position for new entries of all lines stands, after a damaged store lost nobody knows how many: a
 * position given twice would name two reports alike.
 */
export const floorKey: StoreKey = ['', 'floor'];

export function openJournal(table: Table, commits: Commits, line: string): Journal {
  const range = (from: number, to: number) => ({ from: [line, from], to: [line, to] });
  const all = range(0, Number.MAX_SAFE_INTEGER);
  const [newest] = table.keys({ ...all, reverse: true, limit: 1 });
  // Positions come from here, not from the database, so that entries of one commit have theirs at once.
  const floor = Number(table.get(floorKey)?.toString() ?? 0);
  let last = Math.max((newest?.[1] ?? 0) as number, floor);

  return {
    get last() {
      return last;
    },

    async append(message) {
      const position = ++last;
      const change = { table, key: [line, position], body: encodeMessage(message) };
      await committed(() => commits.write([change]), "the journal can't keep a message", line);
      return position;
    },

    *read(from) {
      for (const { key, body } of table.range({ ...all, from: [line, from] })) {
        const position = key[1] as number;
        yield { position, message: decode(body, line, position) };
      }
    },

    async trim(position) {
      const keys = [...table.keys(range(0, Math.min(position, last)))];
      const changes = keys.map((key) => ({ table, key }));
      await committed(() => commits.write(changes), "the journal can't be trimmed", line);
      return keys.length;
    },
  };
}

function decode(body: () => Buffer, line: string, position: number): LineMessage {
  try {
    return decodeMessage(body());
  } catch (error) {
    throw new BadInputError(messageOf(error), {
      where: `journal of line ${line}, position ${position}`,
      cause: error,
    });
  }
}
