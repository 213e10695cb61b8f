import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { DeadLetterReport, Report } from '../core/report.ts';
import type { DeadLetter, DeadLetterReason, DeadLetters } from '../core/source.ts';

/**
 * Counts what can't be used by reason, logs it and reports it. A flood of one kind is logged at its first, second,
 * fourth, eighth … occurrence, so that a broken device can't fill a disk; the counts stay exact.
 */
export function countingDeadLetters(
  line: string,
  clock: Pick<Clock, 'now_ms'>,
  log: Logger,
  report: (report: Report) => void,
): DeadLetters & { counts(): Readonly<Partial<Record<DeadLetterReason, number>>> } {
  const counts = new Map<DeadLetterReason, number>();
  return {
    take(letter: DeadLetter) {
      const count = (counts.get(letter.reason) ?? 0) + 1;
      counts.set(letter.reason, count);
      const detail = letter.detail.slice(0, 200);
      if (Number.isInteger(Math.log2(count))) {
        log.warn(
          { event: 'dead-letter', line, reason: letter.reason, where: letter.where, count },
          `${letter.where}: ${detail}`,
        );
      }
      const entry: DeadLetterReport = {
        ...letter,
        detail,
        line,
        kind: 'dead-letter',
        time_ms: clock.now_ms(),
        count,
      };
      report(entry);
    },
    counts: () => Object.fromEntries(counts),
  };
}
