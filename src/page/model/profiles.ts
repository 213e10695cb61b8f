import type { ProfileRows } from '../../core/api.ts';

/** One scan across the web, operator side first, in steps of `resolution_mg_cm2`. */
export interface ProfileRow {
  readonly scan: number;
  readonly time_ms: number;
  readonly resolution_mg_cm2: number;
  /** `invalidStep` where the gauge saw nothing. */
  readonly steps: Int16Array;
}

export const invalidStep = -32_768;

/** Loading at a location (mg/cm²), NaN where it is not known. */
export const loadingAt = (row: ProfileRow, location: number): number => {
  const step = row.steps[location];
  return step === undefined || step === invalidStep ? Number.NaN : step * row.resolution_mg_cm2;
};

/** Rows of the API, decoded; `data` is little-endian whatever the machine. */
export function decodeProfiles(rows: ProfileRows): ProfileRow[] {
  const { columns, resolution_mg_cm2 } = rows;
  // Plain loops: two hours of scans are a million and a half bytes, and the page waits for them.
  const text = atob(rows.data);
  const all = new Int16Array(text.length / 2);
  for (let i = 0; i < all.length; i++) all[i] = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8);
  return rows.scan.map((scan, row) => ({
    scan,
    time_ms: rows.time_ms[row]!,
    resolution_mg_cm2,
    steps: all.slice(row * columns, (row + 1) * columns),
  }));
}
