import type { ReportId } from '../../core/report-id.ts';

/** Nanoseconds since the Unix epoch, in decimal digits: more than a double can hold. */
export type Instant = string;

const NS_PER_MS = 1_000_000;

/**
 * Event time with an ordinal in the digits below a millisecond. A database keeps one point for each series and time,
 * so two points of one millisecond (or of two hours that a clock, set back, went through twice) need times of their
 * own; and the same point written twice must have the same one.
 *
 * @param ordinal what tells the points of a series apart, the same whenever the point is told: any integer ≥ 0.
 */
export function instantOf(time_ms: number, ordinal: number): Instant {
  return `${Math.floor(time_ms)}${String(ordinal % NS_PER_MS).padStart(6, '0')}`;
}

/** Reports of one message are told apart by their place; 64 places leave room for 15,625 messages in a row. */
const PLACES = 64;

/** The ordinal of a report that its own content doesn't name. */
export const ordinalOf = ({ position, index }: ReportId): number => position * PLACES + index;
