import type {
  RecordedGaugeSettings,
  RecordedScansSettings,
  ScanTimeSettings,
} from '../../config/recording.ts';
import type { Scan } from '../../core/messages.ts';
import { isPlausibleTime } from '../time.ts';
import { inOrder } from './in-order.ts';
import { type AggregatedRun, aggregatedRuns, isScanNumber, withAggregated } from './intervals.ts';
import { rowTime, timeColumns, timeText } from './row-time.ts';
import { faultAt, type OnFault, type Row, type Rows } from './rows.ts';
import { gaugeLayout, gaugeUnit, type LoadingColumns } from './wide-layout.ts';

/** Columns that the log of single scans must have. */
export function scanColumns(gauge: RecordedGaugeSettings, scans: RecordedScansSettings): string[] {
  const { number, loading, time } = gaugeLayout(gauge, scans);
  return [
    ...(number === false ? [] : [number]),
    ...(loading.kind === 'list' ? [loading.column] : loading.columns),
    ...Object.keys(scans.where),
    ...('type' in time ? timeColumns(time) : []),
  ];
}

export const intervalColumns = ({
  first,
  end,
  mean,
}: NonNullable<RecordedGaugeSettings['intervals']>): string[] => [first, end, mean];

/** Scans that may stand in the wrong order; a profile of 800 locations has 6 kB. */
const disorder_scans = 64;

/** Traverse of the published gauge (ms). */
const defaultTraverse_ms = 8_000;

/**
 * The gauge's logs as scans, ascending in time. A scan with a row of its own is that row. A scan that has none but
 * lies in a run whose mean was kept becomes that mean at every location, marked as aggregated.
 */
export async function* gaugeScans(
  logs: { readonly scans?: Rows | undefined; readonly intervals?: Rows | undefined },
  settings: RecordedGaugeSettings,
  line: string,
  onFault: OnFault,
): AsyncGenerator<readonly Scan[]> {
  const { intervals, scans } = settings;
  const single =
    logs.scans && scans
      ? inOrder(singleScans(logs.scans, scans, settings, line, onFault), disorder_scans)
      : nothing();
  const runs: AggregatedRun[] =
    logs.intervals && intervals ? await aggregatedRuns(logs.intervals, intervals, onFault) : [];
  const time = settings.time as ScanTimeSettings;
  const loading = scans && gaugeLayout(settings, scans).loading;
  const locations = loading?.kind === 'columns' ? loading.columns.length : 1;
  yield* withAggregated(single, runs, (scan, mean): Scan => {
    const loading_mg_cm2 = new Float64Array(locations).fill(toLoading(mean, settings));
    return { ...scanOf(settings, line, scan, scanEnd(time, scan), loading_mg_cm2), aggregated: true };
  });
}

async function* nothing(): AsyncGenerator<never[]> {}

async function* singleScans(
  rows: Rows,
  scans: RecordedScansSettings,
  settings: RecordedGaugeSettings,
  line: string,
  onFault: OnFault,
): AsyncGenerator<Scan[]> {
  const { number, loading, time } = gaugeLayout(settings, scans);
  const where = Object.entries(scans.where);
  const toTime = 'type' in time ? rowTime(time) : undefined;
  const scan = (row: Row): Scan | undefined => {
    if (where.some(([column, value]) => row.text(column) !== value)) return undefined;
    const refuse = (reason: Parameters<typeof faultAt>[2], detail: string) => {
      onFault(faultAt(rows.file, row.at, reason, detail));
      return undefined;
    };
    const n = number === false ? row.index : row.number(number);
    if (!isScanNumber(n)) return refuse('out-of-range', `scan ${number === false ? n : row.text(number)}`);
    const time_ms = toTime ? toTime(row) : scanEnd(time as ScanTimeSettings, n);
    if (!isPlausibleTime(time_ms)) {
      return refuse('invalid-time', 'type' in time ? timeText(row, time) : `scan ${n}`);
    }
    const profile = profileOf(row, loading);
    if (typeof profile === 'string') return refuse('not-a-number', profile);
    for (let i = 0; i < profile.length; i++) profile[i] = toLoading(profile[i] as number, settings);
    return scanOf(settings, line, n, time_ms, profile);
  };
  for await (const batch of rows.batches()) {
    yield batch.map(scan).filter((one) => one !== undefined);
  }
}

/** The profile as it stands, NaN at locations without a value; or what is wrong with it. */
function profileOf(row: Row, loading: LoadingColumns): Float64Array | string {
  if (loading.kind === 'list') {
    const values = row.list(loading.column);
    return values ? Float64Array.from(values) : `column ${loading.column} is no list`;
  }
  const { columns } = loading;
  const profile = new Float64Array(columns.length);
  for (let location = 0; location < columns.length; location++) {
    const column = columns[location] as string;
    const value = row.number(column);
    // An empty cell is a location that the gauge marked as invalid; a word in its place is a fault.
    if (!Number.isFinite(value) && row.text(column) !== '' && !/^nan$/i.test(row.text(column)))
      return `column ${column}: ${row.text(column).slice(0, 60)}`;
    profile[location] = value;
  }
  return profile;
}

/** Divided by ten, not multiplied by a tenth: that is no binary fraction and would cost the last bit. */
const toLoading = (value: number, gauge: RecordedGaugeSettings): number =>
  gaugeUnit(gauge) === 'g/m2' ? value / 10 : value;

const scanEnd = ({ from, period_ms }: ScanTimeSettings, scan: number): number =>
  Date.parse(from) + period_ms * (scan + 1);

function scanOf(
  settings: RecordedGaugeSettings,
  line: string,
  scan: number,
  time_ms: number,
  loading_mg_cm2: Float64Array,
): Scan {
  const period_ms = settings.time && 'period_ms' in settings.time ? settings.time.period_ms : undefined;
  return {
    kind: 'scan',
    line,
    gauge: settings.gauge,
    scan,
    time_ms,
    duration_ms: settings.duration_ms ?? period_ms ?? defaultTraverse_ms,
    startedAt: settings.scans?.started_at ?? 'operator',
    loading_mg_cm2,
  };
}
