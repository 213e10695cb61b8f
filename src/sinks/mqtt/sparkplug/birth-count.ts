import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';

/** Counts connections, so that hosts can tell the will of an old one from that of the present one. */
export interface BirthCount {
  /** bdSeq of the next connection: 0 to 255, then 0 again (Sparkplug 3.0, 6.4.3). */
  next(): number;
}

/**
 * Kept in a file, because a will may come after a restart. Without the file counting starts at 0; where it can't be
 * written counting goes on in memory.
 */
export function birthCountIn(folder: string, log: Logger): BirthCount {
  const file = join(folder, 'sparkplug-bdseq');
  let last = read(file);
  return {
    next() {
      last = last === undefined ? 0 : (last + 1) % 256;
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(`${file}.new`, String(last));
        renameSync(`${file}.new`, file);
      } catch (error) {
        log.warn({ event: 'sparkplug-bdseq-not-kept' }, messageOf(error));
      }
      return last;
    },
  };
}

function read(file: string): number | undefined {
  try {
    const count = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return count >= 0 && count <= 255 ? count : undefined;
  } catch {
    return undefined;
  }
}
