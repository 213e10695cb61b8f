import type { RecordedCoaterSettings, TimeColumnSettings } from '../../config/sources.ts';
import type { MachineSample } from '../../core/messages.ts';
import { isPlausibleTime } from '../time.ts';
import { faultAt, type Row, type RowFault, type Rows } from './rows.ts';

/** Columns that a coater's log must have. */
export const coaterColumns = ({ time, columns }: RecordedCoaterSettings): string[] => [
  time.column,
  ...(time.type === 'local' && time.clock_column !== undefined ? [time.clock_column] : []),
  ...Object.values(columns),
];

/**
 * The coater's log as samples, ascending in time. An empty cell is a value that was not reported. Seconds that the
 * log leaves out become samples of their own where the configuration says what they stand for.
 */
export function coaterSamples(
  rows: Rows,
  settings: RecordedCoaterSettings,
  line: string,
): { samples: MachineSample[]; faults: RowFault[] } {
  const samples: MachineSample[] = [];
  const faults: RowFault[] = [];
  const { time } = settings;
  const toTime = timeReader(time, rows);
  const timeText = (row: Row) =>
    time.type === 'local' && time.clock_column !== undefined
      ? `${row.cell(time.column)} ${row.cell(time.clock_column)}`
      : row.cell(time.column);

  for (const row of rows.records) {
    const time_ms = toTime(timeText(row));
    if (!isPlausibleTime(time_ms)) {
      faults.push(faultAt(rows, row, 'invalid-time', timeText(row)));
      continue;
    }
    const figures = Object.entries(settings.columns)
      .map(([name, column]) => ({ name, text: row.cell(column) }))
      .filter(({ text }) => text !== '')
      .map(({ name, text }) => ({ name, text, value: rows.number(text) }));
    const wrong = figures.find(({ value }) => !Number.isFinite(value));
    if (wrong) {
      faults.push(faultAt(rows, row, 'not-a-number', `${wrong.name}: ${wrong.text.slice(0, 60)}`));
      continue;
    }
    const values = Object.fromEntries(figures.map(({ name, value }) => [name, value]));
    samples.push({ kind: 'machine', line, time_ms, values });
  }
  samples.push(...absentSeconds(samples, settings, line));
  return { samples: samples.sort((a, b) => a.time_ms - b.time_ms), faults };
}

function absentSeconds(
  present: readonly MachineSample[],
  { time, absent_seconds }: RecordedCoaterSettings,
  line: string,
): MachineSample[] {
  if (absent_seconds === undefined || time.type !== 'seconds') return [];
  const taken = new Set(present.map(({ time_ms }) => time_ms));
  const from_ms = Date.parse(time.from);
  return Array.from({ length: absent_seconds.count }, (_, second) => from_ms + second * 1000)
    .filter((time_ms) => !taken.has(time_ms))
    .map((time_ms) => ({ kind: 'machine', line, time_ms, values: absent_seconds.values }));
}

function timeReader(time: TimeColumnSettings, rows: Rows): (text: string) => number {
  switch (time.type) {
    case 'iso':
      // Without a zone the text would mean another instant on each machine.
      return (text) => (/(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN);
    case 'ms':
      return rows.number;
    case 'local':
      return (text) => {
        const match = /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)$/.exec(text);
        if (!match) return Number.NaN;
        const [, day, month, year, clock] = match;
        const time_ms = Date.parse(`${year}-${month}-${day}T${clock}${time.offset}`);
        // The 31st of a month of 30 days must not become the first of the next.
        return lastDay(Number(year), Number(month)) < Number(day) ? Number.NaN : time_ms;
      };
    case 'seconds': {
      const from_ms = Date.parse(time.from);
      return (text) => from_ms + Math.round(rows.number(text) * 1000);
    }
  }
}

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
