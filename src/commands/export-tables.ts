import type { AlarmReport } from '../core/alarm.ts';
import type { HistoryKind, HistoryRecord } from '../core/history.ts';
import type { Outage } from '../core/messages.ts';
import type { CoatingRun, DroppedScan, Observation } from '../core/observation.ts';
import type { AbstractionReport, DeadLetterReport, RunForecast } from '../core/report.ts';
import type { ReadPast } from './past.ts';

/** Types of columns in the words of Parquet; a time is in ms since 1970, UTC. */
export type ColumnType = 'STRING' | 'DOUBLE' | 'INT32' | 'BOOLEAN' | 'TIMESTAMP';

export interface Column<R> {
  readonly name: string;
  readonly type: ColumnType;
  /** `undefined` where there is none. */
  of(row: R): string | number | boolean | undefined;
}

export interface ExportTable<R> {
  readonly columns: readonly Column<R>[];
  readonly rows: Iterable<R>;
}

const column = <R>(name: string, type: ColumnType, of: Column<R>['of']): Column<R> => ({ name, type, of });

/** For each thing that can be exported, its table over some lines. */
export const tables = {
  observations(lines: readonly string[], read: ReadPast): ExportTable<Observation> {
    const [first] = records(lines, read, 'observation');
    return {
      columns: [...observationColumns, ...laneColumns(first?.lanes_mg_cm2.length ?? 0)],
      rows: records(lines, read, 'observation'),
    };
  },
  scans(lines: readonly string[], read: ReadPast): ExportTable<Observation | DroppedScan> {
    return {
      columns: scanColumns,
      rows: each(lines, (line) => read(line, ['observation', 'dropped'])) as Iterable<
        Observation | DroppedScan
      >,
    };
  },
  runs(lines: readonly string[], read: ReadPast): ExportTable<RunSummary> {
    return { columns: runColumns, rows: lines.flatMap((line) => runsOf(line, read)) };
  },
  versions: (lines: readonly string[], read: ReadPast): ExportTable<AbstractionReport> => ({
    columns: versionColumns,
    rows: records(lines, read, 'abstraction'),
  }),
  forecasts: (lines: readonly string[], read: ReadPast): ExportTable<RunForecast> => ({
    columns: forecastColumns,
    rows: records(lines, read, 'forecast'),
  }),
  alarms: (lines: readonly string[], read: ReadPast): ExportTable<AlarmReport> => ({
    columns: alarmColumns,
    rows: records(lines, read, 'alarm'),
  }),
  outages: (lines: readonly string[], read: ReadPast): ExportTable<Outage> => ({
    columns: outageColumns,
    rows: records(lines, read, 'outage'),
  }),
  'dead-letters': (lines: readonly string[], read: ReadPast): ExportTable<DeadLetterReport> => ({
    columns: letterColumns,
    rows: records(lines, read, 'dead-letter'),
  }),
};

export type ExportWhat = keyof typeof tables;

function* each(
  lines: readonly string[],
  read: (line: string) => Iterable<{ readonly record: HistoryRecord }>,
): Iterable<HistoryRecord> {
  for (const line of lines) for (const { record } of read(line)) yield record;
}

function* records<K extends HistoryKind>(
  lines: readonly string[],
  read: ReadPast,
  kind: K,
): Iterable<Extract<HistoryRecord, { kind: K }>> {
  for (const record of each(lines, (line) => read(line, [kind]))) {
    if (record.kind === kind) yield record as Extract<HistoryRecord, { kind: K }>;
  }
}

const common = [
  column<{ line: string }>('line', 'STRING', ({ line }) => line),
  column<{ time_ms: number }>('time', 'TIMESTAMP', ({ time_ms }) => time_ms),
];

const scanKey = [
  ...common,
  column<{ gauge: string }>('gauge', 'STRING', ({ gauge }) => gauge),
  column<{ scan: number }>('scan', 'INT32', ({ scan }) => scan),
];

const observationColumns: readonly Column<Observation>[] = [
  ...scanKey,
  column('run', 'INT32', ({ run }) => run),
  column('gap_um', 'DOUBLE', ({ gap_um }) => gap_um),
  column('mean_mg_cm2', 'DOUBLE', ({ mean_mg_cm2 }) => mean_mg_cm2),
  column('cross_web_2_sigma_mg_cm2', 'DOUBLE', ({ crossWeb2Sigma_mg_cm2 }) => crossWeb2Sigma_mg_cm2),
  column('head_time', 'TIMESTAMP', ({ head_ms }) => head_ms),
  column('confidence', 'DOUBLE', ({ confidence }) => confidence),
  column('aggregated', 'BOOLEAN', ({ aggregated }) => aggregated),
];

const laneColumns = (count: number): Column<Observation>[] =>
  Array.from({ length: count }, (_, i) =>
    column(`lane_${i + 1}_mg_cm2`, 'DOUBLE', ({ lanes_mg_cm2 }) => lanes_mg_cm2[i]),
  );

const scanColumns: readonly Column<Observation | DroppedScan>[] = [
  ...scanKey,
  column('used', 'BOOLEAN', ({ kind }) => kind === 'observation'),
  column('reason', 'STRING', (scan) => (scan.kind === 'dropped' ? scan.reason : undefined)),
  column('detail', 'STRING', (scan) => (scan.kind === 'dropped' ? scan.detail : undefined)),
  column('run', 'INT32', (scan) => (scan.kind === 'observation' ? scan.run : undefined)),
  column('gap_um', 'DOUBLE', (scan) => (scan.kind === 'observation' ? scan.gap_um : undefined)),
  column('mean_mg_cm2', 'DOUBLE', (scan) => (scan.kind === 'observation' ? scan.mean_mg_cm2 : undefined)),
];

