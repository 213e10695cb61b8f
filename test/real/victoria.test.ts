import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { influxSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { checkInfluxSink } from '../../src/sinks/influx/check.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { openStore } from '../../src/store/store.ts';
import { requireProgram } from '../support/real.ts';
import { parseLine } from '../unit/sinks/influx-line-protocol.ts';
import { linesOf, spoolRoom, until } from './influx-arrivals.ts';
import { shiftReports } from './influx-shift.ts';
import { accepting, freePort } from './mqtt-broker.ts';

describe.skipIf(!requireProgram('victoria-metrics'))(
  'VictoriaMetrics, by the API of version 2',
  { timeout: 180_000 },
  () => {
    let folder: string;
    let port: number;
    let server: ChildProcess | undefined;

    const start = async () => {
      server = spawn(
        'victoria-metrics',
        [
          `-storageDataPath=${join(folder, 'data')}`,
          `-httpListenAddr=127.0.0.1:${port}`,
          '-retentionPeriod=100y',
        ],
        { stdio: 'ignore' },
      );
      await accepting(port);
    };
    const end = async (signal: NodeJS.Signals) => {
      const running = server;
      server = undefined;
      if (!running || running.exitCode !== null) return;
      const exited = once(running, 'exit');
      running.kill(signal);
      await exited;
    };
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gapwise-victoria-'));
      port = await freePort();
      await start();
    });
    afterAll(async () => {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });

    /** Samples of each metric, `measurement_field`. */
    async function stored(): Promise<Record<string, number>> {
      const url = `http://127.0.0.1:${port}`;
      await fetch(`${url}/internal/force_flush`);
      const text = await (
        await fetch(`${url}/api/v1/export?match[]=${encodeURIComponent('{line="coater-1"}')}`)
      ).text();
      const counts: Record<string, number> = {};
      for (const line of text.trim().split('\n')) {
        const { metric, values } = JSON.parse(line) as { metric: { __name__: string }; values: number[] };
        if (metric.__name__.startsWith('adapter')) continue;
        counts[metric.__name__] = (counts[metric.__name__] ?? 0) + values.length;
      }
      return counts;
    }

    test('a simulated shift arrives complete, also over a stop of the server in the middle', async () => {
      const shift = (await shiftReports(1)).filter(({ id }) => id);
      const settings = influxSink.parse({
        type: 'influx',
        url: `http://127.0.0.1:${port}`,
        target: { version: '2', bucket: 'coating' },
        flush_interval_ms: 5,
        batch_points: 500,
        catch_up_points_per_s: 1e6,
        retry: { initial_ms: 20, max_ms: 100 },
      });
      expect(await checkInfluxSink(settings)).toMatchObject([{ level: 'ok', detail: 'takes writes' }]);

      const store = await openStore(join(folder, 'store'));
      const spool = store.spool('influx', spoolRoom);
      const sink = createInfluxSink(settings, { clock: systemClock, log: silentLogger, spool });
      await sink.start();
      const half = shift.length >> 1;
      for (const { report, id } of shift.slice(0, half)) sink.accept(report, id);
      await until(() => spool.entries < half / 2);
      // In good order: it keeps no log of writes, so what it had in memory would be lost by a kill.
      await end('SIGINT');
      for (const { report, id } of shift.slice(half)) sink.accept(report, id);
      await start();
      await until(() => spool.entries === 0);
      await sink.stop();
      await store.close();

      // It knows numbers only (a text is nothing, or 0), and keeps every sample, also of a point brought up to date.
      const expected: Record<string, number> = {};
      const texts = new Set<string>();
      for (const line of linesOf(shift, settings)) {
        const { measurement, fields } = parseLine(line);
        for (const [name, { type }] of Object.entries(fields)) {
          const metric = `${measurement}_${name}`;
          if (type === 'string') texts.add(metric);
          else expected[metric] = (expected[metric] ?? 0) + 1;
        }
      }
      const numbers = Object.entries(await stored()).filter(([metric]) => !texts.has(metric));
      expect(Object.fromEntries(numbers)).toEqual(expected);
      expect(expected['machine_bar_operator_mm']).toBeGreaterThan(3000);
    });
  },
);
