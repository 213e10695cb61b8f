import { pipelineSchema, type TransitionsConfig } from '../config/pipeline.ts';
import { BadInputError } from '../core/errors.ts';
import type { GaugeStretch } from '../pipeline/pairing/sequence/likelihood.ts';
import { runsOfScans, stretchesOfLog } from '../pipeline/pairing/sequence/logs.ts';
import type { CoatedStretch } from '../pipeline/pairing/sequence/stretches.ts';
import { requireColumn } from '../sources/tables/columns.ts';
import {
  type DelimitedRow,
  type DelimitedTable,
  numberIn,
  readDelimited,
} from '../sources/tables/delimited.ts';
import { logTime, noTime, startOf } from './log-time.ts';

export interface CoaterLogOptions {
  /** Time of second 0 (ISO 8601); without it second 0 is time 0. */
  readonly start: string | undefined;
  readonly transitions: TransitionsConfig;
}

/**
 * Coated stretches of a log of comma gaps: a `second` or `time` column and a gap column. Seconds that the log leaves
 * out had the bar closed.
 *
 * @throws BadInputError naming file, line and column of what can't be used.
 */
export function readCoaterLog(path: string, { start, transitions }: CoaterLogOptions): CoatedStretch[] {
  const table = readDelimited(path);
  const gap = requireColumn(table, 'gap');
  const time = logTime(table, start);
  if (!time) throw noTime(table);
  const rows = table.rows
    .map((row) => ({ time_ms: time(row), gap_um: present(table, row, 'gap', gap(row)) }))
    .sort((a, b) => a.time_ms - b.time_ms);
  const stretches = stretchesOfLog(withClosedBar(rows), transitions);
  if (stretches.length > 0) return stretches;
  throw new BadInputError(`the gap is never above ${transitions.coating_above_um} µm for long enough`, {
    where: path,
  });
}

interface GapRow {
  readonly time_ms: number;
  readonly gap_um: number;
}

/** Fills holes with two readings of a closed bar, one step after the last row and one step before the next. */
function withClosedBar(rows: readonly GapRow[]): GapRow[] {
  const steps = rows.slice(1).map((row, i) => row.time_ms - rows[i]!.time_ms);
  const step_ms = Math.min(...steps.filter((step) => step > 0));
  return rows.flatMap((row, i) => {
    const next = rows[i + 1];
    const end = { time_ms: row.time_ms + step_ms, gap_um: 0 };
    if (!next) return Number.isFinite(step_ms) ? [row, end] : [row];
    if (next.time_ms - row.time_ms < 1.5 * step_ms) return [row];
    const before = { time_ms: next.time_ms - step_ms, gap_um: 0 };
    return before.time_ms > end.time_ms ? [row, end, before] : [row, end];
  });
}

export interface GaugeLogOptions {
  /** Time of scan 0 (ISO 8601); without it scan 0 is time 0. */
  readonly start: string | undefined;
  readonly period_s: number;
  readonly coatedAbove_mg_cm2: number;
}

/**
 * Coated runs of a gauge's log: either a table of runs (`first_scan`, `end_scan` exclusive, mean loading) or one of
 * single scans (`scan` or the `time` of its end, loading), in which scans above the threshold that follow each other are
 * a run.
 *
 * @throws BadInputError naming file, line and column of what can't be used.
 */
export function readGaugeLog(path: string, options: GaugeLogOptions): GaugeStretch[] {
  const table = readDelimited(path);
  const loading = loadingReader(table);
  const runs = table.columns.includes('first_scan')
    ? intervals(table, loading, options)
    : singleScans(table, loading, options);
  if (runs.length > 0) return runs;
  throw new BadInputError(`no scan is above ${options.coatedAbove_mg_cm2} mg/cm²`, { where: path });
}

type Reader = (row: DelimitedRow) => number;

function intervals(table: DelimitedTable, loading: Reader, options: GaugeLogOptions): GaugeStretch[] {
  const origin_ms = startOf(options.start);
  const scan = (row: DelimitedRow, column: string) =>
    present(table, row, column, numberIn(table, row, column)) * options.period_s * 1000;
  return table.rows
    .map((row) => ({
      level_mg_cm2: loading(row),
      start_ms: origin_ms + scan(row, 'first_scan'),
      end_ms: origin_ms + scan(row, 'end_scan'),
    }))
    .sort((a, b) => a.start_ms - b.start_ms);
}

function singleScans(table: DelimitedTable, loading: Reader, options: GaugeLogOptions): GaugeStretch[] {
  const duration_ms = options.period_s * 1000;
  const place = placeOf(table, options, duration_ms);
  const scans = table.rows
    .filter((row) => (row.cells['source'] ?? 'measured') === 'measured')
    .map((row) => {
      const { scan, time_ms } = place(row);
      const level = loading(row);
      return {
        kind: 'lane-scan' as const,
        line: '',
        gauge: '',
        scan,
        time_ms,
        duration_ms,
        lanes_mg_cm2: [level],
        mean_mg_cm2: level,
        crossWeb2Sigma_mg_cm2: Number.NaN,
        aggregated: false,
      };
    })
    .sort((a, b) => a.time_ms - b.time_ms);
  const { pairing } = pipelineSchema.parse({
    pairing: {
      sequence: { coated_above_mg_cm2: options.coatedAbove_mg_cm2, merge_missing_scans: 0 },
    },
  });
  return runsOfScans(scans, pairing.sequence);
}

/** Number and end of a scan: one gives the other where the log has only one of them. */
function placeOf(
  table: DelimitedTable,
  { start }: GaugeLogOptions,
  duration_ms: number,
): (row: DelimitedRow) => { scan: number; time_ms: number } {
  const time = logTime(table, start);
  if (!table.columns.includes('scan')) {
    const [first] = table.rows;
    if (!time || !first) throw noTime(table, 'scan, ');
    const origin_ms = time(first);
    return (row) => ({ scan: Math.round((time(row) - origin_ms) / duration_ms), time_ms: time(row) });
  }
  const origin_ms = startOf(start);
  return (row) => {
    const scan = present(table, row, 'scan', numberIn(table, row, 'scan'));
    return { scan, time_ms: time ? time(row) : origin_ms + (scan + 1) * duration_ms };
  };
}

/** The first column that names a loading; its unit is in the header (mg/cm² where none is). */
function loadingReader(table: DelimitedTable): Reader {
  const column = table.columns.find((name) => /loading/i.test(name));
  if (!column) {
    throw new BadInputError(`no column of loadings; it has ${table.columns.join(', ')}`, {
      where: table.path,
      allowed: 'mass_loading_mg_cm2, mean_mass_loading_0_mg_cm2 and the like',
    });
  }
  const factor = /(?<!m)g[_/]m[2²]/i.test(column) ? 0.1 : 1;
  return (row) => factor * present(table, row, column, numberIn(table, row, column));
}

function present(table: DelimitedTable, row: DelimitedRow, what: string, number: number | undefined): number {
  if (number !== undefined) return number;
  throw new BadInputError(`no ${what}`, { where: `${table.path}, line ${row.lineNumber}` });
}
