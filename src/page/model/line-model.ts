import type { AlarmReport } from '../../core/alarm.ts';
import type {
  CurveDocument,
  GapNow,
  Goal,
  LabPoint,
  Limits,
  LineBatch,
  LineState,
  RunRow,
  ScanPoint,
  Tally,
  Tolerance,
} from '../../core/api.ts';
import type { Outage } from '../../core/messages.ts';
import type { AbstractionReport, AdapterReport } from '../../core/report.ts';
import { decodeProfiles, type ProfileRow } from './profiles.ts';

/** How much the page keeps in memory while it stays open for weeks. */
export interface ModelLimits {
  readonly scans: number;
  readonly gapPoints: number;
  readonly others: number;
}

export const pageLimits: ModelLimits = { scans: 900, gapPoints: 5_000, others: 400 };

/** One line as the page knows it: the state it loaded, continued by the batches that came since. */
export interface LineModel {
  readonly line: string;
  readonly title: string;
  readonly tolerance: Tolerance | null;
  readonly goal: Goal;
  readonly limits: Limits;
  readonly lab: readonly LabPoint[];
  readonly sequence: number;
  readonly time_ms: number | null;
  readonly gapNow: GapNow | null;
  readonly gapTimes_ms: readonly number[];
  readonly gaps_um: readonly number[];
  readonly profiles: readonly ProfileRow[];
  readonly scans: readonly ScanPoint[];
  readonly runs: readonly RunRow[];
  readonly curve: CurveDocument | null;
  readonly abstractions: readonly AbstractionReport[];
  readonly adapters: readonly AdapterReport[];
  readonly outages: readonly Outage[];
  readonly dropped: readonly Tally[];
  readonly deadLetters: readonly Tally[];
  readonly alarms: readonly AlarmReport[];
}

export const modelOf = (state: LineState): LineModel => ({
  line: state.line,
  title: state.title,
  tolerance: state.tolerance,
  goal: state.goal,
  limits: state.limits,
  lab: state.lab,
  sequence: state.sequence,
  time_ms: state.time_ms,
  gapNow: state.gap_now,
  gapTimes_ms: state.gaps.time_ms,
  gaps_um: state.gaps.gap_um,
  profiles: decodeProfiles(state.profiles),
  scans: state.scans,
  runs: state.runs,
  curve: state.curve,
  abstractions: state.abstractions,
  adapters: state.adapters,
  outages: state.outages,
  dropped: state.dropped,
  deadLetters: state.dead_letters,
  alarms: state.alarms,
});

/** The model after a batch. Untouched parts are shared, so that a view can tell by identity what changed. */
export function withBatch(model: LineModel, batch: LineBatch, limits: ModelLimits = pageLimits): LineModel {
  const { gaps, profiles } = batch;
  return {
    ...model,
    sequence: batch.sequence,
    time_ms: batch.time_ms,
    gapNow: batch.gap_now ?? model.gapNow,
    gapTimes_ms: appended(model.gapTimes_ms, gaps?.time_ms, limits.gapPoints),
    gaps_um: appended(model.gaps_um, gaps?.gap_um, limits.gapPoints),
    profiles: appended(model.profiles, profiles && decodeProfiles(profiles), limits.scans),
    scans: appended(model.scans, batch.scans, limits.scans),
    runs: replaced(model.runs, batch.runs, (row) => row.run, limits.others),
    curve: batch.curve ?? model.curve,
    abstractions: appended(model.abstractions, batch.abstractions, limits.others),
    adapters: replaced(model.adapters, batch.adapters, (row) => row.adapter, limits.others),
    outages: appended(model.outages, batch.outages, limits.others),
    dropped: replaced(model.dropped, batch.dropped, (row) => row.reason, limits.others),
    deadLetters: replaced(model.deadLetters, batch.dead_letters, (row) => row.reason, limits.others),
    alarms: replaced(model.alarms, batch.alarms, (row) => `${row.alarm} ${row.subject}`, limits.others),
  };
}

const appended = <T>(old: readonly T[], more: readonly T[] | undefined, limit: number): readonly T[] =>
  more === undefined || more.length === 0 ? old : [...old, ...more].slice(-limit);

function replaced<T, K>(
  old: readonly T[],
  more: readonly T[] | undefined,
  key: (row: T) => K,
  limit: number,
): readonly T[] {
  if (more === undefined || more.length === 0) return old;
  const rows = new Map(old.map((row) => [key(row), row]));
  for (const row of more) rows.set(key(row), row);
  return [...rows.values()].slice(-limit);
}

/** The run that is being coated, if one is. */
export const currentRun = (model: LineModel): RunRow | undefined => {
  const last = model.runs.at(-1);
  return last?.end_ms === null ? last : undefined;
};

/** The run whose coating the gauge saw last; it trails the coater by the length of the dryer. */
export const measuredRun = (model: LineModel): RunRow | undefined => {
  const run = model.scans.at(-1)?.run;
  return model.runs.findLast((row) => row.run === run);
};

/** After so long without a scan that was used, what the last one saw has left the line. */
const stale_ms = 60_000;

/** Whether the loading last seen is that of web long gone: bare foil has passed the gauge since, or nothing at all. */
export function loadingIsPast({ scans, profiles, runs, time_ms }: LineModel): boolean {
  const last = scans.at(-1);
  if (!last) return false;
  const seen_ms = profiles.at(-1)?.time_ms ?? last.time_ms;
  const bare = seen_ms - last.time_ms > stale_ms;
  // The gauge may be silent while the coater's clock goes on; two clocks apart must not look like silence.
  const ended = runs.at(-1)?.end_ms != null && (time_ms ?? 0) - seen_ms > stale_ms;
  return bare || ended;
}

/** Now by the coater's clock: a run's length is told by nothing else. */
export const coaterNow = ({ gapNow, time_ms }: LineModel): number | null => gapNow?.time_ms ?? time_ms;
