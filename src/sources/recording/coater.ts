import type { RecordedCoaterSettings } from '../../config/recording.ts';
import type { MachineSample } from '../../core/messages.ts';
import { isPlausibleTime } from '../time.ts';
import { inOrder } from './in-order.ts';
import { rowTime, timeColumns, timeText } from './row-time.ts';
import { faultAt, type OnFault, type Row, type Rows } from './rows.ts';

/** Columns that a coater's log must have. */
export const coaterColumns = ({ time, columns }: RecordedCoaterSettings): string[] => [
  ...timeColumns(time),
  ...Object.values(columns),
];

/** Rows that may stand in the wrong order: some minutes of a log with a row each second. */
const disorder_rows = 1_000;

/**
 * The coater's log as samples, ascending in time. An empty cell is a value that was not reported. Seconds that the
 * log leaves out become samples of their own where the configuration says what they stand for.
 */
export function coaterSamples(
  rows: Rows,
  settings: RecordedCoaterSettings,
  line: string,
  onFault: OnFault,
): AsyncIterable<readonly MachineSample[]> {
  const ascending = inOrder(samples(rows, settings, line, onFault), disorder_rows);
  return settings.absent_seconds ? withAbsentSeconds(ascending, settings, line) : ascending;
}

async function* samples(
  rows: Rows,
  settings: RecordedCoaterSettings,
  line: string,
  onFault: OnFault,
): AsyncGenerator<MachineSample[]> {
  const toTime = rowTime(settings.time);
  const columns = Object.entries(settings.columns);
  const sample = (row: Row): MachineSample | undefined => {
    const time_ms = toTime(row);
    if (!isPlausibleTime(time_ms)) {
      onFault(faultAt(rows.file, row.at, 'invalid-time', timeText(row, settings.time)));
      return undefined;
    }
    const values: Record<string, number> = {};
    for (const [name, column] of columns) {
      const value = row.number(column);
      if (Number.isFinite(value)) {
        values[name] = value;
        continue;
      }
      const text = row.text(column);
      if (text === '') continue;
      onFault(faultAt(rows.file, row.at, 'not-a-number', `${name}: ${text.slice(0, 60)}`));
      return undefined;
    }
    return { kind: 'machine', line, time_ms, values };
  };
  for await (const batch of rows.batches()) {
    yield batch.map(sample).filter((one) => one !== undefined);
  }
}

async function* withAbsentSeconds(
  ascending: AsyncIterable<readonly MachineSample[]>,
  { time, absent_seconds }: RecordedCoaterSettings,
  line: string,
): AsyncGenerator<readonly MachineSample[]> {
  if (absent_seconds === undefined || time.type !== 'seconds') return;
  const { values, count } = absent_seconds;
  const from_ms = Date.parse(time.from);
  let second = 0;
  /** Seconds that are left out before a time. */
  const absentBefore = (before_ms: number): MachineSample[] => {
    const out: MachineSample[] = [];
    for (; second < count && from_ms + 1000 * second < before_ms; second++)
      out.push({ kind: 'machine', line, time_ms: from_ms + 1000 * second, values });
    return out;
  };
  for await (const batch of ascending) {
    yield batch.flatMap((sample) => {
      const absent = absentBefore(sample.time_ms);
      if (sample.time_ms === from_ms + 1000 * second) second++;
      return [...absent, sample];
    });
  }
  yield absentBefore(Number.POSITIVE_INFINITY);
}
