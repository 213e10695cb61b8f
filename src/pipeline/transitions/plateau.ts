import type { TransitionsConfig } from '../../config/pipeline.ts';
import { median } from '../../core/median.ts';

/** What steadiness is judged by: the gap, and the web speed where it is known (else NaN). */
export interface Setting {
  readonly time_ms: number;
  readonly gap_um: number;
  readonly webSpeed_m_min: number;
}

/** Whether these settings are one plateau: the gap's range and the speed's relative range are within tolerance. */
export function isPlateau(settings: readonly Setting[], config: TransitionsConfig): boolean {
  const [lowGap, highGap] = range(settings.map(({ gap_um }) => gap_um));
  if (highGap - lowGap > config.plateau_tolerance_um) return false;
  const [slow, fast] = range(settings.map((s) => s.webSpeed_m_min).filter(Number.isFinite));
  return !(fast - slow > (config.speed_tolerance_percent / 100) * fast);
}

const range = (values: readonly number[]): [low: number, high: number] => [
  Math.min(...values),
  Math.max(...values),
];

/** The level at which a run settled and how its gap has been distributed since, in bins about that level. */
export interface Level {
  readonly gap_um: number;
  readonly webSpeed_m_min: number;
  /** Points in each bin and the sum of their gaps (µm). */
  readonly counts: readonly number[];
  readonly sums_um: readonly number[];
}

const BIN_UM = 0.25;

export function levelOf(settings: readonly Setting[], config: TransitionsConfig): Level {
  const bins = 2 * Math.ceil(config.plateau_tolerance_um / BIN_UM) + 1;
  const empty: Level = {
    gap_um: median(settings.map(({ gap_um }) => gap_um)),
    webSpeed_m_min: median(settings.map((s) => s.webSpeed_m_min).filter(Number.isFinite)),
    counts: new Array<number>(bins).fill(0),
    sums_um: new Array<number>(bins).fill(0),
  };
  return settings.reduce(withPoint, empty);
}

export function fits(level: Level, { gap_um, webSpeed_m_min }: Setting, config: TransitionsConfig): boolean {
  const speedShift = Math.abs(webSpeed_m_min / level.webSpeed_m_min - 1);
  return (
    Math.abs(gap_um - level.gap_um) <= config.plateau_tolerance_um &&
    !(speedShift > config.speed_tolerance_percent / 100)
  );
}

export function withPoint(level: Level, { gap_um }: Setting): Level {
  const middle = (level.counts.length - 1) / 2;
  const bin = Math.max(
    0,
    Math.min(level.counts.length - 1, middle + Math.round((gap_um - level.gap_um) / BIN_UM)),
  );
  return {
    ...level,
    counts: level.counts.with(bin, level.counts[bin]! + 1),
    sums_um: level.sums_um.with(bin, level.sums_um[bin]! + gap_um),
  };
}

/** Median gap of the run (µm), to within the width of a bin; exact where the gap stands still. */
export function medianGap(level: Level): number {
  const half = level.counts.reduce((a, b) => a + b, 0) / 2;
  let below = 0;
  for (const [bin, count] of level.counts.entries()) {
    below += count;
    // Sums of equal readings differ from the reading by rounding alone, which nobody wants to see.
    if (count > 0 && below >= half) return Math.round((level.sums_um[bin]! / count) * 1e6) / 1e6;
  }
  return level.gap_um;
}
