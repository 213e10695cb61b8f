import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { influxSink } from '../../src/config/sinks.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Report } from '../../src/core/report.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { openStore } from '../../src/store/store.ts';
import { requireProgram } from '../support/real.ts';
import { alertRules, dashboards } from './grafana-files.ts';
import { spoolRoom, until } from './influx-arrivals.ts';
import { type InfluxServer, type Series, startInflux } from './influx-server.ts';
import { LINE, shiftReports } from './influx-shift.ts';

const DATABASE = 'gapwise';
const HOST = 'pc-1';

/** Every query of every dashboard and alert, put to a real InfluxDB that holds a simulated shift. */
describe.skipIf(!requireProgram('influxd'))(
  'the queries of Grafana after a simulated shift',
  { timeout: 180_000 },
  () => {
    let server: InfluxServer;
    let folder: string;
    let from_ms = Number.POSITIVE_INFINITY;
    let to_ms = 0;
    /** When the agent last told how it fares: for rules that look back from now, that is now. */
    let told_ms = 0;

    beforeAll(async () => {
      server = await startInflux();
      folder = mkdtempSync(join(tmpdir(), 'gapwise-grafana-'));
      const settings = influxSink.parse({
        type: 'influx',
        url: server.url,
        tls: { ca_file: server.caFile },
        target: { version: '1', database: DATABASE, ...server.admin, create_database: true },
        flush_interval_ms: 5,
        catch_up_points_per_s: 1e6,
        health_every_s: 0.05,
        host: HOST,
      });
      const shift = (await shiftReports(2)).filter(({ id }) => id);
      for (const { report } of shift) {
        if (report.kind !== 'machine') continue;
        from_ms = Math.min(from_ms, report.time_ms);
        to_ms = Math.max(to_ms, report.time_ms);
      }
      // A second of the wall is ten minutes of the line, so that the agent's own figures lie within the shift.
      const began = systemClock.now_ms();
      const clock: Clock = {
        now_ms: () => from_ms + 600 * (systemClock.now_ms() - began),
        after: (delay_ms, callback) => systemClock.after(delay_ms, callback),
      };
      const store = await openStore(join(folder, 'store'));
      const spool = store.spool('influx', spoolRoom);
      const sink = createInfluxSink(settings, { clock, log: silentLogger, spool });
      await sink.start();
      for (const { report, id } of shift) sink.accept(report, id);
      for (const report of whatCalmShiftsLack(to_ms - 60_000)) sink.accept(report);
      await until(() => clock.now_ms() > from_ms + 1_800_000 && spool.entries < 5);
      await sink.stop();
      await store.close();
      const [health] = await server.query('SELECT last(process_uptime_seconds) FROM agent', DATABASE);
      told_ms = Number(health?.values[0]?.[0]) / 1e6;
    }, 180_000);
    afterAll(async () => {
      await server?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const values: Readonly<Record<string, string>> = {
      line: LINE,
      gauge: 'gauge-1',
      host: HOST,
      parameter: 'web_speed_m_min',
      __interval: '1m',
    };

    /** As Grafana does it. */
    function substituted(query: string): string {
      const filter = `time >= ${from_ms}ms AND time <= ${to_ms}ms`;
      const text = query
        .replaceAll('$timeFilter', filter)
        .replaceAll('now()', `'${new Date(told_ms + 1000).toISOString()}'`)
        .replace(/\$(\w+)/g, (_, name: string) => values[name] ?? `$${name}`);
      expect(text).not.toMatch(/\$\w/);
      return text;
    }
    const ask = (query: string) => server.query(substituted(query), DATABASE);

    const panels = dashboards.flatMap(({ uid, panels }) =>
      panels.flatMap(({ title, targets }) =>
        targets.map(({ query, resultFormat }) => [uid, title, query, resultFormat] as const),
      ),
    );

    test.each(panels)('%s, %s: %s', async (_, __, query, resultFormat) => {
      const series = await ask(query);
      expect(series.length).toBeGreaterThan(0);
      for (const one of series) {
        expect(one.columns[0]).toBe('time');
        expect(one.columns.length).toBe(1 + columnsAsked(query, one));
        if (resultFormat === 'time_series') expectNumbers(one);
        expect(one.values.length).toBeGreaterThan(0);
      }
      for (const tag of tagsAsked(query)) expect(Object.keys(series[0]?.tags ?? {})).toContain(tag);
    });

    const variables = dashboards.flatMap(({ uid, templating }) =>
      templating.list.map(({ name, query }) => [uid, name, query] as const),
    );
    test.each(variables)('%s, variable %s: %s', async (_, name, query) => {
      const [found] = await ask(query);
      const column = found?.columns.includes('value') ? 'value' : 'fieldKey';
      const at = found?.columns.indexOf(column) ?? -1;
      expect(found?.values.map((row) => row[at])).toContain(values[name]);
    });

    const annotations = dashboards.flatMap(({ annotations: { list } }) =>
      list.map(({ name, query, textColumn }) => [name, query, textColumn] as const),
    );
    test.each(annotations)('annotation %s: %s', async (_, query, textColumn) => {
      const [found] = await ask(query);
      expect(found?.columns).toEqual(['time', textColumn]);
      expect(found?.values.length).toBeGreaterThan(0);
    });

    const rules = alertRules.map(({ title, data }) => [title, data[0]?.model.query ?? ''] as const);
    test.each(rules)('alert %s: %s', async (_, query) => {
      const series = await ask(query);
      expect(series.length).toBeGreaterThan(0);
      for (const one of series) {
        expectNumbers(one);
        // One value for each series: what the rule holds against its limit.
        expect(one.values).toHaveLength(1);
      }
      for (const tag of tagsAsked(query)) expect(Object.keys(series[0]?.tags ?? {})).toContain(tag);
    });

    test('an alarm that stands is above its limit, one that is gone is not', async () => {
      const query = rules.find(([title]) => title === 'A source is stale')?.[1] ?? '';
      const states = Object.fromEntries(
        (await ask(query)).map(({ tags, values: [row] }) => [tags?.['alarm'], row?.[1]]),
      );
      expect(states).toMatchObject({ 'no-scans': 4, 'gauge-frozen': 2 });
    });
  },
);

/** Numbers or nothing, and not only nothing. */
function expectNumbers({ columns, values }: Series): void {
  columns.slice(1).forEach((column, i) => {
    const cells = values.map((row) => row[i + 1]).filter((cell) => cell !== null);
    expect(cells.length, column).toBeGreaterThan(0);
    for (const cell of cells) expect(typeof cell, column).toBe('number');
  });
}

/** Columns beside the time; one that stands for a pattern is as many as it finds, at least ten zones. */
function columnsAsked(query: string, { columns }: Series): number {
  const select = /^SELECT (.*?) FROM/.exec(query)?.[1] ?? '';
  if (select.includes('(/')) return Math.max(10, columns.length - 1);
  // Commas inside a function's brackets are its own.
  return select.replace(/\([^()]*\([^()]*\)[^()]*\)|\([^()]*\)/g, '').split(',').length;
}

function tagsAsked(query: string): string[] {
  const groups =
    /GROUP BY ([^()]*(?:\([^()]*\))?[^()]*)$/.exec(query.replace(/ fill\(\w+\)$/, ''))?.[1] ?? '';
  return [...groups.matchAll(/"(\w+)"/g)].map(([, tag]) => tag!);
}

/** What the simulated shift doesn't bring: adapters, dead letters, and each alarm that a rule asks for. */
function whatCalmShiftsLack(time_ms: number): Report[] {
  const common = { line: LINE, time_ms } as const;
  const alarm = (name: string, state: 'UNACK' | 'RTNUN'): Report => ({
    ...common,
    kind: 'alarm',
    alarm: name,
    subject: '',
    priority: 'high',
    state,
    active: state === 'UNACK',
    since_ms: time_ms,
    detail: 'as a test would have it',
  });
  return [
    { ...common, kind: 'adapter', adapter: 'opcua', state: 'connected', detail: '' },
    { ...common, kind: 'adapter', adapter: 'mqtt', state: 'disconnected', detail: 'no route to host' },
    {
      ...common,
      kind: 'dead-letter',
      source: 'mqtt',
      where: 'plant/x',
      reason: 'malformed',
      detail: 'no JSON',
      count: 1,
    },
    alarm('loading-out-of-tolerance', 'UNACK'),
    alarm('abstraction-error', 'UNACK'),
    alarm('prediction-drift', 'UNACK'),
    alarm('no-scans', 'UNACK'),
    alarm('gauge-frozen', 'RTNUN'),
  ];
}
