/** Columns of text side by side, numbers to the right; the first row is the heading. */
export function textTable(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => String(cell)));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const numeric = widths.map((_, column) => rows.slice(1).every((row) => isNumber(row[column])));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] as number;
          return numeric[column] ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const isNumber = (cell: string | number | undefined): boolean =>
  typeof cell === 'number' ||
  cell === '-' ||
  (cell !== undefined && cell !== '' && Number.isFinite(Number(cell)));
