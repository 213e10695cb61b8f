import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, map, type Observable, timeout } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { opcUaSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage, MachineSample, Outage } from '../../src/core/messages.ts';
import type { AdapterStatus, DeadLetter, Source } from '../../src/core/source.ts';
import { createOpcUaSource } from '../../src/sources/opcua/source.ts';
import { freePort } from './mqtt-broker.ts';
import { coaterUri, startOpcUaServer, type TestServer, type TestServerOptions } from './opcua-server.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

const t0 = Date.UTC(2020, 10, 4, 9, 0);
const node = (name: string): string => `nsu=${coaterUri};s=${name}`;

describe('OPC UA source with a real server', () => {
  let folder: string;
  let port: number;
  let server: TestServer;
  let letters: DeadLetter[];
  let messages: LineMessage[];
  const sources: Source[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapwise-opcua-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    letters = [];
    messages = [];
    port = await freePort();
    server = await start();
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.stop()));
    await server.stop();
  });

  const start = (options: Partial<TestServerOptions> = {}) =>
    startOpcUaServer({ port, pkiFolder: join(folder, 'server-pki'), ...options });

  function newSource(settings: object = {}): Source {
    const source = createOpcUaSource(
      opcUaSource.parse({
        type: 'opcua',
        endpoint: server.endpoint,
        security: { mode: 'none', policy: 'none' },
        tags: {
          bar_operator_mm: { node: node('Gap'), scale: 0.001 },
          roll_ratio_percent: { node: node('Ratio') },
        },
        publishing_interval_ms: 50,
        sampling_interval_ms: 0,
        retry: { initial_ms: 50, max_ms: 300 },
        ...settings,
      }),
      {
        line: 'line-1',
        clock: systemClock,
        log: silentLogger,
        deadLetters: { take: (letter) => letters.push(letter) },
        stateFolder: join(folder, 'client-state'),
      },
    );
    source.arrivals.subscribe((arrival) => {
      messages.push(arrival.message);
      arrival.acknowledge();
    });
    sources.push(source);
    return source;
  }

  const state = (source: Source, wanted: AdapterStatus['state']): Promise<AdapterStatus> =>
    firstValueFrom(
      source.status.pipe(
        filter((status) => status.state === wanted),
        timeout(20_000),
      ),
    );

  /** The first message that satisfies the condition, among those to come. */
  const message = <T extends LineMessage>(source: Source, is: (message: LineMessage) => message is T) =>
    firstValueFrom(
      source.arrivals.pipe(
        map((arrival) => arrival.message),
        filter(is),
        timeout(20_000),
      ) as Observable<T>,
    );

  const sampleAt =
    (time_ms: number) =>
    (candidate: LineMessage): candidate is MachineSample =>
      candidate.kind === 'machine' && candidate.time_ms === time_ms;

  const outageOf =
    (reason: Outage['reason'], ended: boolean) =>
    (candidate: LineMessage): candidate is Outage =>
      candidate.kind === 'outage' &&
      candidate.reason === reason &&
      (candidate.until_ms !== undefined) === ended;

  function setBoth(gap_um: number, source_ms: number): void {
    server.set('Gap', gap_um, source_ms);
    server.set('Ratio', 125, source_ms);
  }

  test('groups values of one source time into one sample, scaled, in the order of the tag map', async () => {
    setBoth(150, t0);
    const source = newSource();
    const first = message(source, sampleAt(t0));
    await source.start();
    expect(await first).toEqual({
      kind: 'machine',
      line: 'line-1',
      time_ms: t0,
      values: { bar_operator_mm: 0.15, roll_ratio_percent: 125 },
    });
    const second = message(source, sampleAt(t0 + 1000));
    server.set('Ratio', 130, t0 + 1000);
    server.set('Gap', 151, t0 + 1000);
    const sample = await second;
    expect(Object.entries(sample.values)).toEqual([
      ['bar_operator_mm', 0.151],
      ['roll_ratio_percent', 130],
    ]);
  });

  test('a value that has stood for hours comes before those of now, also when the server tells it later', async () => {
    await server.stop();
    server = await start({ slow: { Ratio: 500 } });
    const hour_ms = 3_600_000;
    server.set('Ratio', 150, t0 - 2 * hour_ms);
    server.set('Gap', 100, t0);
    const source = newSource();
    const told = message(
      source,
      (one): one is MachineSample => one.kind === 'machine' && 'roll_ratio_percent' in one.values,
    );
    await source.start();
    const values = keepSetting((value, source_ms) => server.set('Gap', value, source_ms));
    expect((await told).time_ms).toBe(t0 - 2 * hour_ms);
    await message(source, sampleAt(t0 + 1000 * (values.set + 5)));
    values.stop();
    const times = messages.map(({ time_ms }) => time_ms);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('samples a value whose time moves although it stays the same', async () => {
    setBoth(150, t0);
    const source = newSource();
    const first = message(source, sampleAt(t0));
    await source.start();
    await first;
    const again = message(source, sampleAt(t0 + 1000));
    setBoth(150, t0 + 1000);
    expect((await again).values['bar_operator_mm']).toBe(0.15);
  });

  test('names a tag of bad quality instead of giving it a value', async () => {
    setBoth(150, t0);
    const source = newSource();
    const first = message(source, sampleAt(t0));
    await source.start();
    await first;
    const bad = message(source, sampleAt(t0 + 1000));
    server.set('Gap', 0, t0 + 1000, server.library.StatusCodes.BadSensorFailure);
    server.set('Ratio', 125, t0 + 1000);
    expect(await bad).toEqual({
      kind: 'machine',
      line: 'line-1',
      time_ms: t0 + 1000,
      values: { roll_ratio_percent: 125 },
      bad: ['bar_operator_mm'],
    });
  });

  test('an unknown tag is a dead letter each, and the others go on', async () => {
    setBoth(150, t0);
    const source = newSource({
      tags: {
        bar_operator_mm: { node: `/Objects/nsu=${coaterUri};Coater/nsu=${coaterUri};Gap`, scale: 0.001 },
        no_node: { node: node('Nothing') },
        no_namespace: { node: 'nsu=http://example.org/none;s=Gap' },
        no_path: { node: `/Objects/nsu=${coaterUri};Coater/nsu=${coaterUri};Nothing` },
      },
    });
    const first = message(source, sampleAt(t0));
    const degraded = state(source, 'degraded');
    await source.start();
    expect((await first).values).toEqual({ bar_operator_mm: 0.15 });
    expect((await degraded).detail).toContain('no_namespace');
    await firstValueFrom(
      source.status.pipe(
        filter(({ detail }) => detail.startsWith('3 of 4')),
        timeout(5000),
      ),
    );
    expect(letters.map(({ where, reason }) => [where, reason]).sort()).toEqual([
      ['no_namespace', 'unknown-tag'],
      ['no_node', 'unknown-tag'],
      ['no_path', 'unknown-tag'],
    ]);
  });

  test('finds a restarted server again, also with its namespaces shifted, and records the outage', async () => {
    setBoth(150, t0);
    const source = newSource();
    const first = message(source, sampleAt(t0));
    await source.start();
    await first;

    const opened = message(source, outageOf('disconnected', false));
    await server.stop();
    expect(await opened).toMatchObject({ line: 'line-1', source: 'opcua', time_ms: t0 });

    const closed = message(source, outageOf('disconnected', true));
    const later = message(source, sampleAt(t0 + 60_000));
    server = await start({ namespacesBefore: ['http://example.org/a', 'http://example.org/b'] });
    setBoth(160, t0 + 60_000);
    expect((await later).values['bar_operator_mm']).toBe(0.16);
    expect((await closed).until_ms).toBe(t0 + 60_000);
    await state(source, 'connected');

    // It goes on by itself, not only with the values of the first notification.
    const next = message(source, sampleAt(t0 + 61_000));
    setBoth(161, t0 + 61_000);
    expect((await next).values).toEqual({ bar_operator_mm: 0.161, roll_ratio_percent: 125 });
  });

  test('a server without new values is not torn down; the silence shows and ends', async () => {
    setBoth(150, t0);
    const source = newSource({ silent_after_s: 0.3 });
    const first = message(source, sampleAt(t0));
    const silent = message(source, outageOf('stale', false));
    await source.start();
    await first;
    expect((await silent).time_ms).toBe(t0);
    expect((await state(source, 'degraded')).detail).toContain('no new values');
    const ended = message(source, outageOf('stale', true));
    setBoth(150, t0 + 5000);
    expect((await ended).until_ms).toBe(t0 + 5000);
    await state(source, 'connected');
    expect(messages.filter(({ kind }) => kind === 'machine')).toHaveLength(2);
  });

  test('waits for a server that is not there yet', async () => {
    await server.stop();
    const source = newSource();
    const away = state(source, 'disconnected');
    await source.start();
    await away;
    const first = message(source, sampleAt(t0));
    server = await start();
    setBoth(150, t0);
    expect((await first).values['roll_ratio_percent']).toBe(125);
  });

  test('refuses a server whose certificate nobody trusted, takes it once it is trusted', async () => {
    setBoth(150, t0);
    const source = newSource({ security: {} });
    const refused = firstValueFrom(
      source.status.pipe(
        filter((status) => status.state === 'disconnected' && status.detail !== 'not started'),
        timeout(20_000),
      ),
    );
    await source.start();
    expect((await refused).detail).toMatch(/certificate/i);
    expect(messages).toEqual([]);
    await source.stop();

    const { OPCUACertificateManager } = server.library;
    const manager = new OPCUACertificateManager({
      rootFolder: join(folder, 'client-state', 'certificates'),
      automaticallyAcceptUnknownCertificate: false,
    });
    await manager.initialize();
    await manager.trustCertificate(server.certificate());
    await manager.dispose();
    const trusting = newSource({ security: {} });
    const first = message(trusting, sampleAt(t0));
    await trusting.start();
    expect((await first).values['bar_operator_mm']).toBe(0.15);
  });

  test('logs in with user and password, and shows a wrong one without telling it', async () => {
    await server.stop();
    server = await start({ users: { agent: 'right' } });
    setBoth(150, t0);
    const wrong = newSource({ username: 'agent', password: 'planted-secret' });
    const refused = firstValueFrom(
      wrong.status.pipe(
        filter((status) => status.state === 'disconnected' && status.detail !== 'not started'),
        timeout(20_000),
      ),
    );
    await wrong.start();
    const { detail } = await refused;
    expect(detail).not.toContain('planted-secret');
    await wrong.stop();
    const right = newSource({ username: 'agent', password: 'right' });
    const first = message(right, sampleAt(t0));
    await right.start();
    await first;
  });

  /** Sets values every 20 ms, each time one second later by their own clock, until stopped. */
  function keepSetting(setValue = setBoth): { readonly set: number; stop(): void } {
    let set = 0;
    const timer = setInterval(() => setValue(100 + set, t0 + 1000 * set++), 20);
    return {
      get set() {
        return set;
      },
      stop: () => clearInterval(timer),
    };
  }

  const secondsOf = (all: readonly LineMessage[], name = 'bar_operator_mm') =>
    all.flatMap((one) =>
      one.kind === 'machine' && one.values[name] !== undefined ? [(one.time_ms - t0) / 1000] : [],
    );

  describe('over a wire that fails', () => {
    let proxy: TcpProxy;
    beforeEach(async () => {
      proxy = await startProxy(port);
    });
    afterEach(() => proxy.close());

    const overProxy = (settings: object = {}) =>
      newSource({ endpoint: `opc.tcp://127.0.0.1:${proxy.port}`, endpoint_must_exist: false, ...settings });

    test('nothing is missing after a cut, and the cut is told', async () => {
      const source = overProxy();
      const connected = state(source, 'connected');
      setBoth(100, t0);
      await source.start();
      await connected;
      const values = keepSetting();
      const opened = message(source, outageOf('disconnected', false));
      await message(source, sampleAt(t0 + 10_000));
      await proxy.cut();
      await opened;
      const cutAt = values.set;
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (values.set < cutAt + 100) return;
          clearInterval(timer);
          resolve();
        }, 20);
      });
      const closed = message(source, outageOf('disconnected', true));
      await proxy.mend();
      const { time_ms, until_ms = 0 } = await closed;
      const last = values.set + 20;
      await message(source, sampleAt(t0 + 1000 * last));
      values.stop();
      // The values of the cut are all there, so what is told is the seam: one second, or a few where the last
      // notification before the cut was still on its way; never the hundred seconds of the cut.
      expect(until_ms - time_ms).toBeGreaterThanOrEqual(1_000);
      expect(until_ms - time_ms).toBeLessThan(20_000);
      for (const name of ['bar_operator_mm', 'roll_ratio_percent']) {
        const seconds = secondsOf(messages, name).filter((second) => second <= last);
        expect(seconds, name).toEqual(Array.from({ length: last + 1 }, (_, i) => i));
      }
    });

    test('a value that was sent into the dead wire right behind a sign of life is not lost', async () => {
      const source = overProxy({ keepalive_s: 0.05, timeout_ms: 2000 });
      const first = message(source, sampleAt(t0));
      setBoth(100, t0);
      await source.start();
      await first;
      await proxy.sentByServer(3);
      proxy.freeze();
      // Two: the one that stands may come back by itself.
      for (const second of [1, 2]) setBoth(100 + second, t0 + 1000 * second);
      await proxy.sentByServer(2);
      const away = state(source, 'disconnected');
      await proxy.cut();
      await away;
      await proxy.mend();
      await state(source, 'connected');
      const next = message(source, sampleAt(t0 + 3000));
      setBoth(103, t0 + 3000);
      await next;
      expect(secondsOf(messages)).toEqual([0, 1, 2, 3]);
    });

    test('a queue that ran over during a cut is told with its bounds', async () => {
      const source = overProxy({ queue_size: 10 });
      const first = message(source, sampleAt(t0));
      setBoth(100, t0);
      await source.start();
      await first;
      const opened = message(source, outageOf('disconnected', false));
      await proxy.cut();
      const { time_ms } = await opened;
      for (let second = 1; second <= 30; second++) setBoth(100 + second, t0 + 1000 * second);
      const overflow = message(source, outageOf('overflow', true));
      const last = message(source, sampleAt(t0 + 30_000));
      await proxy.mend();
      const told = await overflow;
      expect([told.time_ms, told.until_ms]).toEqual([time_ms, t0 + 21_000]);
      await last;
      expect(secondsOf(messages)).toEqual([0, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    });

    test('a connection that died without a sign is given up and made anew', async () => {
      const source = overProxy({ silent_after_s: 0.5, timeout_ms: 1000 });
      const connected = state(source, 'connected');
      setBoth(100, t0);
      await source.start();
      await connected;
      const values = keepSetting();
      await message(source, sampleAt(t0 + 10_000));
      const opened = message(source, outageOf('stale', false));
      proxy.freeze();
      await opened;
      const again = values.set;
      const { until_ms = 0 } = await message(source, outageOf('stale', true));
      expect(until_ms).toBeGreaterThan(t0 + 1000 * again);
      await message(source, sampleAt(t0 + 1000 * (values.set + 10)));
      values.stop();
    });
  });
});
