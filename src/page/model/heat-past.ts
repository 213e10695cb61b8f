import type { HeatDocument } from '../../core/api-history.ts';
import { decodeProfiles, type ProfileRow } from './profiles.ts';

/** A stretch of the past as a picture: time to the right, a pixel for each cell, the operator side at the top. */
export interface PastHeat {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly width: number;
  readonly height: number;
  readonly rows: readonly ProfileRow[];
}

export function pastHeat(heat: HeatDocument): PastHeat {
  const { from_ms, step_ms, rows, columns } = heat;
  const numbers = Array.from({ length: rows }, (_, i) => i);
  return {
    from_ms,
    until_ms: from_ms + rows * step_ms,
    width: rows,
    height: columns,
    rows: decodeProfiles({ ...heat, scan: numbers, time_ms: numbers.map((row) => from_ms + row * step_ms) }),
  };
}
