/** Where a profile is coated: first and last location (both inclusive), and what lies between. */
export interface CoatedSpan {
  readonly first: number;
  readonly last: number;
  readonly width: number;
  /** Share of the valid locations between first and last that are coated. */
  readonly filled: number;
}

/**
 * The coated web in a profile (cross-web frame). Single locations above the threshold amid bare foil are dust or
 * noise: an edge needs `EDGE_RUN` coated locations in a row (invalid ones don't break it).
 */
export function coatedSpan(profile: Float64Array, above_mg_cm2: number): CoatedSpan | undefined {
  const first = edge(profile, above_mg_cm2, 0, 1);
  if (first < 0) return undefined;
  const last = edge(profile, above_mg_cm2, profile.length - 1, -1);
  let valid = 0;
  let coated = 0;
  for (let i = first; i <= last; i++) {
    const value = profile[i]!;
    if (Number.isNaN(value)) continue;
    valid++;
    if (value >= above_mg_cm2) coated++;
  }
  return { first, last, width: last - first + 1, filled: coated / valid };
}

const EDGE_RUN = 3;

function edge(profile: Float64Array, above_mg_cm2: number, from: number, direction: 1 | -1): number {
  const needed = Math.min(EDGE_RUN, profile.length);
  let row = 0;
  let start = -1;
  for (let i = from; i >= 0 && i < profile.length; i += direction) {
    const value = profile[i]!;
    if (Number.isNaN(value)) continue;
    if (value < above_mg_cm2) {
      row = 0;
      continue;
    }
    if (row === 0) start = i;
    if (++row >= needed) return start;
  }
  return -1;
}

/** The profile with element 0 at the operator side; the input itself where it lies so already. */
export const oriented = (profile: Float64Array, startedAt: 'operator' | 'gear'): Float64Array =>
  startedAt === 'operator' ? profile : profile.toReversed();
