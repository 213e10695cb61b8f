import type { Journal } from '../../src/store/journal.ts';
import type { Snapshots } from '../../src/store/snapshots.ts';

/** What keeps nothing: to measure an agent without its disk. */

export function memoryJournal(): Journal {
  let last = 0;
  return {
    get last() {
      return last;
    },
    append: async () => ++last,
    *read() {},
    trim: async () => 0,
  };
}

export const noSnapshots: Snapshots = {
  save: async () => {},
  latest: () => undefined,
  oldest: () => undefined,
  oldestPosition: () => 0,
};
