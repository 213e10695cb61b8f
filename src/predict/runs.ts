import { median } from '../core/median.ts';
import type { Observation } from '../core/observation.ts';
import type { LineRun, Slurry } from '../core/prediction.ts';
import { robustSpread } from './numeric/robust.ts';

/**
 * A run's robust figures as its scans come in. Memory is bounded: all scans are kept up to `CAPACITY`; then every
 * second one is let go and from there on every second one is taken, and so on, so that the kept scans always lie
 * evenly over the whole run. Medians over 64 to 128 of them do not feel single wild scans, the first included.
 *
 * Plain data: it may go into a snapshot.
 */
export interface RunFigures {
  readonly line: string;
  readonly run: number;
  readonly gap_um: number;
  readonly start_ms: number;
  /** Scans seen so far. */
  readonly scans: number;
  /** Every `stride`-th scan is kept. */
  readonly stride: number;
  /** Mean loading of the kept scans (mg/cm²), in order. */
  readonly means_mg_cm2: readonly number[];
  /** Lanes of the kept scans (mg/cm²), in the same order. */
  readonly lanes_mg_cm2: readonly (readonly number[])[];
  /** True once a scan stood for a whole run: its scatter is then unknown. */
  readonly aggregated: boolean;
}

const CAPACITY = 128;

/** What an observation must say to count for its run; `Observation` of the core satisfies it. */
export type RunScan = Pick<
  Observation,
  'line' | 'run' | 'gap_um' | 'lanes_mg_cm2' | 'mean_mg_cm2' | 'head_ms' | 'aggregated'
>;

/**
 * The figures with one more scan. An observation of another run starts afresh. Nothing is changed in place.
 */
export function runFigures(previous: RunFigures | undefined, scan: RunScan): RunFigures {
  const before =
    previous && previous.line === scan.line && previous.run === scan.run ? previous : fresh(scan);
  const next = {
    ...before,
    gap_um: scan.gap_um,
    scans: before.scans + 1,
    aggregated: before.aggregated || scan.aggregated,
  };
  if (before.scans % before.stride !== 0) return next;
  return thinned({
    ...next,
    means_mg_cm2: [...before.means_mg_cm2, scan.mean_mg_cm2],
    lanes_mg_cm2: [...before.lanes_mg_cm2, scan.lanes_mg_cm2],
  });
}

const fresh = (scan: RunScan): RunFigures => ({
  line: scan.line,
  run: scan.run,
  gap_um: scan.gap_um,
  start_ms: scan.head_ms,
  scans: 0,
  stride: 1,
  means_mg_cm2: [],
  lanes_mg_cm2: [],
  aggregated: false,
});

function thinned(figures: RunFigures): RunFigures {
  if (figures.means_mg_cm2.length <= CAPACITY) return figures;
  const even = (_: unknown, index: number) => index % 2 === 0;
  return {
    ...figures,
    stride: 2 * figures.stride,
    means_mg_cm2: figures.means_mg_cm2.filter(even),
    lanes_mg_cm2: figures.lanes_mg_cm2.filter(even),
  };
}

/** The unit of learning, from the figures so far. */
export function lineRunOf(figures: RunFigures, slurry?: Slurry): LineRun {
  const level = median(figures.means_mg_cm2);
  const laneCount = Math.max(0, ...figures.lanes_mg_cm2.map((lanes) => lanes.length));
  return {
    line: figures.line,
    run: figures.run,
    gap_um: figures.gap_um,
    scans: figures.scans,
    level_mg_cm2: level,
    spread_mg_cm2: figures.aggregated ? Number.NaN : robustSpread(figures.means_mg_cm2, level),
    lanes_mg_cm2: Array.from({ length: laneCount }, (_, lane) =>
      median(figures.lanes_mg_cm2.map((lanes) => lanes[lane] ?? Number.NaN).filter(Number.isFinite)),
    ),
    start_ms: figures.start_ms,
    ...(slurry && { slurry }),
  };
}
