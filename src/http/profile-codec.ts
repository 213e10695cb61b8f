import { endianness } from 'node:os';
import type { ProfileRows } from '../core/api.ts';
import type { Profile } from '../core/observation.ts';

/** One scan across the web, in 16-bit steps: half the size of floats, and finer than any gauge's noise. */
export interface PackedProfile {
  readonly scan: number;
  readonly time_ms: number;
  readonly values: Int16Array;
}

/** 0.004 mg/cm² = 0.04 g/m²; the range is then ±131 mg/cm², over twice the thickest coating of the lab tables. */
export const resolution_mg_cm2 = 0.004;
export const invalid = -32_768;
const mostColumns = 800;

/** Packs a profile; one with more than 800 locations is averaged over neighbours to at most that many. */
export function pack(profile: Profile): PackedProfile {
  const source = profile.loading_mg_cm2;
  const merge = Math.max(1, Math.ceil(source.length / mostColumns));
  const values = new Int16Array(Math.ceil(source.length / merge));
  for (let column = 0; column < values.length; column++)
    values[column] = toSteps(meanOfValid(source, column * merge, merge));
  return { scan: profile.scan, time_ms: profile.time_ms, values };
}

function meanOfValid(source: Float64Array, from: number, count: number): number {
  let sum = 0;
  let n = 0;
  for (let i = from; i < Math.min(from + count, source.length); i++) {
    const value = source[i]!;
    if (!Number.isFinite(value)) continue;
    sum += value;
    n++;
  }
  return n === 0 ? Number.NaN : sum / n;
}

const toSteps = (value: number): number =>
  Number.isFinite(value)
    ? Math.max(-32_767, Math.min(32_767, Math.round(value / resolution_mg_cm2)))
    : invalid;

/** Writes rows of one width as the API shows them; rows of another width than the last one's are left out. */
export function encode(profiles: readonly PackedProfile[]): ProfileRows {
  const columns = profiles.at(-1)?.values.length ?? 0;
  const rows = profiles.filter((profile) => profile.values.length === columns);
  const all = new Int16Array(rows.length * columns);
  rows.forEach((row, index) => {
    all.set(row.values, index * columns);
  });
  const data = Buffer.from(all.buffer);
  if (endianness() === 'BE') data.swap16();
  return {
    columns,
    resolution_mg_cm2,
    scan: rows.map((row) => row.scan),
    time_ms: rows.map((row) => row.time_ms),
    data: data.toString('base64'),
  };
}
