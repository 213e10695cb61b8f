import type { SequenceConfig } from '../../../config/pipeline.ts';
import { median } from '../../../core/median.ts';
import type { LaneScan } from '../../events.ts';
import type { GaugeStretch } from './likelihood.ts';

/** A run of coated scans as the gauge alone sees it. */
export interface GaugeRun extends GaugeStretch {
  /** Counts the gauge's runs, from 1. */
  readonly run: number;
  readonly scans: number;
  readonly open: boolean;
  /** Means of its scans (mg/cm²), for the median; emptied once the run is complete. */
  readonly means_mg_cm2: readonly number[];
  readonly aggregated: boolean;
  /** Its last scan was partly bare: the run ends there, unless it fades out. */
  readonly dipped: boolean;
}

/** A scan below this share of its run's level was over bare foil in part. */
const DIP = 0.4;

/** Whether the scan was over bare foil in part: its profile says so, or its mean does. */
export const isDip = (scan: LaneScan, level_mg_cm2: number): boolean =>
  scan.fault?.reason === 'patch-edge' || scan.mean_mg_cm2 < DIP * level_mg_cm2;

/** Means kept of one run; a longer run's level is known by then. */
const MEANS = 400;

/** Whether the scan belongs to a coated run; undefined where it can't tell. */
export function isCoated(scan: LaneScan, config: SequenceConfig): boolean | undefined {
  const [first] = scan.lanes_mg_cm2;
  return first === undefined || Number.isNaN(first) ? undefined : first > config.coated_above_mg_cm2;
}

/**
 * Whether the scan carries the open run on: no more than the allowed number of scans is missing in between, and no
 * bare foil, be it less of it than a scan is long.
 */
export function continues(run: GaugeRun, scan: LaneScan, config: SequenceConfig): boolean {
  // Means of a whole run never mix with single scans: where the kind changes, another run began.
  if (run.aggregated !== scan.aggregated) return false;
  if (run.dipped && !isDip(scan, run.level_mg_cm2)) return false;
  const gap_ms = scan.time_ms - scan.duration_ms - run.end_ms;
  return gap_ms <= (config.merge_missing_scans + 0.5) * scan.duration_ms;
}

export const newRun = (run: number, scan: LaneScan): GaugeRun => ({
  run,
  level_mg_cm2: scan.mean_mg_cm2,
  start_ms: scan.time_ms - scan.duration_ms,
  end_ms: scan.time_ms,
  scans: 1,
  open: true,
  means_mg_cm2: scan.fault ? [] : [scan.mean_mg_cm2],
  aggregated: scan.aggregated,
  dipped: false,
});

export function withScan(run: GaugeRun, scan: LaneScan): GaugeRun {
  // A scan that can't be used for itself says nothing about the level either.
  const full = run.means_mg_cm2.length >= MEANS || scan.fault !== undefined;
  const means_mg_cm2 = full ? run.means_mg_cm2 : [...run.means_mg_cm2, scan.mean_mg_cm2];
  return {
    ...run,
    end_ms: scan.time_ms,
    scans: run.scans + 1,
    means_mg_cm2,
    dipped: run.scans > 1 && isDip(scan, run.level_mg_cm2),
    level_mg_cm2: full ? run.level_mg_cm2 : median(means_mg_cm2),
  };
}

export const completed = (run: GaugeRun): GaugeRun => ({ ...run, open: false, means_mg_cm2: [] });
