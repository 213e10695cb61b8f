import { basename } from 'node:path';
import { BadInputError } from '../../core/errors.ts';
import type { LineRun } from '../../core/prediction.ts';
import { findColumn } from '../../sources/tables/columns.ts';
import {
  type DelimitedRow,
  type DelimitedTable,
  numberIn,
  readDelimited,
} from '../../sources/tables/delimited.ts';

export interface RunTableOptions {
  /** Gap of each run (µm), in the table's order, where the table has no gap column. */
  readonly gaps_um?: readonly number[] | undefined;
  readonly line?: string | undefined;
}

/**
 * Reads a table with one row for each run, in time order: a mean loading, a gap (column, or given apart), and where
 * present `run` and either `scans` or `first_scan` and `end_scan` (exclusive). Such a table tells the runs' levels,
 * not their scatter.
 *
 * @throws BadInputError naming file, line and column of what can't be used.
 */
export function readRunTable(path: string, options: RunTableOptions = {}): LineRun[] {
  const table = readDelimited(path);
  const gap = gapReader(table, options.gaps_um);
  const level = levelReader(table);
  const line = options.line ?? basename(path).replace(/\.[^.]+$/, '');
  return table.rows.map((row, index) => ({
    line,
    run: optional(table, row, 'run') ?? index + 1,
    gap_um: gap(row, index),
    scans: scansIn(table, row),
    level_mg_cm2: level(row),
    spread_mg_cm2: Number.NaN,
    lanes_mg_cm2: [],
    start_ms: optional(table, row, 'first_scan') ?? index,
  }));
}

function gapReader(table: DelimitedTable, gaps_um: readonly number[] | undefined) {
  if (gaps_um) {
    if (gaps_um.length !== table.rows.length) {
      throw new BadInputError(`${gaps_um.length} gaps for ${table.rows.length} runs`, { where: table.path });
    }
    return (_row: DelimitedRow, index: number): number => gaps_um[index] as number;
  }
  const column = findColumn(table, 'gap');
  if (!column) {
    throw new BadInputError('no column for the gap', {
      where: table.path,
      allowed: 'comma_gap_um, or the gaps given with --run-gaps',
    });
  }
  return (row: DelimitedRow): number => needed(table, row, 'gap', column(row));
}

/** `mean_mg_cm2`, `mass_loading_mg_cm2` and the like, or the mean over numbered lanes. */
function levelReader(table: DelimitedTable): (row: DelimitedRow) => number {
  const single = findColumn(table, 'mean') ?? findColumn(table, 'loading');
  if (single) return (row) => needed(table, row, 'mean loading', single(row));
  const lanes = table.columns.filter((name) =>
    /^(mean_)?(mass_loading|loading|lane)_\d+(_mg_cm2)?$/i.test(name),
  );
  if (lanes.length === 0) {
    throw new BadInputError('no column for the mean loading', {
      where: table.path,
      allowed: 'mean_mg_cm2, mass_loading_mg_cm2, mean_mass_loading_0_mg_cm2 …',
    });
  }
  return (row) =>
    lanes.reduce((sum, name) => sum + needed(table, row, name, numberIn(table, row, name)), 0) / lanes.length;
}

function scansIn(table: DelimitedTable, row: DelimitedRow): number {
  const [first, end] = [optional(table, row, 'first_scan'), optional(table, row, 'end_scan')];
  const counted = optional(table, row, 'scans');
  if (counted !== undefined) return Math.max(1, counted);
  return first !== undefined && end !== undefined ? Math.max(1, end - first) : 1;
}

const optional = (table: DelimitedTable, row: DelimitedRow, column: string): number | undefined =>
  table.columns.includes(column) ? numberIn(table, row, column) : undefined;

function needed(table: DelimitedTable, row: DelimitedRow, what: string, number: number | undefined): number {
  if (number !== undefined) return number;
  throw new BadInputError(`no ${what}`, { where: `${table.path}, line ${row.lineNumber}` });
}
