import type { ScanPoint } from '../../core/api.ts';
import type { LineModel } from './line-model.ts';

/** Whose clock the times of scans are shown by: the gauge's, or the coater's when it made what they saw. */
export const timeBases = ['auto', 'measured', 'coated'] as const;
export type TimeBase = (typeof timeBases)[number];

/** Web between bar and gauge takes minutes; more than this is two clocks that were never set to each other. */
const apart_ms = 20 * 60_000;
const recentScans = 50;

/** What `auto` means for this line: recorded days have clocks an hour apart, and pictures of nothing in common. */
export function chosenBase(model: LineModel, base: TimeBase): 'measured' | 'coated' {
  if (base !== 'auto') return base;
  const offsets = model.scans.slice(-recentScans).map(offsetOf);
  offsets.sort((a, b) => a - b);
  const median = offsets[Math.floor(offsets.length / 2)] ?? 0;
  return Math.abs(median) > apart_ms ? 'coated' : 'measured';
}

const offsetOf = ({ time_ms, head_ms }: ScanPoint): number => time_ms - head_ms;

/**
 * The line with every scan at the time when its web was under the comma bar, by the coater's clock: loadings then stand
 * over the gaps that made them. A scan that was not used takes the offset of the last one before it that was.
 */
export function inCoatedTime(model: LineModel): LineModel {
  const { scans, profiles, gapNow } = model;
  const [first] = scans;
  if (!first) return model;
  let next = 0;
  let offset_ms = offsetOf(first);
  let latest_ms = Number.NEGATIVE_INFINITY;
  const shifted = profiles.map((profile) => {
    for (let scan = scans[next]; scan && scan.time_ms <= profile.time_ms; scan = scans[++next])
      offset_ms = offsetOf(scan);
    // Web that stood still has been under the bar at one time and is seen at many: never let times run backwards.
    latest_ms = Math.max(latest_ms, profile.time_ms - offset_ms);
    return { ...profile, time_ms: latest_ms };
  });
  return {
    ...model,
    profiles: shifted,
    scans: scans.map((scan) => ({ ...scan, time_ms: scan.head_ms })),
    time_ms: Math.max(gapNow?.time_ms ?? 0, scans.at(-1)!.head_ms),
  };
}
