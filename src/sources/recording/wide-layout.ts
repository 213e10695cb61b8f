import type { LoadingUnit } from '../../config/loading-unit.ts';
import type {
  RecordedGaugeSettings,
  RecordedScansSettings,
  ScanTimeSettings,
  TimeColumnSettings,
} from '../../config/recording.ts';

/** Where the figures of a scan stand in its row. */
export interface GaugeLayout {
  /** Column of the running number; false: the rows are counted. */
  readonly number: string | false;
  readonly loading: LoadingColumns;
  readonly time: ScanTimeSettings | TimeColumnSettings;
}

export type LoadingColumns =
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'list'; readonly column: string };

/** Columns of the published gauge log before its 800 locations: time, position and the like. */
const leadColumns = 4;
const locations = 800;

/**
 * What the configuration says, and for the rest how the published gauge log is laid out: no header, 804 columns, one
 * row for each scan with its end as DD.MM.YYYY HH:MM:SS first (two columns where blanks part them), locations in g/m²
 * last.
 */
export function gaugeLayout(gauge: RecordedGaugeSettings, scans: RecordedScansSettings): GaugeLayout {
  return {
    number: scans.scan ?? (gauge.header ? 'scan' : false),
    loading: loadingColumns(scans.loading ?? { prefix: '', first: leadColumns + 1, count: locations }),
    time: gauge.time ?? publishedTime(gauge),
  };
}

/** The published log has g/m². */
export const gaugeUnit = ({ unit, header }: RecordedGaugeSettings): LoadingUnit =>
  unit ?? (header ? 'mg/cm2' : 'g/m2');

const publishedTime = ({ delimiter }: RecordedGaugeSettings): TimeColumnSettings => ({
  type: 'local',
  column: '1',
  ...(delimiter === 'whitespace' ? { clock_column: '2' } : {}),
  offset: '+00:00',
});

function loadingColumns(loading: NonNullable<RecordedScansSettings['loading']>): LoadingColumns {
  if (Array.isArray(loading)) return { kind: 'columns', columns: loading };
  if ('list' in loading) return { kind: 'list', column: loading.list };
  const { prefix, first, count } = loading;
  return { kind: 'columns', columns: Array.from({ length: count }, (_, i) => `${prefix}${first + i}`) };
}
