import { BadInputError } from '../../core/errors.ts';
import { type DelimitedRow, type DelimitedTable, numberIn } from './delimited.ts';

/** A quantity that a table may hold: how its column is found, and the unit that gapwise works in. */
export interface Quantity {
  /** Names under which it is known, without their unit, in lower case with underscores. */
  readonly names: readonly string[];
  /** Factor to the working unit for each unit that a header or the configuration may state. */
  readonly units: Readonly<Record<string, number>>;
  /** Taken where the header states none. */
  readonly defaultUnit: string;
}

/** A user's own mapping: the column's header as it stands, with its unit where the header doesn't say it. */
export type ColumnMapping = string | { readonly column: string; readonly unit?: string | undefined };

const length = { um: 1, µm: 1, micron: 1, mm: 1000 };
const loading = { mg_cm2: 1, 'mg/cm2': 1, 'mg/cm²': 1, g_m2: 0.1, 'g/m2': 0.1, 'g/m²': 0.1 };
const percent = { percent: 1, '%': 1, 'wt%': 1, fraction: 100 };

export const quantities = {
  gap: { names: ['comma_gap', 'gap'], units: length, defaultUnit: 'um' },
  loading: { names: ['mass_loading', 'loading'], units: loading, defaultUnit: 'mg_cm2' },
  mean: { names: ['mean', 'mean_mass_loading', 'mean_loading'], units: loading, defaultUnit: 'mg_cm2' },
  sd: { names: ['sd', 'sd_mass_loading', 'sd_loading'], units: loading, defaultUnit: 'mg_cm2' },
  n: { names: ['n', 'count'], units: { '': 1 }, defaultUnit: '' },
  am: { names: ['am', 'active_material'], units: percent, defaultUnit: 'percent' },
  solidToLiquid: {
    names: ['solid_to_liquid', 'solid_to_liquid_ratio'],
    units: percent,
    defaultUnit: 'percent',
  },
  viscosity: { names: ['viscosity'], units: { pa_s: 1, pa·s: 1, mpa_s: 0.001 }, defaultUnit: 'pa_s' },
} as const satisfies Record<string, Quantity>;

export type QuantityName = keyof typeof quantities;
export type ColumnMappings = { readonly [Name in QuantityName]?: ColumnMapping | undefined };

/** Reads one quantity from a row in its working unit; `undefined` where the cell is empty. */
export type ColumnReader = (row: DelimitedRow) => number | undefined;

/**
 * Finds the column of a quantity: the mapped one, or one whose header is a known name with an optional unit, such as
 * `comma_gap_um`, `Comma gap (µm)` or `mass loading [g/m²]`. `undefined` where the table has none.
 *
 * @throws BadInputError for a mapped column that is not there or a unit that is not known.
 */
export function findColumn(
  table: DelimitedTable,
  name: QuantityName,
  mapping?: ColumnMapping,
): ColumnReader | undefined {
  const quantity: Quantity = quantities[name];
  const found = mapping === undefined ? byHeader(table, quantity) : byMapping(table, quantity, mapping);
  if (!found) return undefined;
  const { column, factor } = found;
  return (row) => {
    const number = numberIn(table, row, column);
    return number === undefined ? undefined : number * factor;
  };
}

/** As `findColumn`, for a quantity that the table must have. */
export function requireColumn(
  table: DelimitedTable,
  name: QuantityName,
  mapping?: ColumnMapping,
): ColumnReader {
  const reader = findColumn(table, name, mapping);
  if (reader) return reader;
  const { names, defaultUnit }: Quantity = quantities[name];
  throw new BadInputError(`no column for ${name}; it has ${table.columns.join(', ')}`, {
    where: table.path,
    allowed: `${names.map((n) => `${n}_${defaultUnit}`).join(', ')}, or a mapping in the configuration`,
  });
}

interface FoundColumn {
  readonly column: string;
  readonly factor: number;
}

function byMapping(table: DelimitedTable, quantity: Quantity, mapping: ColumnMapping): FoundColumn {
  const { column, unit } = typeof mapping === 'string' ? { column: mapping } : mapping;
  if (!table.columns.includes(column)) {
    throw new BadInputError(`no column "${column}"`, {
      where: table.path,
      allowed: table.columns.join(', '),
    });
  }
  const factor = quantity.units[unit ?? headerUnit(column, quantity) ?? quantity.defaultUnit];
  if (factor === undefined) {
    throw new BadInputError(`unit "${unit}" of column "${column}" is not known`, {
      where: table.path,
      allowed: Object.keys(quantity.units).join(', '),
    });
  }
  return { column, factor };
}

function byHeader(table: DelimitedTable, quantity: Quantity): FoundColumn | undefined {
  for (const column of table.columns) {
    const header = plain(column);
    for (const name of quantity.names) {
      const unit = header === name ? quantity.defaultUnit : headerUnit(column, quantity);
      if (unit !== undefined && (header === name || header === `${name}_${plain(unit)}`)) {
        return { column, factor: quantity.units[unit] as number };
      }
    }
  }
  return undefined;
}

const headerUnit = (column: string, quantity: Quantity): string | undefined =>
  Object.keys(quantity.units).find((unit) => unit !== '' && plain(column).endsWith(`_${plain(unit)}`));

/** `Comma gap (µm)` → `comma_gap_µm`, so that one spelling serves for comparison. */
const plain = (header: string): string =>
  header
    .toLowerCase()
    .replaceAll('μ', 'µ')
    .replace(/[\s([/_·)\]]+/g, '_')
    .replace(/^_|_$/g, '');
