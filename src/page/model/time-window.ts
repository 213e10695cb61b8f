/** A stretch of time that is looked at (ms). */
export interface TimeWindow {
  readonly from_ms: number;
  readonly until_ms: number;
}

export const shortest_ms = 10 * 60_000;
export const longest_ms = 24 * 3_600_000;

/** The last stretch of a length that ends now. */
export const latest = (now_ms: number, span_ms: number): TimeWindow => ({
  from_ms: now_ms - span_ms,
  until_ms: now_ms,
});

/** Moved by a share of its own length, later for a positive one, and never beyond now. */
export function panned({ from_ms, until_ms }: TimeWindow, share: number, now_ms: number): TimeWindow {
  const shift = Math.min(share * (until_ms - from_ms), now_ms - until_ms);
  return { from_ms: from_ms + shift, until_ms: until_ms + shift };
}

/**
 * Longer by a factor above 1, shorter by one below, between ten minutes and a day; what lies at the share `at` of its
 * length stays where it is, as far as now allows.
 */
export function zoomed(
  { from_ms, until_ms }: TimeWindow,
  factor: number,
  at: number,
  now_ms: number,
): TimeWindow {
  const span = until_ms - from_ms;
  const wanted = Math.min(longest_ms, Math.max(shortest_ms, span * factor));
  const fixed = from_ms + at * span;
  const end = Math.min(now_ms, fixed + (1 - at) * wanted);
  return { from_ms: end - wanted, until_ms: end };
}
