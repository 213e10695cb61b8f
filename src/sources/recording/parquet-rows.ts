import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { missingColumns, unreadable } from './open-faults.ts';
import type { Row, Rows } from './rows.ts';

/** Cells taken into memory at a time: some ten megabytes. A row group is read in slices of so many at most. */
const sliceCells = 2_000_000;

/**
 * A Parquet file, read slice by slice; only the columns wanted are touched.
 *
 * @throws ConfigError where the file can't be read or lacks a column.
 */
export async function openParquet(file: string, columns: readonly string[]): Promise<Rows> {
  // Loaded when first needed: most recordings are text.
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] =
    await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  let buffer: AsyncBuffer;
  let metadata: FileMetaData;
  try {
    buffer = await asyncBufferFromFile(file);
    metadata = await parquetMetadataAsync(buffer);
  } catch (error) {
    throw unreadable(file, error);
  }
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) throw missingColumns(file, missing, names);
  const sliceRows = Math.max(1, Math.floor(sliceCells / Math.max(1, columns.length)));
  return {
    file,
    close: async () => {},
    async *batches() {
      let groupEnd = 0;
      for (const { num_rows } of metadata.row_groups) {
        const groupStart = groupEnd;
        groupEnd += Number(num_rows);
        for (let rowStart = groupStart; rowStart < groupEnd; rowStart += sliceRows) {
          const rowEnd = Math.min(groupEnd, rowStart + sliceRows);
          const read = await parquetReadObjects({
            file: buffer,
            metadata,
            columns: [...new Set(columns)],
            rowStart,
            rowEnd,
            compressors,
            useOffsetIndex: true,
          });
          yield read.map((cells, i) => new ParquetRow(rowStart + i, cells));
        }
      }
    },
  };
}

class ParquetRow implements Row {
  readonly index: number;
  readonly #cells: Readonly<Record<string, unknown>>;

  constructor(index: number, cells: Readonly<Record<string, unknown>>) {
    this.index = index;
    this.#cells = cells;
  }

  get at(): string {
    return `row ${this.index + 1}`;
  }

  text(column: string): string {
    const cell = this.#cells[column];
    if (cell === null || cell === undefined) return '';
    return cell instanceof Date && !Number.isNaN(cell.getTime()) ? cell.toISOString() : String(cell);
  }

  number(column: string): number {
    const cell = this.#cells[column];
    if (typeof cell === 'number') return cell;
    if (typeof cell === 'bigint') return Number(cell);
    if (cell instanceof Date) return cell.getTime();
    return typeof cell === 'string' && cell !== '' ? Number(cell) : Number.NaN;
  }

  list(column: string): ArrayLike<number> | undefined {
    const cell = this.#cells[column];
    if (ArrayBuffer.isView(cell) && !(cell instanceof DataView)) return cell as unknown as Float64Array;
    return Array.isArray(cell)
      ? Float64Array.from(cell, (value) => (value === null ? Number.NaN : Number(value)))
      : undefined;
  }
}
