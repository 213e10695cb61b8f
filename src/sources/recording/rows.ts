import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { DeadLetterReason } from '../../core/source.ts';

/** A CSV log as read: cells are text still. */
export interface Rows {
  readonly file: string;
  readonly records: readonly Row[];
  /** Text to number: empty is NaN, as is what does not read as a number. */
  number(text: string): number;
}

export interface Row {
  /** Line of the file, counting from 1. */
  readonly at: number;
  cell(column: string): string;
}

/** A row that can't be used. */
export interface RowFault {
  readonly where: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** @throws ConfigError where the file can't be read or lacks a column that the configuration names. */
export function readRows(
  file: string,
  layout: { readonly delimiter: string; readonly decimal: '.' | ',' },
  columns: readonly string[],
): Rows {
  let parsed: { record: string[]; info: { lines: number } }[];
  try {
    const blanks = layout.delimiter === 'whitespace';
    const text = readFileSync(file);
    parsed = parse(
      blanks
        ? text
            .toString()
            .replace(/^[ \t]+|[ \t]+$/gm, '')
            .replace(/[ \t]+/g, '\t')
        : text,
      {
        delimiter: blanks || layout.delimiter === '\\t' ? '\t' : layout.delimiter,
        bom: true,
        trim: true,
        skip_empty_lines: true,
        relax_column_count: true,
        info: true,
      },
    ) as unknown as typeof parsed;
  } catch (error) {
    throw new ConfigError(`the recording can't be read: ${messageOf(error)}`, {
      where: file,
      allowed: 'a file below the data folder; --data FOLDER names another one',
      cause: error,
    });
  }
  const header = parsed[0]?.record ?? [];
  const index = new Map(header.map((name, i) => [name, i]));
  const missing = columns.filter((column) => !index.has(column));
  if (missing.length > 0) {
    const shown = header.slice(0, 20).join(', ') + (header.length > 20 ? ', …' : '');
    throw new ConfigError(`no column ${missing.slice(0, 5).join(', ')}`, { where: file, allowed: shown });
  }
  return {
    file,
    records: parsed.slice(1).map(({ record, info }) => ({
      at: info.lines,
      cell: (column) => record[index.get(column) as number] ?? '',
    })),
    number: (text) => {
      const plain = layout.decimal === ',' ? text.replace(',', '.') : text;
      return plain === '' ? Number.NaN : Number(plain);
    },
  };
}

export const faultAt = (rows: Rows, row: Row, reason: DeadLetterReason, detail: string): RowFault => ({
  where: `${rows.file}, line ${row.at}`,
  reason,
  detail,
});
