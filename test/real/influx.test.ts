import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InfluxSinkSettings, influxSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Report } from '../../src/core/report.ts';
import type { Dispatch } from '../../src/core/report-id.ts';
import { checkInfluxSink } from '../../src/sinks/influx/check.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { openStore } from '../../src/store/store.ts';
import { requireProgram } from '../support/real.ts';
import {
  expectedCounts,
  type FieldCounts,
  reportsWithoutPoint,
  spoolRoom,
  storedCounts,
  until,
} from './influx-arrivals.ts';
import { type InfluxServer, startInflux } from './influx-server.ts';
import { shiftReports } from './influx-shift.ts';

const real = requireProgram('influxd') && requireProgram('openssl');

describe.skipIf(!real)(
  'a simulated shift in a real InfluxDB 1.x, with login and TLS',
  { timeout: 180_000 },
  () => {
    let server: InfluxServer;
    let shift: readonly Dispatch<Report>[];
    let expected: FieldCounts;
    const folders: string[] = [];

    beforeAll(async () => {
      server = await startInflux();
      await server.query("CREATE USER gapwise WITH PASSWORD 'planted-writer'");
      shift = await shiftReports(2);
      expected = expectedCounts(shift, settingsFor({ database: 'any' }));
    }, 180_000);
    afterAll(async () => {
      await server?.dispose();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });

    const writer = { username: 'gapwise', password: 'planted-writer' };
    const settingsFor = (target: object, more: object = {}): InfluxSinkSettings =>
      influxSink.parse({
        type: 'influx',
        url: server.url,
        tls: { ca_file: server.caFile },
        target: { version: '1', ...writer, ...target },
        flush_interval_ms: 5,
        batch_points: 500,
        catch_up_points_per_s: 1e6,
        retry: { initial_ms: 20, max_ms: 100 },
        ...more,
      });

    async function newDatabase(name: string): Promise<void> {
      await server.query(`CREATE DATABASE ${name}`);
      await server.query(`GRANT WRITE ON ${name} TO gapwise`);
    }

    async function sinkOn(folder: string, settings: InfluxSinkSettings) {
      const store = await openStore(folder);
      const spool = store.spool('influx', spoolRoom);
      const sink = createInfluxSink(settings, { clock: systemClock, log: silentLogger, spool });
      await sink.start();
      return {
        spool,
        tell: (dispatches: readonly Dispatch<Report>[]) => {
          for (const { report, id } of dispatches) sink.accept(report, id);
        },
        async end() {
          await sink.stop();
          await store.close();
        },
      };
    }

    function freshFolder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'gapwise-influx-store-'));
      folders.push(folder);
      return folder;
    }

    async function expectComplete(database: string): Promise<void> {
      const stored = await storedCounts(server, database);
      expect(stored).toEqual(expected);
      expect(reportsWithoutPoint(shift, stored)).toEqual({});
    }

    test('arrives complete', async () => {
      await newDatabase('whole');
      const settings = settingsFor({ database: 'whole' });
      const { spool, tell, end } = await sinkOn(freshFolder(), settings);
      tell(shift);
      await until(() => spool.entries === 0);
      await end();
      await expectComplete('whole');
      const [means] = await server.query('SELECT sum(mean_mg_cm2) FROM observation', 'whole');
      const observed = shift.flatMap(({ report }) =>
        report.kind === 'observation' ? [report.mean_mg_cm2] : [],
      );
      expect(means?.values[0]?.[1]).toBeCloseTo(
        observed.reduce((a, b) => a + b, 0),
        6,
      );
    });

    test('arrives complete though the database is killed in the middle', async () => {
      await newDatabase('killed');
      const settings = settingsFor({ database: 'killed' });
      const { spool, tell, end } = await sinkOn(freshFolder(), settings);
      const third = Math.floor(shift.length / 3);
      tell(shift.slice(0, third));
      await until(() => spool.entries < third / 2);
      await server.kill();
      const left = spool.entries;
      tell(shift.slice(third));
      expect(left).toBeGreaterThan(0);
      await server.start();
      await until(() => spool.entries === 0);
      await end();
      await expectComplete('killed');
    });

    test('arrives complete though the agent ends in the middle and tells its last reports again', async () => {
      await newDatabase('restarted');
      const settings = settingsFor({ database: 'restarted' }, { stop_within_ms: 1 });
      const folder = freshFolder();
      const half = shift.length >> 1;
      const first = await sinkOn(folder, settings);
      first.tell(shift.slice(0, half));
      await first.end();
      const second = await sinkOn(folder, settings);
      expect(second.spool.entries).toBeGreaterThan(100);
      second.tell(shift.slice(half - 700));
      await until(() => second.spool.entries === 0);
      await second.end();
      await expectComplete('restarted');
    });

    test('creates its database where it may', async () => {
      const target = { database: 'made by gapwise', ...server.admin };
      const { spool, tell, end } = await sinkOn(
        freshFolder(),
        settingsFor({ ...target, create_database: true }),
      );
      tell(shift.slice(0, 20));
      await until(() => spool.entries === 0);
      await end();
      const [databases] = await server.query('SHOW DATABASES');
      expect(databases?.values.flat()).toContain('made by gapwise');
    });

    test.each([
      ['good settings', {}, {}, 'ok', /takes writes/],
      ['a wrong password', { password: 'planted' }, {}, 'failed', /not allowed \(401\)/],
      ['no right to this database', { database: 'other' }, {}, 'failed', /not allowed \(403\)/],
      ['an authority that is not trusted', {}, { tls: undefined }, 'failed', /certificate/],
    ])('check tells %s', async (_, target, more, level, detail) => {
      await server.query('CREATE DATABASE checked');
      await server.query('CREATE DATABASE other');
      await server.query('GRANT WRITE ON checked TO gapwise');
      const findings = await checkInfluxSink(settingsFor({ database: 'checked', ...target }, more));
      expect(findings.at(-1)).toMatchObject({ level });
      expect(findings.at(-1)?.detail).toMatch(detail);
      expect(JSON.stringify(findings)).not.toContain('planted');
      if (level === 'ok') expect(findings[0]?.detail).toMatch(/^InfluxDB 1\./);
    });

    test('a report that the database refuses goes to the dead letters, and no other', async () => {
      await newDatabase('refusing');
      const settings = settingsFor({ database: 'refusing' });
      const { spool, tell, end } = await sinkOn(freshFolder(), settings);
      const machine = shift.filter(({ report }) => report.kind === 'machine').slice(0, 40);
      const ancient = machine.map(({ report, id }, i) => ({
        ...(id && { id }),
        // Beyond the times that a database can hold.
        report: i === 17 && report.kind === 'machine' ? { ...report, time_ms: 1e13 } : report,
      }));
      tell(ancient);
      await until(() => spool.entries === 0);
      expect([...spool.rejected()].map(({ why }) => why)).toEqual([
        expect.stringMatching(/value out of range/),
      ]);
      await end();
      expect((await storedCounts(server, 'refusing'))['machine.bad_count']).toBe(39);
    });
  },
);