const versionColumns: readonly Column<AbstractionReport>[] = [
  ...common,
  column('version', 'INT32', ({ version }) => version),
  column('reason', 'STRING', ({ reason }) => reason),
  column('solver', 'STRING', ({ solver }) => solver),
  column('error', 'DOUBLE', ({ error }) => error),
  column('lower_bound', 'DOUBLE', ({ lowerBound }) => lowerBound),
  column('ties', 'DOUBLE', ({ ties }) => ties),
  column('observations', 'INT32', ({ observations }) => observations),
  column('line_gaps_um', 'STRING', ({ lineGaps_um }) => lineGaps_um.join(' ')),
  column('alpha_gap', 'STRING', ({ alphaGap }) => alphaGap.join(' ')),
  column('alpha_loading', 'STRING', ({ alphaLoading }) => JSON.stringify(alphaLoading)),
];

const forecastColumns: readonly Column<RunForecast>[] = [
  ...common,
  column('run', 'INT32', ({ run }) => run),
  column('gap_um', 'DOUBLE', ({ prediction }) => prediction.gap_um),
  column('predicted_mg_cm2', 'DOUBLE', ({ prediction }) => prediction.mean_mg_cm2),
  column('sd_mg_cm2', 'DOUBLE', ({ prediction }) => prediction.sd_mg_cm2),
  column('low90_mg_cm2', 'DOUBLE', ({ prediction }) => prediction.interval90_mg_cm2[0]),
  column('high90_mg_cm2', 'DOUBLE', ({ prediction }) => prediction.interval90_mg_cm2[1]),
  column('extrapolation', 'STRING', ({ prediction }) => prediction.extrapolation),
  column('version', 'STRING', ({ version }) => version),
];

const alarmColumns: readonly Column<AlarmReport>[] = [
  ...common,
  column('alarm', 'STRING', ({ alarm }) => alarm),
  column('subject', 'STRING', ({ subject }) => subject),
  column('priority', 'STRING', ({ priority }) => priority),
  column('state', 'STRING', ({ state }) => state),
  column('active', 'BOOLEAN', ({ active }) => active),
  column('since', 'TIMESTAMP', ({ since_ms }) => since_ms),
  column('detail', 'STRING', ({ detail }) => detail),
  column('by', 'STRING', ({ by }) => by),
  column('comment', 'STRING', ({ comment }) => comment),
];

const outageColumns: readonly Column<Outage>[] = [
  ...common,
  column('until', 'TIMESTAMP', ({ until_ms }) => until_ms),
  column('source', 'STRING', ({ source }) => source),
  column('reason', 'STRING', ({ reason }) => reason),
  column('detail', 'STRING', ({ detail }) => detail),
];

const letterColumns: readonly Column<DeadLetterReport>[] = [
  column('line', 'STRING', ({ line }) => line),
  column('time', 'TIMESTAMP', ({ time_ms }) => time_ms),
  column('source', 'STRING', ({ source }) => source),
  column('where', 'STRING', ({ where }) => where),
  column('reason', 'STRING', ({ reason }) => reason),
  column('detail', 'STRING', ({ detail }) => detail),
  column('count', 'INT32', ({ count }) => count),
];

/** One run, with what was predicted for it and what its scans showed, as far as those lie within the time asked for. */
interface RunSummary {
  run: CoatingRun;
  scans: number;
  sum_mg_cm2: number;
  forecast?: RunForecast;
}

const runColumns: readonly Column<RunSummary>[] = [
  column('line', 'STRING', ({ run }) => run.line),
  column('run', 'INT32', ({ run }) => run.run),
  column('gap_um', 'DOUBLE', ({ run }) => run.gap_um),
  column('start', 'TIMESTAMP', ({ run }) => run.start_ms),
  column('end', 'TIMESTAMP', ({ run }) => run.end_ms),
  column('scans', 'INT32', ({ scans }) => scans),
  column('mean_mg_cm2', 'DOUBLE', ({ scans, sum_mg_cm2 }) => (scans > 0 ? sum_mg_cm2 / scans : undefined)),
  column('predicted_mg_cm2', 'DOUBLE', ({ forecast }) => forecast?.prediction.mean_mg_cm2),
  column('low90_mg_cm2', 'DOUBLE', ({ forecast }) => forecast?.prediction.interval90_mg_cm2[0]),
  column('high90_mg_cm2', 'DOUBLE', ({ forecast }) => forecast?.prediction.interval90_mg_cm2[1]),
];

/** A run is told at its start, when its end changes and at its end: the last word counts. */
function runsOf(line: string, read: ReadPast): RunSummary[] {
  const runs = new Map<number, RunSummary>();
  for (const record of each([line], (name) => read(name, ['run']))) {
    if (record.kind === 'run') {
      const known = runs.get(record.run.run);
      if (known) known.run = record.run;
      else runs.set(record.run.run, { run: record.run, scans: 0, sum_mg_cm2: 0 });
    }
  }
  for (const record of each([line], (name) => read(name, ['forecast', 'observation']))) {
    const run =
      record.kind === 'forecast' || record.kind === 'observation' ? runs.get(record.run) : undefined;
    if (!run) continue;
    if (record.kind === 'forecast') run.forecast = record;
    if (record.kind === 'observation') {
      run.scans++;
      run.sum_mg_cm2 += record.mean_mg_cm2;
    }
  }
  return [...runs.values()].sort((a, b) => a.run.run - b.run.run);
}
