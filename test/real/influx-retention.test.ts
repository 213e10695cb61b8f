import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { influxSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { checkInfluxSink } from '../../src/sinks/influx/check.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { openStore } from '../../src/store/store.ts';
import { requireProgram } from '../support/real.ts';
import { spoolRoom, until } from './influx-arrivals.ts';
import { type InfluxServer, startInflux } from './influx-server.ts';
import { shiftReports } from './influx-shift.ts';

const statements = readFileSync('deploy/influxdb/1x/gapwise.influxql', 'utf8').trim().split('\n');

test('the sinks of the guide are sinks', () => {
  const guide = readFileSync('deploy/influxdb/README.md', 'utf8');
  const sample = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1]?.replaceAll(/\{ from_env: \w+ \}/g, 'secret');
  const { sinks } = parse(sample ?? '') as { sinks: unknown[] };
  expect(sinks.map((sink) => influxSink.parse(sink).leave_out.length)).toEqual([0, 7]);
});

describe.skipIf(!requireProgram('influxd'))(
  'retention and down-sampling on a real InfluxDB 1.x',
  { timeout: 180_000 },
  () => {
    let server: InfluxServer;
    let folder: string;
    beforeAll(async () => {
      server = await startInflux();
      folder = mkdtempSync(join(tmpdir(), 'gapwise-retention-'));
    });
    afterAll(async () => {
      await server?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    test('the statements make database, users and means, and the agent writes with its own user', async () => {
      for (const statement of statements) await server.query(statement);
      const queries = (await server.query('SHOW CONTINUOUS QUERIES')).find(({ name }) => name === 'gapwise');
      expect(queries?.values.map(([name]) => name)).toEqual(['minutes', 'tens_of_minutes']);

      const settings = influxSink.parse({
        type: 'influx',
        url: server.url,
        tls: { ca_file: server.caFile },
        target: { version: '1', database: 'gapwise', username: 'gapwise', password: 'CHANGE-ME-1' },
        catch_up_points_per_s: 1e6,
      });
      expect((await checkInfluxSink(settings)).at(-1)?.level).toBe('ok');
      // Data of years ago: the default policy of 90 days would drop them.
      await server.query('ALTER RETENTION POLICY "recent" ON "gapwise" DURATION INF');
      const store = await openStore(join(folder, 'store'));
      const spool = store.spool('influx', spoolRoom);
      const sink = createInfluxSink(settings, { clock: systemClock, log: silentLogger, spool });
      await sink.start();
      for (const { report, id } of await shiftReports(1)) if (id) sink.accept(report, id);
      await until(() => spool.entries === 0);
      await sink.stop();
      await store.close();

      // As after a long outage: each query over a time of its own.
      for (const statement of statements.filter((text) => text.startsWith('CREATE CONTINUOUS'))) {
        const select = /BEGIN (.*) END$/.exec(statement)?.[1] ?? '';
        await server.query(
          select.replace('GROUP BY', "WHERE time >= '2024-03-04' AND time < '2024-03-05' GROUP BY"),
        );
      }
      const long = async (select: string) =>
        Number((await server.query(`SELECT ${select}`, 'gapwise'))[0]?.values[0]?.[1]);
      expect(await long('count(mean_web_speed_m_min) FROM "long"."machine"')).toBeGreaterThan(58);
      expect(await long('count(mean_gap_um) FROM "long"."gap"')).toBeGreaterThan(58);
      expect(await long('count(mean_z20_mg_cm2) FROM "long"."profile"')).toBeGreaterThan(3);
      const means = await long('mean(mean_gap_um) FROM "long"."gap"');
      expect(means).toBeCloseTo(await long('mean(gap_um) FROM "recent"."gap"'), -1);
    });
  },
);
