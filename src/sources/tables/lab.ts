import { basename } from 'node:path';
import { BadInputError } from '../../core/errors.ts';
import type { LabGroup, Slurry } from '../../core/prediction.ts';
import { type ColumnMappings, type ColumnReader, findColumn, requireColumn } from './columns.ts';
import { type DelimitedRow, type DelimitedTable, readDelimited } from './delimited.ts';

/** One coating in the lab. */
export interface LabRow {
  readonly gap_um: number;
  readonly loading_mg_cm2: number;
  readonly slurry: Slurry;
}

export interface LabTable {
  readonly name: string;
  /** One for each slurry and gap; by active material, then solid-to-liquid ratio, then viscosity, then gap. */
  readonly groups: readonly LabGroup[];
  /** The coatings one by one; empty where the table holds figures (n, mean, sd) only. */
  readonly rows: readonly LabRow[];
}

export interface LabTableOptions {
  readonly columns?: ColumnMappings | undefined;
  /** Keeps the rows in which the column has that value (numbers are compared as numbers). */
  readonly where?: readonly { column: string; value: string | number }[] | undefined;
  readonly gaps_um?: readonly number[] | undefined;
  readonly name?: string | undefined;
}

/**
 * Reads a lab table: rows (a mass loading for each coating) or figures (gap, n, mean, sd).
 *
 * @throws BadInputError naming file, line and column of what can't be used.
 */
export function readLabTable(path: string, options: LabTableOptions = {}): LabTable {
  const table = readDelimited(path);
  const kept = { ...table, rows: table.rows.filter(selects(table, options.where ?? [])) };
  if (kept.rows.length === 0) {
    const wanted = (options.where ?? []).map(({ column, value }) => `${column}=${value}`).join(' and ');
    throw new BadInputError(`no row has ${wanted}`, { where: path });
  }
  const name = options.name ?? basename(path).replace(/\.[^.]+$/, '');
  const inGaps = ({ gap_um }: { gap_um: number }) => !options.gaps_um || options.gaps_um.includes(gap_um);
  const mean = findColumn(kept, 'mean', options.columns?.mean);
  if (mean)
    return { name, rows: [], groups: figures(kept, name, mean, options.columns ?? {}).filter(inGaps) };
  const rows = coatings(kept, options.columns ?? {}).filter(inGaps);
  return { name, rows, groups: groupRows(rows, name) };
}

function selects(table: DelimitedTable, where: NonNullable<LabTableOptions['where']>) {
  for (const { column } of where) {
    if (!table.columns.includes(column)) {
      throw new BadInputError(`no column "${column}"`, {
        where: table.path,
        allowed: table.columns.join(', '),
      });
    }
  }
  return (row: DelimitedRow): boolean =>
    where.every(({ column, value }) => {
      const cell = row.cells[column] ?? '';
      return typeof value === 'number' ? Number(cell.replace(',', '.')) === value : cell === value;
    });
}

function coatings(table: DelimitedTable, columns: ColumnMappings): LabRow[] {
  const gap = requireColumn(table, 'gap', columns.gap);
  const loading = requireColumn(table, 'loading', columns.loading);
  const slurry = slurryReader(table, columns);
  return table.rows.map((row) => ({
    gap_um: present(table, row, 'gap', gap),
    loading_mg_cm2: present(table, row, 'mass loading', loading),
    slurry: slurry(row),
  }));
}

function figures(
  table: DelimitedTable,
  name: string,
  mean: ColumnReader,
  columns: ColumnMappings,
): LabGroup[] {
  const gap = requireColumn(table, 'gap', columns.gap);
  const n = requireColumn(table, 'n', columns.n);
  const sd = requireColumn(table, 'sd', columns.sd);
  const slurry = slurryReader(table, columns);
  return table.rows.map((row) => ({
    table: name,
    gap_um: present(table, row, 'gap', gap),
    slurry: slurry(row),
    n: present(table, row, 'n', n),
    mean_mg_cm2: present(table, row, 'mean', mean),
    sd_mg_cm2: sd(row) ?? Number.NaN,
  }));
}

function present(table: DelimitedTable, row: DelimitedRow, what: string, read: ColumnReader): number {
  const number = read(row);
  if (number !== undefined && number > 0) return number;
  throw new BadInputError(number === undefined ? `no ${what}` : `${what} is ${number}`, {
    where: `${table.path}, line ${row.lineNumber}`,
    allowed: 'a number above 0',
  });
}

function slurryReader(table: DelimitedTable, columns: ColumnMappings): (row: DelimitedRow) => Slurry {
  const am = findColumn(table, 'am', columns.am);
  const solid = findColumn(table, 'solidToLiquid', columns.solidToLiquid);
  const viscosity = findColumn(table, 'viscosity', columns.viscosity);
  return (row) => {
    const [am_percent, solid_to_liquid_percent, viscosity_pa_s] = [am?.(row), solid?.(row), viscosity?.(row)];
    return {
      ...(am_percent !== undefined && { am_percent }),
      ...(solid_to_liquid_percent !== undefined && { solid_to_liquid_percent }),
      ...(viscosity_pa_s !== undefined && { viscosity_pa_s }),
    };
  };
}

/** Gathers coatings of one slurry and gap into figures; the order of the rows within a group is kept. */
export function groupRows(rows: readonly LabRow[], table: string): LabGroup[] {
  const groups = new Map<string, LabRow[]>();
  for (const row of rows) {
    const { am_percent, solid_to_liquid_percent, viscosity_pa_s } = row.slurry;
    const key = [am_percent, solid_to_liquid_percent, viscosity_pa_s, row.gap_um].join('|');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].map((group) => summary(group, table)).sort(bySlurryThenGap);
}

function summary(group: readonly LabRow[], table: string): LabGroup {
  const [first] = group as [LabRow];
  const values = group.map(({ loading_mg_cm2 }) => loading_mg_cm2);
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return {
    table,
    gap_um: first.gap_um,
    slurry: first.slurry,
    n,
    mean_mg_cm2: mean,
    sd_mg_cm2: n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN,
    rows_mg_cm2: values,
  };
}

function bySlurryThenGap(a: LabGroup, b: LabGroup): number {
  const order = (g: LabGroup) => [
    g.slurry.am_percent ?? 0,
    g.slurry.solid_to_liquid_percent ?? 0,
    g.slurry.viscosity_pa_s ?? 0,
    g.gap_um,
  ];
  const [left, right] = [order(a), order(b)];
  return left.reduce((decided, value, i) => decided || value - (right[i] as number), 0);
}
