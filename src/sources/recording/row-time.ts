import type { TimeColumnSettings } from '../../config/recording.ts';
import { localTime } from '../local-time.ts';
import type { Row } from './rows.ts';

/** Columns that hold the time. */
export const timeColumns = (time: TimeColumnSettings): string[] =>
  time.type === 'local' && time.clock_column !== undefined ? [time.column, time.clock_column] : [time.column];

/** The time as it stands in the row. */
export const timeText = (row: Row, time: TimeColumnSettings): string =>
  timeColumns(time)
    .map((column) => row.text(column))
    .join(' ');

/** Reads the time of a row (ms since 1970); NaN for what is no time. */
export function rowTime(time: TimeColumnSettings): (row: Row) => number {
  switch (time.type) {
    case 'iso':
      return (row) => {
        const text = row.text(time.column);
        // Without a zone the text would mean another instant on each machine.
        return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
      };
    case 'ms':
      return (row) => row.number(time.column);
    case 'local':
      return (row) => localTime(timeText(row, time), time.offset);
    case 'seconds': {
      const from_ms = Date.parse(time.from);
      return (row) => from_ms + Math.round(row.number(time.column) * 1000);
    }
  }
}
