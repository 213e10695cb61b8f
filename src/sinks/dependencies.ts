import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

/** What every network sink is given. */
export interface SinkDependencies {
  readonly clock: Clock;
  readonly log: Logger;
}

/** What became of the messages or points of a sink so far. */
export interface SinkCounters {
  readonly delivered: number;
  /** Given up because the queue was full. */
  readonly dropped: number;
  /** Refused by the peer for good. */
  readonly refused: number;
  readonly queued: number;
}
