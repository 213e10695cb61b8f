import type { RecordedGaugeSettings } from '../../config/recording.ts';
import type { Scan } from '../../core/messages.ts';
import { faultAt, type OnFault, type Rows } from './rows.ts';

/** A run of which only the mean was kept: scans `first` to `end`, exclusive. */
export interface AggregatedRun {
  readonly first: number;
  readonly end: number;
  readonly mean: number;
}

/** A slip of the pen in a log must not ask for a billion scans: no run takes longer than some months. */
const longestRun_scans = 1_000_000;

/** The whole log: a row for each run is little. Ascending in the first scan. */
export async function aggregatedRuns(
  rows: Rows,
  { first, end, mean }: NonNullable<RecordedGaugeSettings['intervals']>,
  onFault: OnFault,
): Promise<AggregatedRun[]> {
  const runs: AggregatedRun[] = [];
  for await (const batch of rows.batches()) {
    for (const row of batch) {
      const run = { first: row.number(first), end: row.number(end), mean: row.number(mean) };
      const possible = isScanNumber(run.first) && isScanNumber(run.end) && run.end >= run.first;
      if (!possible || run.end - run.first > longestRun_scans) {
        onFault(faultAt(rows.file, row.at, 'out-of-range', `scans ${run.first} to ${run.end}`));
      } else if (!Number.isFinite(run.mean)) {
        onFault(faultAt(rows.file, row.at, 'not-a-number', `mean ${row.text(mean)}`));
      } else runs.push(run);
    }
  }
  return runs.sort((a, b) => a.first - b.first);
}

/** Single scans, ascending, and between them those of the runs that have none of their own. */
export async function* withAggregated(
  single: AsyncIterable<readonly Scan[]>,
  runs: readonly AggregatedRun[],
  scanOf: (scan: number, mean: number) => Scan,
): AsyncGenerator<readonly Scan[]> {
  let at = 0;
  let next = 0;
  /** Aggregated scans below a number that no row had. */
  const before = (scan: number): Scan[] => {
    const out: Scan[] = [];
    for (; at < runs.length; at++) {
      const { first, end, mean } = runs[at] as AggregatedRun;
      for (next = Math.max(next, first); next < Math.min(end, scan); next++) out.push(scanOf(next, mean));
      if (end > scan) break;
    }
    return out;
  };
  for await (const batch of single) {
    yield batch.flatMap((scan) => {
      const missing = before(scan.scan);
      next = Math.max(next, scan.scan + 1);
      return [...missing, scan];
    });
  }
  yield before(Number.POSITIVE_INFINITY);
}

export const isScanNumber = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
