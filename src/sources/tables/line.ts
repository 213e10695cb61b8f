import { BadInputError } from '../../core/errors.ts';
import { findColumn, requireColumn } from './columns.ts';
import { type DelimitedRow, type DelimitedTable, numberIn, readDelimited } from './delimited.ts';

/** One scan of the line as a study or an export keeps it. */
export interface LineRow {
  readonly scan: number;
  /** 0 where the table does not part runs. */
  readonly run: number;
  /** The level the gap was rounded to, where the table has one; else the gap itself. */
  readonly gap_um: number;
  /** The gap as reconstructed from the machine; equal to `gap_um` where the table has one column only. */
  readonly reconstructedGap_um: number;
  /** Mass loading of each lane (mg/cm²); empty where the table holds bins only. */
  readonly lanes_mg_cm2: readonly number[];
  /** Bin of each lane, from 0; empty where the table holds loadings only. */
  readonly bins: readonly number[];
  /** False for rows that a study sampled from a model. */
  readonly measured: boolean;
}

/**
 * Reads a table of scans: a gap column, lanes named `mass_loading_0_mg_cm2`, `lane_0` or the like, and/or bins named
 * `bin_0`; `scan`, `run`, `source` where present.
 *
 * @throws BadInputError naming file, line and column of what can't be used.
 */
export function readLineTable(path: string): readonly LineRow[] {
  const table = readDelimited(path);
  const gap = requireColumn(table, 'gap');
  const reconstructed = table.columns.find((column) => /^reconstructed_gap_um$/i.test(column));
  const lanes = numbered(table, /^(?:mass_loading|loading|lane)_(\d+)(?:_mg_cm2)?$/i);
  const bins = numbered(table, /^bin_(\d+)$/i);
  const single = lanes.length === 0 ? findColumn(table, 'loading') : undefined;
  if (lanes.length === 0 && bins.length === 0 && !single) {
    throw new BadInputError(`no column of lanes or bins; it has ${table.columns.join(', ')}`, {
      where: path,
      allowed: 'mass_loading_0_mg_cm2 …, lane_0 …, mass_loading_mg_cm2, bin_0 …',
    });
  }
  return table.rows.map((row, index) => {
    const gap_um = needed(table, row, 'gap', gap(row));
    return {
      scan: optional(table, row, 'scan') ?? index,
      run: optional(table, row, 'run') ?? 0,
      gap_um,
      reconstructedGap_um: (reconstructed ? numberIn(table, row, reconstructed) : undefined) ?? gap_um,
      lanes_mg_cm2: single
        ? [needed(table, row, 'loading', single(row))]
        : lanes.map((column) => needed(table, row, column, numberIn(table, row, column))),
      bins: bins.map((column) => needed(table, row, column, numberIn(table, row, column))),
      measured: (row.cells['source'] ?? 'measured') === 'measured',
    };
  });
}

/** Columns whose name ends in a number, in the order of that number. */
function numbered(table: DelimitedTable, pattern: RegExp): string[] {
  return table.columns
    .flatMap((column) => {
      const match = pattern.exec(column);
      return match ? [{ column, number: Number(match[1]) }] : [];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ column }) => column);
}

const optional = (table: DelimitedTable, row: DelimitedRow, column: string): number | undefined =>
  table.columns.includes(column) ? numberIn(table, row, column) : undefined;

function needed(table: DelimitedTable, row: DelimitedRow, what: string, number: number | undefined): number {
  if (number !== undefined) return number;
  throw new BadInputError(`no ${what}`, { where: `${table.path}, line ${row.lineNumber}` });
}
