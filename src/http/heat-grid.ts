import { endianness } from 'node:os';
import type { HeatDocument } from '../core/api-history.ts';
import { invalid, type PackedProfile, resolution_mg_cm2 } from './profile-codec.ts';

export interface HeatWindow {
  readonly line: string;
  readonly from_ms: number;
  readonly until_ms: number;
  readonly rows: number;
  readonly columns: number;
}

/** Shorter stretches of time than this would mostly hold no scan. */
const shortest_ms = 1_000;

/**
 * Profiles on a regular grid of time and place, each cell the mean of what fell into it: a day of 10,800 scans at 800
 * locations becomes a picture of a few hundred kilobytes. A row without a scan is invalid from end to end.
 *
 * @param profiles in order of their time
 */
export function heatGrid(profiles: readonly PackedProfile[], window: HeatWindow): HeatDocument {
  const { line, from_ms, until_ms } = window;
  const step_ms = Math.max(shortest_ms, Math.ceil((until_ms - from_ms) / window.rows));
  const rows = Math.max(1, Math.ceil((until_ms - from_ms) / step_ms));
  const inside = profiles.slice(firstAt(profiles, from_ms), firstAt(profiles, until_ms));
  const columns = Math.min(window.columns, inside.at(-1)?.values.length ?? window.columns);
  const sums = new Float64Array(columns);
  const counts = new Uint32Array(columns);
  const grid = new Int16Array(rows * columns).fill(invalid);
  const rowOf = (profile: PackedProfile) => Math.floor((profile.time_ms - from_ms) / step_ms);

  for (let i = 0; i < inside.length; ) {
    const row = rowOf(inside[i]!);
    sums.fill(0);
    counts.fill(0);
    for (; i < inside.length && rowOf(inside[i]!) === row; i++) add(inside[i]!.values, sums, counts);
    for (let column = 0; column < columns; column++)
      if (counts[column]! > 0) grid[row * columns + column] = Math.round(sums[column]! / counts[column]!);
  }
  const data = Buffer.from(grid.buffer);
  if (endianness() === 'BE') data.swap16();
  return { line, from_ms, step_ms, rows, columns, resolution_mg_cm2, data: data.toString('base64') };
}

function add(values: Int16Array, sums: Float64Array, counts: Uint32Array): void {
  const perLocation = sums.length / values.length;
  for (let location = 0; location < values.length; location++) {
    const value = values[location]!;
    if (value === invalid) continue;
    const column = Math.floor(location * perLocation);
    sums[column]! += value;
    counts[column]!++;
  }
}

/** Index of the first profile at or after a time. */
function firstAt(profiles: readonly PackedProfile[], time_ms: number): number {
  let low = 0;
  let high = profiles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (profiles[middle]!.time_ms < time_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
