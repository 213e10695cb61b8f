import { BadInputError, ConfigError } from '../core/errors.ts';
import { localTime } from '../sources/local-time.ts';
import { type DelimitedRow, type DelimitedTable, numberIn } from '../sources/tables/delimited.ts';

/** Reads the time of a row, ms on the log's own clock. */
export type LogTime = (row: DelimitedRow) => number;

const names = ['time', 'timestamp', 'datetime', 'date_time'];
const forms = 'ISO 8601 such as 2020-11-04T09:13:23Z, or DD.MM.YYYY HH:MM:SS';

/**
 * How a log tells its time: a `second` column, counted from `start` (without it from 0), or a `time` column of ISO 8601
 * or `DD.MM.YYYY HH:MM:SS`. A time without a zone is read as UTC, the same on every machine; between two logs that were
 * never set to each other only the log's own clock counts. `undefined` where the log has neither column.
 */
export function logTime(table: DelimitedTable, start: string | undefined): LogTime | undefined {
  const second = named(table, ['second', 'seconds']);
  if (second !== undefined) {
    const origin_ms = startOf(start);
    return (row) => {
      const value = numberIn(table, row, second);
      if (value === undefined) throw new BadInputError('no second', { where: placeOf(table, row, second) });
      return origin_ms + 1000 * value;
    };
  }
  const column = named(table, names);
  if (column === undefined) return undefined;
  return (row) => {
    const text = row.cells[column] ?? '';
    const time_ms = parseTime(text);
    if (Number.isFinite(time_ms)) return time_ms;
    throw new BadInputError(`"${text}" is not a time`, {
      where: placeOf(table, row, column),
      allowed: forms,
    });
  };
}

/** What to say of a log without a time. */
export const noTime = (table: DelimitedTable, also = ''): BadInputError =>
  new BadInputError(`no time column; it has ${table.columns.join(', ')}`, {
    where: table.path,
    allowed: `${also}second, or time (${forms})`,
  });

/** @throws ConfigError for an option that is no time. */
export function startOf(start: string | undefined): number {
  if (start === undefined) return 0;
  const time_ms = parseTime(start);
  if (Number.isFinite(time_ms)) return time_ms;
  throw new ConfigError(`"${start}" is not a time`, { allowed: forms });
}

function parseTime(text: string): number {
  const iso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text.trim());
  if (!iso) return localTime(text, '+00:00');
  return Date.parse(text.trim().replace(' ', 'T').replace(',', '.') + (iso[3] === undefined ? 'Z' : ''));
}

const named = (table: DelimitedTable, wanted: readonly string[]): string | undefined =>
  table.columns.find((column) => wanted.includes(column.toLowerCase()));

const placeOf = (table: DelimitedTable, row: DelimitedRow, column: string): string =>
  `${table.path}, line ${row.lineNumber}, column ${column}`;
