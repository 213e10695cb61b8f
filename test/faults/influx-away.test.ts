import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { influxSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Spool, SpoolEntry } from '../../src/core/spool.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { openStore } from '../../src/store/store.ts';
import { spoolRoom, storedCounts, until } from '../real/influx-arrivals.ts';
import { type InfluxServer, startInflux } from '../real/influx-server.ts';
import { playShift, shiftMessages } from '../real/influx-shift.ts';
import { requireProgram } from '../support/real.ts';

/** A simulated day with `GAPWISE_CAMPAIGN=full`, which also judges the memory; else as long as a change can wait. */
const full = process.env['GAPWISE_CAMPAIGN'] === 'full';
const hours = full ? 24 : 2;
const points_per_s = 20_000;

describe.skipIf(!requireProgram('influxd'))('a database that is away for hours', () => {
  let server: InfluxServer;
  let folder: string;
  beforeAll(async () => {
    server = await startInflux();
    folder = mkdtempSync(join(tmpdir(), 'gapwise-away-'));
  });
  afterAll(async () => {
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`has every point of ${hours} h afterwards, in order, once${full ? '; memory stays flat' : ''}`, {
    timeout: 900_000,
  }, async () => {
    await server.query('CREATE DATABASE away');
    await server.kill();

    const settings = influxSink.parse({
      type: 'influx',
      url: server.url,
      tls: { ca_file: server.caFile },
      target: { version: '1', database: 'away', ...server.admin },
      catch_up_points_per_s: points_per_s,
      retry: { initial_ms: 50, max_ms: 500 },
    });
    const store = await openStore(join(folder, 'store'));
    const spool = store.spool('influx', spoolRoom);
    const { watched, left } = watch(spool);
    const sink = createInfluxSink(settings, { clock: systemClock, log: silentLogger, spool: watched });
    await sink.start();

    const told: Record<string, number> = {};
    const memory: Memory[] = [];
    const began = performance.now();
    await playShift(
      shiftMessages(hours),
      ({ report, id }) => {
        sink.accept(report, id);
        if (id) told[report.kind] = (told[report.kind] ?? 0) + 1;
      },
      () => memory.push(memoryNow()),
    );
    const playing_s = (performance.now() - began) / 1000;
    await spool.flushed();
    const waiting = { entries: spool.entries, MB: spool.bytes / 1e6 };
    expect(left.length).toBe(0);

    await server.start();
    const back = performance.now();
    const peak = { rss_MB: 0 };
    await until(() => {
      peak.rss_MB = Math.max(peak.rss_MB, process.memoryUsage().rss / 1e6);
      return spool.entries === 0;
    }, 600_000);
    const catchUp_s = (performance.now() - back) / 1000;
    const after = memoryNow();
    await sink.stop();
    await store.close();

    const stored = await storedCounts(server, 'away');
    const points = Object.values(told).reduce((a, b) => a + b, 0);
    console.table({
      hours,
      reports: points,
      'waiting entries': waiting.entries,
      'waiting MB': round(waiting.MB),
      'played in s': round(playing_s),
      'catch-up s': round(catchUp_s),
      'heap MB per hour': round(slope(memory.map(({ heap_MB }) => heap_MB))),
      'RSS MB per hour': round(slope(memory.map(({ rss_MB }) => rss_MB))),
      'RSS MB before catch-up': round(memory.at(-1)!.rss_MB),
      'RSS MB at most during catch-up': round(peak.rss_MB),
      'heap MB after': round(after.heap_MB),
      'disk MB of the database': round(server.diskBytes() / 1e6),
    });

    // In order and once: each entry left the spool behind the one before it.
    expect(left).toEqual({ length: waiting.entries, disorder: 0 });
    expect({
      machine: stored['machine.bad_count'],
      gap: stored['gap.gap_um'],
      profile: stored['profile.valid'],
      observation: stored['observation.scan'],
      prediction: stored['prediction.run'],
      dropped: stored['dropped.scan'],
      outage: stored['outage.detail'],
      alarm: stored['alarm.state_code'],
      forecast: stored['forecast.run'],
    }).toEqual({
      machine: told['machine'],
      gap: told['gap'],
      profile: told['profile'],
      observation: told['observation'],
      prediction: told['prediction'],
      dropped: told['dropped'],
      outage: told['outage'],
      alarm: told['alarm'],
      forecast: told['forecast'],
    });
    expect(told['machine']).toBeGreaterThan(hours * 3500);
    // Memory that held the points would grow by at least as much as waits. Three hours of them are less than what
    // one collection of garbage leaves to the next: a day tells.
    if (full)
      expect(slope(memory.slice(1).map(({ heap_MB }) => heap_MB))).toBeLessThan(waiting.MB / hours / 2);
  });
});

interface Memory {
  readonly rss_MB: number;
  readonly heap_MB: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function memoryNow(): Memory {
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss_MB: rss / 1e6, heap_MB: (heapUsed + external) / 1e6 };
}

/** Of a straight line through values at equal distances. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  let [up, across] = [0, 0];
  values.forEach((value, i) => {
    up += (i - middle) * (value - mean);
    across += (i - middle) ** 2;
  });
  return up / across;
}

const round = (value: number): number => Math.round(10 * value) / 10;

/** The spool itself, with a note of the order in which entries leave it. */
function watch(spool: Spool): { watched: Spool; left: { length: number; disorder: number } } {
  const left = { length: 0, disorder: 0 };
  let last = -1;
  const watched: Spool = {
    get entries() {
      return spool.entries;
    },
    get bytes() {
      return spool.bytes;
    },
    push: (payload, of) => spool.push(payload, of),
    peek: (limit) => spool.peek(limit),
    remove(entries: readonly SpoolEntry[]) {
      for (const { sequence } of entries) {
        if (sequence <= last) left.disorder++;
        last = sequence;
        left.length++;
      }
      return spool.remove(entries);
    },
    reject: (entries, why) => spool.reject(entries, why),
    flushed: () => spool.flushed(),
    figures: () => spool.figures(),
  };
  return { watched, left };
}
