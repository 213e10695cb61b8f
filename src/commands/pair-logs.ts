import { pipelineSchema, type TransitionsConfig } from '../config/pipeline.ts';
import { BadInputError, ConfigError } from '../core/errors.ts';
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

export interface CoaterLogOptions {
  /** Time of second 0 (ISO 8601); without it second 0 is time 0. */
  readonly start: string | undefined;
  readonly transitions: TransitionsConfig;
}

/**
 * Coated stretches of a log of comma gaps: a `second` (or `time`, ISO 8601) column and a gap column. Seconds that
 * the log leaves out had the bar closed.
 *
 * @throws BadInputError naming file, line and column of what can't be used.
 */
export function readCoaterLog(path: string, { start, transitions }: CoaterLogOptions): CoatedStretch[] {
  const table = readDelimited(path);
  const gap = requireColumn(table, 'gap');
  const time = timeReader(table, start);
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

function timeReader(table: DelimitedTable, start: string | undefined): (row: DelimitedRow) => number {
  const origin_ms = parseStart(start);
  if (table.columns.includes('second'))
    return (row) => origin_ms + 1000 * present(table, row, 'second', numberIn(table, row, 'second'));
  if (!table.columns.includes('time'))
    throw new BadInputError(`no time column; it has ${table.columns.join(', ')}`, {
      where: table.path,
      allowed: 'second, or time (ISO 8601)',
    });
  return (row) => {
    const text = row.cells['time'] ?? '';
    const time_ms = Date.parse(text);
    if (Number.isFinite(time_ms)) return time_ms;
    throw new BadInputError(`"${text}" is not a time`, {
      where: `${table.path}, line ${row.lineNumber}, column time`,
      allowed: 'ISO 8601, such as 2020-11-04T09:13:23Z',
    });
  };
}

function parseStart(start: string | undefined): number {
  if (start === undefined) return 0;
  const time_ms = Date.parse(start);
  if (Number.isFinite(time_ms)) return time_ms;
  throw new ConfigError(`"${start}" is not a time`, { allowed: 'ISO 8601, such as 2020-11-04T09:13:23Z' });
}

export interface GaugeLogOptions {
  /** Time of scan 0 (ISO 8601); without it scan 0 is time 0. */
  readonly start: string | undefined;
  readonly period_s: number;
  readonly coatedAbove_mg_cm2: number;
}

/**
 * Coated runs of a gauge's log: either a table of runs (`first_scan`, `end_scan` exclusive, mean loading) or one of
 * single scans (`scan`, loading), in which scans above the threshold that follow each other are a run.
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
  const origin_ms = parseStart(options.start);
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
  const origin_ms = parseStart(options.start);
  const duration_ms = options.period_s * 1000;
  const scans = table.rows
    .filter((row) => (row.cells['source'] ?? 'measured') === 'measured')
    .map((row) => {
      const scan = present(table, row, 'scan', numberIn(table, row, 'scan'));
      const level = loading(row);
      return {
        kind: 'lane-scan' as const,
        line: '',
        gauge: '',
        scan,
        time_ms: origin_ms + (scan + 1) * duration_ms,
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
