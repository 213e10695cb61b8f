import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Option } from 'commander';
import { FatalError, messageOf } from '../core/errors.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { type Column, type ExportTable, type ExportWhat, tables } from './export-tables.ts';
import { isoTime, type PastOptions, timeArgument, withPast } from './past.ts';

interface ExportOptions extends PastOptions {
  readonly format: 'csv' | 'parquet';
  readonly what: ExportWhat;
  readonly out: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('export')
    .description('Write what an agent remembers to a file, for a spreadsheet, pandas, DuckDB, ….')
    .requiredOption('--config <file>', 'configuration of the agent; it may be running')
    .requiredOption('--out <file>', 'where to; one that is there is replaced once all is written')
    .addOption(new Option('--format <format>').choices(['csv', 'parquet']).default('csv'))
    .addOption(new Option('--what <what>').choices(Object.keys(tables)).default('observations'))
    .option('--line <name>', 'which line; without it all')
    .option('--from <time>', 'not before, event time: 2024-03-04T06:00:00Z or 2024-03-04', timeArgument)
    .option('--to <time>', 'not after', timeArgument)
    .option('--json', 'one JSON document on standard output')
    .action((options: ExportOptions) => exportPast(options, context));
};

async function exportPast(options: ExportOptions, context: CommandContext): Promise<void> {
  const { what, format, out } = options;
  const rows = await withPast(options, context, async (lines, read) => {
    const table = tables[what](lines, read) as ExportTable<unknown>;
    const part = `${out}.part`;
    try {
      const written = format === 'csv' ? writeCsv(table, part) : await writeParquet(table, part);
      renameSync(part, out);
      return written;
    } catch (error) {
      rmSync(part, { force: true });
      throw new FatalError(`can't be written: ${messageOf(error)}`, { where: out, cause: error });
    }
  });
  emit(context, options.json, { what, format, out, rows }, () => `${rows} ${what} written to ${out}`);
}

/** By RFC 4180, in UTF-8, times as ISO 8601 in UTC; what is not known stays empty. */
function writeCsv({ columns, rows }: ExportTable<unknown>, path: string): number {
  const file = openSync(path, 'w');
  try {
    writeSync(file, `${columns.map(({ name }) => name).join(',')}\r\n`);
    let count = 0;
    let text = '';
    for (const row of rows) {
      text += `${columns.map((column) => csvCell(column, row)).join(',')}\r\n`;
      count++;
      if (text.length > 2 ** 20) {
        writeSync(file, text);
        text = '';
      }
    }
    writeSync(file, text);
    return count;
  } finally {
    closeSync(file);
  }
}

function csvCell(column: Column<unknown>, row: unknown): string {
  const value = column.of(row);
  if (value === undefined || Number.isNaN(value)) return '';
  const text = column.type === 'TIMESTAMP' ? isoTime(value as number) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row group at a time, so that years of history need no more memory than a day. */
async function writeParquet({ columns, rows }: ExportTable<unknown>, path: string): Promise<number> {
  const { fileWriter, parquetWrite, parquetWriteRows } = await import('hyparquet-writer');
  const types = columns.map(({ name, type }) => ({ name, type }));
  let count = 0;
  const objects = function* () {
    for (const row of rows) {
      count++;
      yield Object.fromEntries(columns.map((column) => [column.name, parquetValue(column, row)]));
    }
  };
  await parquetWriteRows({ writer: fileWriter(path), columns: types, rows: objects(), rowGroupSize: 50_000 });
  if (count === 0) {
    const columnData = types.map((column) => ({ ...column, data: [] }));
    await parquetWrite({ writer: fileWriter(path), columnData });
  }
  return count;
}

function parquetValue(column: Column<unknown>, row: unknown): string | number | boolean | Date | null {
  const value = column.of(row);
  if (value === undefined) return null;
  return column.type === 'TIMESTAMP' ? new Date(value as number) : value;
}
