import { messageOf } from '../core/errors.ts';
import type { HistoryReader } from '../core/history.ts';
import type { Logger } from '../core/logger.ts';
import type { LiveLine } from './live-line.ts';

/** As far back as a page can pan without asking the store. */
const restored_ms = 86_400_000;

/**
 * Gives each line's memory back what the store remembers of its last day. A store that can't be read costs the past on
 * the page and nothing else: the agent itself has its own state.
 */
export function restoreFrom(history: HistoryReader, lines: readonly LiveLine[], log: Logger): void {
  for (const { memory } of lines) {
    const { line } = memory;
    try {
      const [newest] = history.read({ line, reverse: true, limit: 1 });
      if (newest) memory.restore(history.read({ line, from_ms: newest.time_ms - restored_ms }));
    } catch (thrown) {
      log.error({ event: 'http-history-unread', line }, messageOf(thrown));
    }
  }
}
