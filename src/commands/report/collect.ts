import type { AlarmReport } from '../../core/alarm.ts';
import { BadInputError } from '../../core/errors.ts';
import type { HistoryKind, HistoryQuery, HistoryReader, HistoryRecord } from '../../core/history.ts';
import type { Outage } from '../../core/messages.ts';
import type { CoatingRun, Observation } from '../../core/observation.ts';
import type { LineRun } from '../../core/prediction.ts';
import type { AbstractionReport, RunForecast } from '../../core/report.ts';
import { lineRunOf, type RunFigures, runFigures } from '../../predict/runs.ts';
import type { Period } from './period.ts';

/** What a line did in a period, as its history tells it. Everything ascends in time. */
export interface Shift {
  readonly line: string;
  readonly period: Period;
  readonly runs: readonly ShiftRun[];
  readonly dropped: readonly Tally[];
  readonly deadLetters: readonly Tally[];
  readonly alarms: readonly Episode[];
  readonly outages: readonly Outage[];
  readonly versions: readonly AbstractionReport[];
}

/** A run with those of its scans that fall into the period. */
export interface ShiftRun {
  readonly run: number;
  readonly gap_um: number;
  /** On the coater's clock; unknown where the run's events are older than the history. */
  readonly start_ms: number | undefined;
  readonly end_ms: number | undefined;
  /** Made before its first scan. */
  readonly forecast: RunForecast | undefined;
  readonly scans: readonly Observation[];
  /** Absent without scans. */
  readonly measured: LineRun | undefined;
}

export interface Tally {
  readonly reason: string;
  readonly count: number;
}

/** From a condition's coming to its going. */
export interface Episode {
  readonly first: AlarmReport;
  readonly last: AlarmReport;
  /** Undefined while the condition is there. */
  readonly cleared_ms: number | undefined;
}

/** Runs begin and are forecast before their scans come: this much earlier is looked at too (ms). */
const BEFORE_MS = 24 * 3_600_000;

/** @throws BadInputError where the history has nothing of that period. */
export function collectShift(history: HistoryReader, line: string, period: Period): Shift {
  const { from_ms, to_ms } = period;
  const read = reader(history, line);
  const observations = read('observation', { from_ms, to_ms });
  const dropped = read('dropped', { from_ms, to_ms });
  const events = read('run', { from_ms: from_ms - BEFORE_MS, to_ms: to_ms + BEFORE_MS });
  const forecasts = read('forecast', { from_ms: from_ms - BEFORE_MS, to_ms });
  const runs = runsOf(
    observations,
    events.map(({ run }) => run),
    forecasts,
    period,
  );
  const shift: Shift = {
    line,
    period,
    runs,
    dropped: tallies(dropped),
    deadLetters: tallies(read('dead-letter', { from_ms, to_ms })),
    alarms: episodes(read('alarm', { from_ms, to_ms })),
    outages: merged(read('outage', { from_ms, to_ms })),
    versions: read('abstraction', { from_ms, to_ms }),
  };
  const { alarms, outages, versions } = shift;
  if ([runs, dropped, alarms, outages, versions].every((list) => list.length === 0)) {
    throw new BadInputError(`the history of line ${line} has nothing of that time${reach(history, line)}`);
  }
  return shift;
}

/**
 * One run, from its start to its last scan.
 *
 * @throws BadInputError where the history does not know it.
 */
export function collectRun(history: HistoryReader, line: string, run: number, offset_ms: number): Shift {
  const read = reader(history, line);
  const events = read('run', {}).map((event) => event.run);
  const known = events.findLast((event) => event.run === run);
  if (!known) {
    const first = events[0]?.run;
    const allowed = first === undefined ? 'none: there are no runs yet' : `${first} to ${events.at(-1)?.run}`;
    throw new BadInputError(`the history of line ${line} has no run ${run}`, { where: '--run', allowed });
  }
  // The web needs minutes from the coating head to the gauge, and the gauge's clock may be another one.
  const until_ms = (known.end_ms ?? known.start_ms + BEFORE_MS) + BEFORE_MS / 4;
  const scans = read('observation', { from_ms: known.start_ms - BEFORE_MS / 4, to_ms: until_ms }).filter(
    (observation) => observation.run === run,
  );
  const ends = [known.end_ms ?? known.start_ms, ...scans.map(({ time_ms }) => time_ms)];
  const begins = [known.start_ms, ...scans.map(({ time_ms }) => time_ms)];
  const period = { from_ms: Math.min(...begins), to_ms: Math.max(...ends), offset_ms };
  const whole = collectShift(history, line, period);
  return { ...whole, runs: whole.runs.filter((one) => one.run === run) };
}

