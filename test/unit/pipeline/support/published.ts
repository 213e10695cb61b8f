import { readFileSync } from 'node:fs';
import type { LineMessage, Scan } from '../../../../src/core/messages.ts';
import type { ExpectedLoading } from '../../../../src/pipeline/line.ts';
import { sharedData } from '../../../support/shared-data.ts';

/** The gaps (µm) that the study assigned to the 17 runs by hand, in order (README of the published data). */
export const assignedGaps_um: readonly number[] = [
  143, 169, 143, 108.56, 165, 143, 151.04, 143, 181.76, 143, 143, 150, 147, 147, 106.25, 180, 182,
];

const rows = (file: string): number[][] =>
  readFileSync(sharedData(file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));

export const COATER_START_MS = Date.UTC(2020, 10, 4, 9, 13, 23);
export const GAUGE_START_MS = Date.UTC(2020, 10, 4, 10, 5, 0);

/** The coater's day second by second; seconds that the log leaves out had the bar closed. */
export function coaterDay(line: string): LineMessage[] {
  const gaps = new Map(rows('wmg-comma-gap.csv').map(([second, gap]) => [second!, gap!]));
  return Array.from({ length: 12_198 }, (_, second) => ({
    kind: 'machine',
    line,
    time_ms: COATER_START_MS + second * 1000,
    values: { comma_gap_um: gaps.get(second) ?? 0 },
  }));
}

/** The gauge's day scan by scan: the mean of its run for every scan in one, bare foil elsewhere. */
export function gaugeDay(line: string): Scan[] {
  const intervals = rows('wmg-scan-intervals.csv') as [number, number, number][];
  return Array.from({ length: 1460 }, (_, scan) => {
    const level = intervals.find(([first, end]) => scan >= first && scan < end)?.[2] ?? 0.01;
    return {
      kind: 'scan',
      line,
      gauge: 'g',
      scan,
      time_ms: GAUGE_START_MS + (scan + 1) * 8000,
      duration_ms: 8000,
      startedAt: 'operator',
      loading_mg_cm2: Float64Array.of(level, level),
    };
  });
}

/** The published run (from 1) of each scan of the gauge. */
export function runOfScan(): Map<number, number> {
  const runs = new Map<number, number>();
  for (const [run, [first, end]] of rows('wmg-scan-intervals.csv').entries())
    for (let scan = first!; scan < end!; scan++) runs.set(scan, run + 1);
  return runs;
}

/** Mean loading of the laboratory's coatings (96 % active material) over the gap, straight lines in between. */
export function labCurve(): ExpectedLoading {
  const byGap = new Map<number, number[]>();
  for (const [am, , gap, , loading] of rows('lrcs.csv'))
    if (am === 96) byGap.set(gap!, [...(byGap.get(gap!) ?? []), loading!]);
  const points = [...byGap]
    .map(([gap, values]) => ({ gap, mean: values.reduce((a, b) => a + b, 0) / values.length }))
    .sort((a, b) => a.gap - b.gap);
  return (gap_um) => {
    const upper = Math.max(
      1,
      Math.min(
        points.length - 1,
        points.findIndex(({ gap }) => gap >= gap_um),
      ),
    );
    const [a, b] = [points[upper - 1]!, points[upper]!];
    return { mean_mg_cm2: a.mean + ((b.mean - a.mean) * (gap_um - a.gap)) / (b.gap - a.gap), sd_mg_cm2: 2 };
  };
}
