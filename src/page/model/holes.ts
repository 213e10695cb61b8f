import type { Outage } from '../../core/messages.ts';

/** Holes of one source and reason that opened and closed together: one event for a person, whatever it took away. */
export interface Hole {
  readonly source: string;
  readonly reason: Outage['reason'];
  readonly from_ms: number;
  /** `undefined` while it is open, or where its end is not known. */
  readonly until_ms: number | undefined;
  readonly details: readonly string[];
}

/**
 * Outages as people count them, newest first. A tag that is lost and found again is reported twice: the second
 * report, of the same beginning, tells the end. A device that goes takes all its tags along in the same second.
 */
export function holes(outages: readonly Outage[]): Hole[] {
  const merged = new Map<string, { hole: Hole; details: Set<string> }>();
  for (const { source, reason, time_ms, until_ms, detail } of outages) {
    const key = `${source} ${reason} ${time_ms}`;
    const known = merged.get(key);
    const details = known?.details ?? new Set<string>();
    // What closes a hole says nothing about it that its opening has not said.
    if (!known || until_ms === undefined) details.add(detail);
    const ends = [known?.hole.until_ms, until_ms].filter((end) => end !== undefined);
    const until = ends.length > 0 ? Math.max(...ends) : undefined;
    merged.set(key, { hole: { source, reason, from_ms: time_ms, until_ms: until, details: [] }, details });
  }
  return [...merged.values()]
    .map(({ hole, details }) => ({ ...hole, details: [...details] }))
    .sort((a, b) => b.from_ms - a.from_ms);
}