type Of<Kind extends HistoryKind> = Extract<HistoryRecord, { kind: Kind }>;

const reader =
  (history: HistoryReader, line: string) =>
  <Kind extends HistoryKind>(kind: Kind, span: Pick<HistoryQuery, 'from_ms' | 'to_ms'>): Of<Kind>[] =>
    [...history.read({ line, kinds: [kind], ...span })].map(({ record }) => record as Of<Kind>);

function runsOf(
  observations: readonly Observation[],
  events: readonly CoatingRun[],
  forecasts: readonly RunForecast[],
  { from_ms, to_ms }: Period,
): ShiftRun[] {
  const overlapping = events.filter(
    ({ start_ms, end_ms }) => start_ms <= to_ms && (end_ms ?? start_ms) >= from_ms,
  );
  const numbers = new Set([...overlapping, ...observations].map(({ run }) => run));
  return [...numbers]
    .sort((a, b) => a - b)
    .map((run) => {
      const scans = observations.filter((observation) => observation.run === run);
      const event = events.findLast((one) => one.run === run);
      const figures = scans.reduce<RunFigures | undefined>(runFigures, undefined);
      return {
        run,
        gap_um: event?.gap_um ?? scans[0]?.gap_um ?? Number.NaN,
        start_ms: event?.start_ms,
        end_ms: event?.end_ms,
        forecast: forecasts.findLast((forecast) => forecast.run === run),
        scans,
        measured: figures && lineRunOf(figures, {}),
      };
    });
}

/** The most frequent first. */
function tallies(records: readonly { readonly reason: string }[]): Tally[] {
  const counts = new Map<string, number>();
  for (const { reason } of records) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

function episodes(reports: readonly AlarmReport[]): Episode[] {
  const all: Episode[] = [];
  const open = new Map<string, number>();
  for (const report of reports) {
    const key = JSON.stringify([report.alarm, report.subject]);
    const at = open.get(key);
    const before = at === undefined ? undefined : all[at];
    // A new coming of the condition is a new episode, also where nobody had acknowledged the last one.
    if (at === undefined || !before || (before.cleared_ms !== undefined && report.active)) {
      open.set(key, all.length);
      all.push({ first: report, last: report, cleared_ms: report.active ? undefined : report.time_ms });
    } else {
      const cleared_ms = report.active ? undefined : (before.cleared_ms ?? report.time_ms);
      // Who took note of it still counts once it is gone.
      const { by, comment } = before.last;
      const last = { ...(by !== undefined && { by }), ...(comment !== undefined && { comment }), ...report };
      all[at] = { first: before.first, last, cleared_ms };
    }
  }
  return all;
}

/** An outage is told when it begins and again when it ends: one row. */
function merged(outages: readonly Outage[]): Outage[] {
  const all = new Map<string, Outage>();
  for (const outage of outages) {
    const key = JSON.stringify([outage.source, outage.reason, outage.time_ms]);
    if (outage.until_ms !== undefined || !all.has(key)) all.set(key, outage);
  }
  return [...all.values()];
}

function reach(history: HistoryReader, line: string): string {
  const [oldest] = history.read({ line, limit: 1 });
  const [newest] = history.read({ line, limit: 1, reverse: true });
  if (!oldest || !newest) return ': it is empty';
  const text = (time_ms: number) => new Date(time_ms).toISOString().slice(0, 16);
  return `: it goes from ${text(oldest.time_ms)} to ${text(newest.time_ms)} UTC`;
}
