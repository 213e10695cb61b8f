import { filter, firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { influxSink } from '../../../src/config/sinks.ts';
import { type Clock, systemClock, VirtualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createInfluxSink } from '../../../src/sinks/influx/sink.ts';
import { MemorySpool } from './influx-memory-spool.ts';
import { InfluxStandIn, type StandInSettings } from './influx-stand-in.ts';
import { abstraction, observation, prediction, t0 } from './reports.ts';

let server: InfluxStandIn;
let spool: MemorySpool;
afterEach(() => server.stop());

const version2: StandInSettings = { version: '2', org: 'plant', authorization: 'Token planted-secret' };
const target2 = { version: '2', org: 'plant', bucket: 'coating', token: 'planted-secret' };

async function newSink(settings: object = {}, standIn = version2) {
  server = new InfluxStandIn(standIn);
  spool = new MemorySpool();
  const url = await server.start();
  return sinkAt(url, settings);
}

const sinkAt = (url: string, settings: object = {}, clock: Clock = systemClock) =>
  createInfluxSink(
    influxSink.parse({
      type: 'influx',
      url,
      target: target2,
      flush_interval_ms: 5,
      retry: { initial_ms: 5, max_ms: 10 },
      health_every_s: 0,
      leave_out: ['lane'],
      ...settings,
    }),
    { clock, log: silentLogger, spool },
  );

const scansIn = (lines: readonly string[]) => lines.map((line) => Number(/scan=(\d+)i/.exec(line)?.[1]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const id = (position: number) => ({ position, index: 0 });

describe('delivery', () => {
  test('goes in the order of the reports, in bounded batches, and leaves no breach of the API', async () => {
    const sink = await newSink({ batch_points: 10 });
    await sink.start();
    for (const scan of upTo(25)) sink.accept(observation(scan), id(scan + 1));
    await sink.stop();
    expect(server.requests.map(({ lines }) => lines.length)).toEqual([10, 10, 5]);
    expect(scansIn(server.taken)).toEqual(upTo(25));
    expect(server.requests[0]?.url).toBe('/api/v2/write?org=plant&bucket=coating&precision=ns');
    expect(server.breaches).toEqual([]);
    expect(spool.entries).toBe(0);
  });

  test.each([
    [
      'version 1 with a database and a basic login',
      { version: '1', database: 'coating day', username: 'agent', password: 'pass' },
      {
        version: '1',
        places: ['coating day'],
        authorization: `Basic ${Buffer.from('agent:pass').toString('base64')}`,
      },
      '/write?db=coating+day&precision=ns',
    ],
    [
      'version 3 with a database that comes into being',
      { version: '3', database: 'coating', token: 'planted-secret' },
      { version: '3', places: [], authorization: 'Token planted-secret' },
      '/api/v2/write?bucket=coating&precision=ns',
    ],
  ] as const)('speaks to %s', async (_, target, standIn, url) => {
    const sink = await newSink({ target, health_every_s: 30, leave_out: [] }, standIn);
    await sink.start();
    for (const report of [observation(1), prediction(t0), abstraction]) sink.accept(report, id(1));
    await sink.stop();
    expect(server.requests[0]?.url).toBe(url);
    expect(server.breaches).toEqual([]);
    expect(server.points.size).toBeGreaterThan(4);
  });

  test('keeps what could not be written until it can, once and in order', async () => {
    let failures = 0;
    const sink = await newSink({ batch_points: 4 });
    server.disturbance = () => (failures++ < 3 ? [503, 429, 401][failures - 1] : undefined);
    await sink.start();
    for (const scan of upTo(6)) sink.accept(observation(scan), id(scan));
    await firstValueFrom(sink.status.pipe(filter(({ state }) => state === 'disconnected')));
    await firstValueFrom(sink.status.pipe(filter(({ state }) => state === 'connected')));
    await sink.stop();
    expect(scansIn(server.taken)).toEqual(upTo(6));
    expect(failures).toBeGreaterThan(3);
  });

  test('gives up the report that is refused for good, and none beside it', async () => {
    const sink = await newSink();
    server.disturbance = (lines) => (scansIn(lines).includes(5) ? 422 : undefined);
    await sink.start();
    for (const scan of upTo(9)) sink.accept(observation(scan), id(scan));
    await sink.stop();
    expect(scansIn(server.taken)).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
    expect(spool.rejected).toHaveLength(1);
    expect(scansIn([spool.rejected[0]!.text])).toEqual([5]);
    expect(figureOf(sink.figures(), 'gapwise_sink_points_total', 'delivered')).toBe(8);
    expect(figureOf(sink.figures(), 'gapwise_sink_points_total', 'refused')).toBe(1);
  });

  test('halves a batch that is too large for the server', async () => {
    const sink = await newSink({}, { ...version2, largestBody: 700 });
    await sink.start();
    for (const scan of upTo(12)) sink.accept(observation(scan), id(scan));
    await sink.stop();
    expect(scansIn(server.taken)).toEqual(upTo(12));
    expect(spool.rejected).toEqual([]);
  });

  test('creates a missing database of version 1 where it may, and else says what to do', async () => {
    const target = { version: '1', database: 'new', create_database: true } as const;
    const sink = await newSink({ target }, { version: '1', places: [] });
    await sink.start();
    sink.accept(observation(1), id(1));
    await sink.stop();
    expect([...server.places]).toEqual(['new']);
    expect(scansIn(server.taken)).toEqual([1]);

    await server.stop();
    const other = await newSink(
      { target: { ...target, create_database: false } },
      { version: '1', places: [] },
    );
    await other.start();
    other.accept(observation(1), id(1));
    const away = await firstValueFrom(other.status.pipe(filter(({ state }) => state === 'disconnected')));
    expect(away.detail).toMatch(/database not found.*create it, or correct its name/);
    await other.stop();
    expect([server.places.size, spool.entries]).toEqual([0, 1]);
  });

  test('stops within its time when nobody answers, and the rest waits in the spool for the next start', async () => {
    const sink = await newSink();
    await server.stop();
    const deaf = sinkAt('http://127.0.0.1:9', { stop_within_ms: 50 });
    await deaf.start();
    for (const scan of upTo(8)) deaf.accept(observation(scan), id(scan));
    await deaf.stop();
    expect(spool.entries).toBe(8);
    server = new InfluxStandIn(version2);
    const next = sinkAt(await server.start());
    await next.start();
    // Told again by a line that restarts; then one more.
    for (const scan of [6, 7, 8]) next.accept(observation(scan), id(scan));
    await next.stop();
    expect(scansIn(server.taken)).toEqual(upTo(9));
    await sink.stop();
  });

  test('an answer after the stop is for nobody: the batch goes out again, and changes nothing', async () => {
    const sink = await newSink({ stop_within_ms: 20 });
    let answer = () => {};
    server.patience = new Promise((resolve) => {
      answer = resolve;
    });
    await sink.start();
    sink.accept(observation(1), id(1));
    await vi.waitUntil(() => server.taken.length > 0, 10_000);
    await sink.stop();
    expect([server.taken.length, spool.entries]).toEqual([1, 1]);
    answer();
    const next = sinkAt(server.url);
    await next.start();
    await next.stop();
    expect([server.taken.length, server.points.size, spool.entries]).toEqual([2, 1, 0]);
  });
});

test('leaves no timer behind when it stops in the middle of a batch', async () => {
  server = new InfluxStandIn(version2);
  spool = new MemorySpool();
  const { clock, timers } = watched(systemClock);
  let answer = () => {};
  server.patience = new Promise((resolve) => {
    answer = resolve;
  });
  const sink = sinkAt(await server.start(), { batch_points: 1, health_every_s: 30 }, clock);
  await sink.start();
  for (const scan of upTo(5)) sink.accept(observation(scan), id(scan));
  await vi.waitUntil(() => server.taken.length > 0, 10_000);
  const stopped = sink.stop();
  answer();
  await stopped;
  expect(timers.size).toBe(0);
  expect(spool.entries).toBe(0);
  expect(server.taken.length).toBe(server.points.size);
});

test('a backlog is worked off no faster than agreed, and what is live comes behind it', async () => {
  server = new InfluxStandIn(version2);
  spool = new MemorySpool();
  const time = new VirtualClock(t0);
  const { clock, timers } = watched(time);
  const sink = sinkAt(await server.start(), { batch_points: 10, catch_up_points_per_s: 5 }, clock);
  for (const scan of upTo(35)) sink.accept(observation(scan), id(scan));
  await sink.start();
  const taken: number[] = [];
  // A batch of ten at five points a second: every two seconds one.
  for (const second of upTo(8)) {
    time.advanceTo(t0 + 10 + 1000 * second);
    if (second === 3) sink.accept(observation(35), id(35));
    // The batch under way, if any, is done when the next one has its time.
    await vi.waitUntil(() => timers.size > 0 || spool.entries === 0, 10_000);
    taken.push(server.taken.length);
  }
  expect(taken).toEqual([10, 10, 20, 20, 30, 30, 36, 36]);
  expect(scansIn(server.taken)).toEqual(upTo(36));
  await sink.stop();
});

test('how things stood at a start is not written again; left out is left out', async () => {
  const sink = await newSink({ leave_out: ['observation'] });
  sink.accept(prediction(t0));
  sink.accept(abstraction);
  expect(spool.entries).toBe(0);
  sink.accept(observation(1), id(1));
  expect(spool.peek({ entries: 9, bytes: 1e6 }).map(({ payload }) => String(payload).slice(0, 4))).toEqual([
    'lane',
  ]);
});

test('tells how the agent fares, on the clock of the wall', async () => {
  server = new InfluxStandIn(version2);
  spool = new MemorySpool();
  const clock = new VirtualClock(t0);
  const sink = sinkAt('http://127.0.0.1:9', { health_every_s: 30, host: 'pc 1' }, clock);
  await sink.start();
  clock.advanceTo(t0 + 60_000);
  const told = spool.peek({ entries: 9, bytes: 1e6 }).map(({ payload }) => String(payload));
  expect(told).toHaveLength(3);
  expect(told[2]).toMatch(/^agent,host=pc\\ 1,of=- .*process_resident_memory_bytes=\d+/);
  expect(told[2]).toContain('of=outcome\\=delivered\\ sink\\=influx gapwise_sink_points_total=0');
});

const figureOf = (
  figures: Iterable<{ name: string; labels?: object; value: number }>,
  name: string,
  of: string,
) => [...figures].find((figure) => figure.name === name && JSON.stringify(figure.labels).includes(of))?.value;

/** A clock with its timers that have neither fired nor been cancelled. */
function watched(clock: Clock): { clock: Clock; timers: ReadonlySet<object> } {
  const timers = new Set<object>();
  return {
    timers,
    clock: {
      now_ms: () => clock.now_ms(),
      after(delay_ms, callback) {
        const timer = {};
        timers.add(timer);
        const cancel = clock.after(delay_ms, () => {
          timers.delete(timer);
          callback();
        });
        return () => {
          timers.delete(timer);
          cancel();
        };
      },
    },
  };
}
