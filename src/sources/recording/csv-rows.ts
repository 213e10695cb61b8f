import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import { parse } from 'csv-parse/sync';
import { messageOf } from '../../core/errors.ts';
import { missingColumns, unreadable } from './open-faults.ts';
import { type CsvLayout, faultAt, type OnFault, type Row, type Rows } from './rows.ts';

/** Rows handed over at a time: enough to make the waiting between them cheap, few enough to be small. */
const batchRows = 256;

/**
 * A delimited text file, read line by line. A line that can't be parted, or that has too few cells for the columns
 * wanted (a log that was cut off), goes to `onFault`.
 *
 * @throws ConfigError where the file can't be read or lacks a column.
 */
export async function openCsv(
  file: string,
  layout: CsvLayout,
  columns: readonly string[],
  onFault: OnFault,
): Promise<Rows> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    throw unreadable(file, error);
  }
  const input = createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // The lines would just end: a disk that fails must not look like the end of the log.
  let failure: unknown;
  input.on('error', (error) => {
    failure = error;
    lines.close();
  });
  const close = async () => {
    lines.close();
    input.destroy();
  };
  try {
    const split = splitter(layout.delimiter);
    const reader = numbered(lines);
    const first = await reader.next();
    if (failure !== undefined) throw unreadable(file, failure);
    const head = first.done ? [] : split(first.value.text.replace(/^\uFEFF/, ''));
    const names = layout.header ? head : head.map((_, i) => String(i + 1));
    const missing = columns.filter((column) => !names.includes(column));
    if (missing.length > 0) throw missingColumns(file, missing, names);
    const columnAt = new Map(names.map((name, i) => [name, i]));
    const needed = 1 + Math.max(-1, ...columns.map((column) => columnAt.get(column) as number));
    return {
      file,
      close,
      async *batches() {
        let batch: Row[] = [];
        let count = 0;
        const take = ({ text, at }: Line): Row | undefined => {
          if (text.trim() === '') return undefined;
          // A row that can't be used counts too: the scan that it was is missing, the later ones keep their numbers.
          const index = count++;
          let cells: string[];
          try {
            cells = split(text);
          } catch (error) {
            onFault(faultAt(file, `line ${at}`, 'malformed', messageOf(error)));
            return undefined;
          }
          if (cells.length < needed) {
            const detail = `${cells.length} columns, ${needed} are needed`;
            onFault(faultAt(file, `line ${at}`, 'wrong-length', detail));
            return undefined;
          }
          return new CsvRow(`line ${at}`, index, cells, columnAt, layout.decimal);
        };
        const begun = layout.header || first.done ? undefined : take(first.value);
        if (begun) batch.push(begun);
        for await (const line of reader) {
          const row = take(line);
          if (!row) continue;
          batch.push(row);
          if (batch.length < batchRows) continue;
          yield batch;
          batch = [];
        }
        yield batch;
        if (failure !== undefined) throw unreadable(file, failure);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Line {
  readonly text: string;
  readonly at: number;
}

async function* numbered(lines: Interface): AsyncGenerator<Line, void> {
  let at = 0;
  for await (const text of lines) yield { text, at: ++at };
}

function splitter(delimiter: string): (line: string) => string[] {
  if (delimiter === 'whitespace') return (line) => line.trim().split(/[ \t]+/);
  const mark = delimiter === '\\t' ? '\t' : delimiter;
  return (line) => {
    // Logs of machines hardly ever quote: a line that does is worth the time of a full parser.
    if (line.includes('"')) return quoted(line, mark);
    return line.split(mark).map((cell) => cell.trim());
  };
}

const quoted = (line: string, delimiter: string): string[] =>
  (parse(line, { delimiter, trim: true }) as string[][])[0] ?? [];

class CsvRow implements Row {
  readonly at: string;
  readonly index: number;
  readonly #cells: readonly string[];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #decimal: '.' | ',';

  constructor(
    at: string,
    index: number,
    cells: readonly string[],
    columns: ReadonlyMap<string, number>,
    decimal: '.' | ',',
  ) {
    this.at = at;
    this.index = index;
    this.#cells = cells;
    this.#columns = columns;
    this.#decimal = decimal;
  }

  text(column: string): string {
    return this.#cells[this.#columns.get(column) as number] ?? '';
  }

  number(column: string): number {
    const text = this.text(column);
    if (text === '') return Number.NaN;
    return Number(this.#decimal === ',' ? text.replace(',', '.') : text);
  }

  list(): undefined {
    return undefined;
  }
}
