import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { BadInputError, messageOf } from '../../core/errors.ts';

/** A delimited text file with a header row; comma, semicolon or tab, decimal point or decimal comma. */
export interface DelimitedTable {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly DelimitedRow[];
}

export interface DelimitedRow {
  /** Line in the file, counted from 1, for messages. */
  readonly lineNumber: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** @throws BadInputError when the file can't be read, has no rows, or a row has more or fewer cells than the header. */
export function readDelimited(path: string): DelimitedTable {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadInputError(`the file can't be read: ${messageOf(error)}`, { where: path, cause: error });
  }
  return parseDelimited(text, path);
}

export function parseDelimited(text: string, path: string): DelimitedTable {
  const header = text.split(/\r?\n/, 1)[0] ?? '';
  try {
    const records: { info: { lines: number }; record: Record<string, string> }[] = parse(text, {
      columns: (names: string[]) => names.map((name) => name.trim()),
      delimiter: delimiterOf(header),
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
    });
    const first = records[0];
    if (!first) throw new BadInputError('the table has no rows', { where: path });
    return {
      path,
      columns: Object.keys(first.record),
      rows: records.map(({ info, record }) => ({ lineNumber: info.lines, cells: record })),
    };
  } catch (error) {
    if (error instanceof BadInputError) throw error;
    throw new BadInputError(`not a table: ${messageOf(error)}`, { where: path, cause: error });
  }
}

const delimiterOf = (header: string): string =>
  [';', '\t', ','].reduce((best, mark) =>
    header.split(mark).length > header.split(best).length ? mark : best,
  );

/** The cell as a number, `undefined` where it is empty. @throws BadInputError naming file, line and column. */
export function numberIn(table: DelimitedTable, row: DelimitedRow, column: string): number | undefined {
  const text = row.cells[column] ?? '';
  if (text === '') return undefined;
  // A comma inside a cell can only be a decimal one: thousands are never grouped in logs.
  const number = Number(text.replace(',', '.'));
  if (Number.isFinite(number)) return number;
  throw new BadInputError(`"${text}" is not a number`, {
    where: `${table.path}, line ${row.lineNumber}, column ${column}`,
  });
}
