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
  readonly null: number;
  readonly n: number;
}

/** The comparison as a table, in blocks of one task each. */
export function evaluationTable(rows: readonly TableRow[]): string {
  const heading = ['target', 'training', 'method', 'mse', 'sd', 'rmse', 'cov90', 'nll', 'null', 'n'];
  const blocks: TableRow[][] = [];
  for (const row of rows) {
    const last = blocks.at(-1)?.at(-1);
    if (last && last.target === row.target && last.training === row.training) blocks.at(-1)?.push(row);
    else blocks.push([row]);
  }
  return textTable([heading, ...blocks.flatMap((block) => block.map(cells))]);
}

const cells = (row: TableRow): (string | number)[] => [
  row.target,
  row.training,
  row.method,
  figure(row.mse),
  figure(row.sd),
  figure(row.rmse),
  figure(row.coverage90, 2),
  figure(row.nll, 2),
  figure(row.null),
  row.n,
];

const figure = (value: number | undefined, digits = 3): string =>
  value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(digits);
