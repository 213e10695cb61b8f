import { textTable } from './text-table.ts';

/** What every suite's rows have in common. */
export interface TableRow {
  readonly suite: string;
  readonly target: string;
  readonly training: string;
  readonly method: string;
  readonly mse: number;
  readonly sd: number;
  readonly rmse: number;
  readonly coverage90?: number;
  readonly nll?: number;
  /** Published suite: the same error in (mg/cm²)², and whether the held-out gap's own data had a part. */
  readonly mse_mg2_cm4?: number;
  readonly leaks?: boolean;
  readonly null: number;
  readonly n: number;
}

interface Column {
  readonly name: string;
  readonly cell: (row: TableRow) => string | number;
}

const COLUMNS: readonly Column[] = [
  { name: 'target', cell: (row) => row.target },
  { name: 'training', cell: (row) => row.training },
  { name: 'method', cell: (row) => row.method },
  { name: 'mse', cell: (row) => figure(row.mse) },
  { name: 'sd', cell: (row) => figure(row.sd) },
  { name: 'rmse', cell: (row) => figure(row.rmse) },
  { name: 'cov90', cell: (row) => figure(row.coverage90, 2) },
  { name: 'nll', cell: (row) => figure(row.nll, 2) },
  { name: 'null', cell: (row) => figure(row.null) },
  { name: 'leak', cell: (row) => (row.leaks ? 'leak' : '-') },
  { name: 'mse (mg/cm²)²', cell: (row) => figure(row.mse_mg2_cm4, 2) },
  { name: 'n', cell: (row) => row.n },
];

/** The comparison as a table, in blocks of one task each; columns in which no row has anything are left out. */
export function evaluationTable(rows: readonly TableRow[]): string {
  const blocks: TableRow[][] = [];
  for (const row of rows) {
    const last = blocks.at(-1)?.at(-1);
    if (last && last.target === row.target && last.training === row.training) blocks.at(-1)?.push(row);
    else blocks.push([row]);
  }
  const columns = COLUMNS.filter(({ cell }) => rows.some((row) => cell(row) !== '-'));
  return textTable([
    columns.map(({ name }) => name),
    ...blocks.flatMap((block) => block.map((row) => columns.map(({ cell }) => cell(row)))),
  ]);
}

const figure = (value: number | undefined, digits = 3): string =>
  value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(digits);
