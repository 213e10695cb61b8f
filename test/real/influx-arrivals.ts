import type { InfluxSinkSettings } from '../../src/config/sinks.ts';
import type { Report, ReportKind } from '../../src/core/report.ts';
import type { Dispatch } from '../../src/core/report-id.ts';
import { ordinalOf } from '../../src/sinks/influx/instant.ts';
import { lineOf } from '../../src/sinks/influx/point.ts';
import { pointsOf } from '../../src/sinks/influx/points.ts';
import { identityOf, parseLine } from '../unit/sinks/influx-line-protocol.ts';
import type { InfluxServer } from './influx-server.ts';

/** For spools that no test is to fill. */
export const spoolRoom = { bytes: 1e9, age_ms: 1e12, overflow: 'drop-oldest' } as const;

/** Values of each field, by `measurement.field`. */
export type FieldCounts = Readonly<Record<string, number>>;

/** The lines of reports with an id, as the sink writes them. */
export function* linesOf(
  dispatches: readonly Dispatch<Report>[],
  settings: InfluxSinkSettings,
): Iterable<string> {
  for (const { report, id } of dispatches) {
    if (!id) continue;
    for (const point of pointsOf(report, ordinalOf(id), settings)) {
      const line = lineOf(point);
      if (line !== undefined) yield line;
    }
  }
}

/**
 * What a database must hold after these reports, read from their lines by the tests' own reader: each field of each
 * point once, however often the point was written.
 */
export function expectedCounts(
  dispatches: readonly Dispatch<Report>[],
  settings: InfluxSinkSettings,
): FieldCounts {
  const known = new Map<string, Set<string>>();
  for (const line of linesOf(dispatches, settings)) {
    const parsed = parseLine(line);
    const identity = identityOf(parsed);
    const fields = known.get(identity) ?? new Set();
    for (const field of Object.keys(parsed.fields)) fields.add(`${parsed.measurement}.${field}`);
    known.set(identity, fields);
  }
  const counts: Record<string, number> = {};
  for (const fields of known.values()) for (const field of fields) counts[field] = (counts[field] ?? 0) + 1;
  return counts;
}

/** What the database holds. */
export async function storedCounts(server: InfluxServer, database: string): Promise<FieldCounts> {
  const counts: Record<string, number> = {};
  for (const { name, columns, values } of await server.query('SELECT count(*) FROM /.*/', database)) {
    if (name === 'agent' || name === 'adapter') continue;
    columns.forEach((column, i) => {
      // A query over all measurements lists the fields of all of them for each.
      const count = Number(values[0]![i]);
      if (column !== 'time' && count > 0) counts[`${name}.${column.replace(/^count_/, '')}`] = count;
    });
  }
  return counts;
}

/** Kinds of report that are one point each, with a field that each of them has. */
const onePointEach: Partial<Record<ReportKind, string>> = {
  machine: 'machine.bad_count',
  gap: 'gap.gap_um',
  profile: 'profile.valid',
  observation: 'observation.scan',
  dropped: 'dropped.scan',
  prediction: 'prediction.run',
  forecast: 'forecast.run',
  outage: 'outage.detail',
  alarm: 'alarm.state_code',
  abstraction: 'abstraction.version',
};

/** The same question asked of the reports alone: no two of them may have fallen on one point. */
export function reportsWithoutPoint(
  dispatches: readonly Dispatch<Report>[],
  stored: FieldCounts,
): Record<string, { reports: number; points: number }> {
  const missing: Record<string, { reports: number; points: number }> = {};
  for (const [kind, field] of Object.entries(onePointEach)) {
    const reports = dispatches.filter(({ id, report }) => id && report.kind === kind).length;
    const points = stored[field] ?? 0;
    if (reports !== points) missing[kind] = { reports, points };
  }
  return missing;
}

export async function until(condition: () => boolean, within_ms = 150_000): Promise<void> {
  const limit = performance.now() + within_ms;
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`not within ${within_ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
