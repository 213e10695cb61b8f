import type { Logger } from '../core/logger.ts';
import type { DeadLetterReport, Report } from '../core/report.ts';
import type { DeadLetter, DeadLetterReason, DeadLetters } from '../core/source.ts';

export type DeadLetterCounts = Readonly<Partial<Record<DeadLetterReason, number>>>;

export interface CountingDeadLetters extends DeadLetters {
  readonly counts: DeadLetterCounts;
}

export interface DeadLetterParts {
  readonly line: string;
  /** The time to put on a letter (ms). */
  readonly now_ms: () => number;
  readonly log: Logger;
  readonly tell: (report: Report) => void;
  /** Where the counting goes on. */
  readonly counts?: DeadLetterCounts;
}

/**
 * Counts what can't be used by reason, logs it and reports it. A flood of one kind is logged at its first, second,
 * fourth, eighth … occurrence, so that a broken device can't fill a disk; the counts stay exact.
 */
export function countingDeadLetters({
  line,
  now_ms,
  log,
  tell,
  ...begin
}: DeadLetterParts): CountingDeadLetters {
  const counts = new Map(Object.entries(begin.counts ?? {}) as [DeadLetterReason, number][]);
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
      const report: DeadLetterReport = {
        ...letter,
        detail,
        line,
        kind: 'dead-letter',
        time_ms: now_ms(),
        count,
      };
      tell(report);
    },
    get counts() {
      return Object.fromEntries(counts);
    },
  };
}

/** Both counts together. */
export function sumOfCounts(a: DeadLetterCounts, b: DeadLetterCounts): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...a };
  for (const [reason, count] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
