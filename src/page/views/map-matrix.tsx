import { ScrollBox } from './scroll-box.tsx';

interface MapMatrixProps {
  readonly label: string;
  readonly corner: string;
  readonly across: string;
  readonly columns: readonly string[];
  /** Lowest first; the table shows the highest at the top, as a chart would. */
  readonly rows: readonly string[];
  /** For each column the index of its row. */
  readonly rowOf: readonly number[];
  readonly test: string;
  /** Writes the parts of a column's name, which commas part, one below the other: many columns then fit. */
  readonly stacked?: boolean;
}

/** A map between two finite sets as a matrix with one mark in each column. */
export function MapMatrix({
  label,
  corner,
  across,
  columns,
  rows,
  rowOf,
  test,
  stacked = false,
}: MapMatrixProps) {
  const upwards = rows.map((name, index) => ({ name, index })).reverse();
  return (
    <ScrollBox label={label}>
      <table class="matrix" data-test={test}>
        <tbody>
          {upwards.map(({ name, index }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {columns.map((column, at) => (
                <td key={column} class={rowOf[at] === index ? 'is-mapped' : ''}>
                  {rowOf[at] === index && <span class="visually-hidden">{`${column} → ${name}`}</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" class="corner">
              ↑ {corner}
              <br />→ {across}
            </th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {stacked
                  ? column.split(',').map((part, lane) => <div key={`${lane} ${part}`}>{part}</div>)
                  : column}
              </th>
            ))}
          </tr>
        </tfoot>
      </table>
    </ScrollBox>
  );
}
