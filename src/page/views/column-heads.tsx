export interface Column {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly number?: boolean;
  /** Left out where there is little room. */
  readonly roomy?: boolean;
}

export const classOf = ({ number, roomy }: Omit<Column, 'name'>): string | undefined =>
  [number && 'number', roomy && 'roomy'].filter(Boolean).join(' ') || undefined;

/** The head of a table. */
export function ColumnHeads({ columns }: { columns: readonly Column[] }) {
  return (
    <thead>
      <tr>
        {columns.map(({ name, ...column }) => (
          <th key={name} scope="col" class={classOf(column)}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
