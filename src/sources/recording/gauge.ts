import type { RecordedGaugeSettings } from '../../config/sources.ts';
import type { Scan } from '../../core/messages.ts';
import { faultAt, type RowFault, type Rows } from './rows.ts';

type ScanSettings = NonNullable<RecordedGaugeSettings['scans']>;
type IntervalSettings = NonNullable<RecordedGaugeSettings['intervals']>;

/** Columns across the web, in the order of the configuration. */
export function loadingColumns({ loading }: ScanSettings): string[] {
  if (Array.isArray(loading)) return loading;
  return Array.from({ length: loading.count }, (_, i) => `${loading.prefix}${loading.first + i}`);
}

export const scanColumns = (scans: ScanSettings): string[] => [
  scans.scan,
  ...loadingColumns(scans),
  ...Object.keys(scans.where),
];

export const intervalColumns = ({ first, end, mean }: IntervalSettings): string[] => [first, end, mean];

/**
 * The gauge's logs as scans, ascending in number. A scan with a row of its own is that row. A scan that has none
 * but lies in a run whose mean was kept becomes that mean at every location, marked as aggregated.
 */
export function gaugeScans(
  logs: { readonly scans?: Rows | undefined; readonly intervals?: Rows | undefined },
  settings: RecordedGaugeSettings,
  line: string,
): { scans: Scan[]; faults: RowFault[] } {
  const faults: RowFault[] = [];
  const byNumber = new Map<number, Scan>();
  const { from, period_ms } = settings.time;
  const toLoading = (value: number) => (settings.unit === 'g/m2' ? value / 10 : value);
  const scanOf = (scan: number, loading_mg_cm2: Float64Array): Scan => ({
    kind: 'scan',
    line,
    gauge: settings.gauge,
    scan,
    time_ms: Date.parse(from) + period_ms * (scan + 1),
    duration_ms: period_ms,
    startedAt: settings.scans?.started_at ?? 'operator',
    loading_mg_cm2,
  });

  const columns = settings.scans ? loadingColumns(settings.scans) : [];
  const { scans } = settings;
  for (const row of scans ? (logs.scans?.records ?? []) : []) {
    if (!scans || !logs.scans) break;
    if (Object.entries(scans.where).some(([column, value]) => row.cell(column) !== value)) continue;
    const number = logs.scans.number(row.cell(scans.scan));
    if (!isScanNumber(number)) {
      faults.push(faultAt(logs.scans, row, 'out-of-range', `scan ${row.cell(scans.scan)}`));
      continue;
    }
    const loading = new Float64Array(columns.length);
    const wrong = columns.find((column, location) => {
      const text = row.cell(column);
      const value = logs.scans?.number(text) ?? Number.NaN;
      loading[location] = toLoading(value);
      // An empty cell is a location that the gauge marked as invalid; a word in its place is a fault.
      return text !== '' && !Number.isFinite(value);
    });
    if (wrong !== undefined) faults.push(faultAt(logs.scans, row, 'not-a-number', `column ${wrong}`));
    else byNumber.set(number, scanOf(number, loading));
  }

  const { intervals } = settings;
  for (const row of intervals ? (logs.intervals?.records ?? []) : []) {
    if (!intervals || !logs.intervals) break;
    const { number } = logs.intervals;
    const first = number(row.cell(intervals.first));
    const end = number(row.cell(intervals.end));
    const mean = number(row.cell(intervals.mean));
    if (!isScanNumber(first) || !isScanNumber(end) || end < first || end - first > longestRun_scans) {
      faults.push(faultAt(logs.intervals, row, 'out-of-range', `scans ${first} to ${end}`));
      continue;
    }
    if (!Number.isFinite(mean)) {
      faults.push(faultAt(logs.intervals, row, 'not-a-number', `mean ${row.cell(intervals.mean)}`));
      continue;
    }
    for (let scan = first; scan < end; scan++) {
      if (byNumber.has(scan)) continue;
      const loading = new Float64Array(Math.max(1, columns.length)).fill(toLoading(mean));
      byNumber.set(scan, { ...scanOf(scan, loading), aggregated: true });
    }
  }
  return { scans: [...byNumber.values()].sort((a, b) => a.scan - b.scan), faults };
}

/** A slip of the pen in a log must not ask for a billion scans: no run takes longer than some months. */
const longestRun_scans = 1_000_000;

const isScanNumber = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
