import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { DeadLetters } from '../core/source.ts';

/** What every source is given; none of them reaches for anything else. */
export interface SourceDependencies {
  /** Name of the line that the messages belong to. */
  readonly line: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly deadLetters: DeadLetters;
  /** A folder of the source's own for what it must keep, such as certificates. */
  readonly stateFolder: string;
}
