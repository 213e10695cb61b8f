import type { ScansDocument } from '../core/api-history.ts';
import type { Observation } from '../core/observation.ts';
import { short } from './documents.ts';

export interface ScanWindow {
  readonly line: string;
  readonly from_ms: number;
  readonly until_ms: number;
  /** About how many points a picture can show. */
  readonly points: number;
}

/**
 * Accepted scans of a stretch of time as so many points that a picture can still show them all: where there are more
 * scans than that, neighbours of one run share a point that keeps their smallest, mean and largest loading.
 *
 * @param scans in order of their time
 */
export function thinScans(scans: readonly Observation[], window: ScanWindow): ScansDocument {
  const { line, from_ms, until_ms, points } = window;
  const bucket_ms = scans.length > points ? Math.max(1, Math.ceil((until_ms - from_ms) / points)) : 0;
  const groups: Observation[][] = [];
  for (const scan of scans) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const place = (time_ms: number) => Math.floor((time_ms - from_ms) / bucket_ms);
    const together = bucket_ms > 0 && last?.run === scan.run && place(last.time_ms) === place(scan.time_ms);
    if (group && together) group.push(scan);
    else groups.push([scan]);
  }
  const means = groups.map((group) => group.map((scan) => scan.mean_mg_cm2));
  return {
    line,
    from_ms,
    until_ms,
    bucket_ms,
    time_ms: groups.map((group) => group.at(-1)!.time_ms),
    head_ms: groups.map((group) => group.at(-1)!.head_ms),
    run: groups.map((group) => group[0]!.run),
    scans: groups.map((group) => group.length),
    mean_mg_cm2: means.map((all) => short(all.reduce((sum, mean) => sum + mean, 0) / all.length)),
    low_mg_cm2: means.map((all) => short(Math.min(...all))),
    high_mg_cm2: means.map((all) => short(Math.max(...all))),
  };
}
