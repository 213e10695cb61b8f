import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mqttSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Sink } from '../../src/core/sink.ts';
import type { SinkCounters } from '../../src/sinks/dependencies.ts';
import { createMqttSink } from '../../src/sinks/mqtt/sink.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { requireProgram } from '../support/real.ts';
import { abstraction, observation, prediction, t0 } from '../unit/sinks/reports.ts';
import { gaugeClient, startBroker, type TestBroker } from './mqtt-broker.ts';
import { startProxy } from './tcp-proxy.ts';

const bounds = { bytes: 1e8, age_ms: 1e12, overflow: 'drop-oldest' } as const;
const hasMosquitto = requireProgram('mosquitto');

describe.skipIf(!hasMosquitto)(
  `MQTT sink with Mosquitto${hasMosquitto ? '' : ' [skipped: not installed]'}`,
  { timeout: 30_000 },
  () => {
    let folder: string;
    let store: Store;
    let broker: TestBroker;
    let sink: Sink & { counters: SinkCounters };

    const newStore = () => openStore(join(folder, 'store'), { log: silentLogger, snapshotsKept: 2 });
    const newSink = (more: object = {}) =>
      createMqttSink(
        mqttSink.parse({
          type: 'mqtt',
          url: broker.url,
          retry: { initial_ms: 20, max_ms: 100 },
          catch_up_per_s: 100_000,
          ...more,
        }),
        {
          clock: systemClock,
          log: silentLogger,
          spool: store.spool('mqtt', bounds),
        },
      );

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gapwise-mqtt-sink-'));
      store = await newStore();
      broker = await startBroker();
      sink = newSink();
    });
    afterEach(async () => {
      await sink.stop();
      await store.close();
      await broker.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const state = (wanted: string) =>
      firstValueFrom(
        sink.status.pipe(
          filter((status) => status.state === wanted),
          timeout(20_000),
        ),
      );

    /** As the agent tells it: the scan is the message, the observation what follows from it. */
    const tell = (from: number, until: number) => {
      for (let scan = from; scan < until; scan++)
        sink.accept(observation(scan), { position: scan, index: 0 });
    };

    /** Collects messages below a filter; `until` resolves at the first that satisfies it. */
    async function listener(topic: string, options = {}, qos: 0 | 1 = 1) {
      const client = await gaugeClient(broker.url, options);
      const seen: { topic: string; body: Record<string, unknown>; retain: boolean }[] = [];
      let check = () => {};
      client.on('message', (where, payload, { retain }) => {
        seen.push({ topic: where, body: JSON.parse(payload.toString()), retain });
        check();
      });
      const gone = new Promise<void>((resolve) => client.once('close', resolve));
      await client.subscribeAsync(topic, { qos });
      return {
        seen,
        gone,
        until: (condition: () => boolean) =>
          new Promise<void>((resolve) => {
            check = () => {
              if (condition()) resolve();
            };
            check();
          }),
        end: () => client.endAsync(),
      };
    }

    const ids = (from: number, until: number) =>
      Array.from({ length: until - from }, (_, i) => `${from + i}.0`);

    test('who comes later still gets the latest prediction and map, and the goodbye', async () => {
      await sink.start();
      await state('connected');
      sink.accept(prediction(t0));
      sink.accept({ ...prediction(t0 + 8000), version: 'v2' });
      sink.accept(abstraction, { position: 1, index: 0 });
      await sink.stop();
      const late = await listener('gapwise/#');
      await late.until(() => late.seen.length === 3);
      await late.end();
      expect(late.seen.every(({ retain }) => retain)).toBe(true);
      const byTopic = Object.fromEntries(late.seen.map(({ topic, body }) => [topic, body]));
      expect(byTopic['gapwise/a/prediction']).toMatchObject({ version: 'v2' });
      expect(byTopic['gapwise/a/abstraction']).toMatchObject({ version: 4, id: '1.0' });
      expect(byTopic['gapwise/status']).toEqual({ state: 'offline' });
    });

    test('the broker says that it is offline when it vanishes', async () => {
      const watcher = await listener('gapwise/status');
      await sink.start();
      await watcher.until(() => watcher.seen.at(-1)?.body['state'] === 'online');
      // A second client with its id makes the broker throw the sink off, without a goodbye.
      const impostor = await gaugeClient(broker.url, { clientId: 'gapwise-sink', reconnectPeriod: 0 });
      await watcher.until(() => watcher.seen.some(({ body }) => body['state'] === 'offline'));
      await impostor.endAsync(true);
      await watcher.end();
    });

    test('observations made while the broker was away follow in order', async () => {
      // The broker keeps the watcher's session, so that it sees all of them whenever it is back.
      const watcher = await listener('gapwise/a/observation', { clientId: 'watcher', clean: false });
      await sink.start();
      await state('connected');
      const gone = state('disconnected');
      await broker.stop();
      await gone;
      tell(0, 200);
      // With the one state of the line, which stands for all of them.
      expect(sink.counters.queued).toBe(201);
      await broker.start();
      await watcher.until(() => watcher.seen.at(-1)?.body['scan'] === 199);
      await watcher.end();
      expect(watcher.seen.map(({ body }) => body['id'])).toEqual(ids(0, 200));
      await sink.stop();
      expect(sink.counters).toMatchObject({ delivered: 201, dropped: 0, queued: 0 });
    });

    test('a broker killed again and again, in the middle of it: every event arrives, once by its id, in order', async () => {
      // The sink comes back only when the watcher has subscribed: a killed broker keeps nothing for anybody.
      const wire = await startProxy(Number(new URL(broker.url).port));
      sink = newSink({ url: `mqtt://127.0.0.1:${wire.port}` });
      const seen: { body: Record<string, unknown> }[] = [];
      const [kills, each] = [4, 200];
      let watcher = await listener('gapwise/a/observation', { reconnectPeriod: 0 }, 0);
      await sink.start();
      for (let kill = 0; kill < kills; kill++) {
        await state('connected');
        tell(each * kill, each * (kill + 1));
        // Killed with most of them still to come, and some on their way without a confirmation.
        await watcher.until(() => watcher.seen.length > 10);
        const gone = state('disconnected');
        await broker.kill();
        await gone;
        await wire.cut();
        await watcher.gone;
        seen.push(...watcher.seen);
        await broker.start();
        watcher = await listener('gapwise/a/observation', { reconnectPeriod: 0 }, 0);
        await wire.mend();
      }
      const last = `${each * kills - 1}.0`;
      await watcher.until(() => watcher.seen.some(({ body }) => body['id'] === last));
      seen.push(...watcher.seen);
      await watcher.end();
      expect([...new Set(seen.map(({ body }) => body['id']))]).toEqual(ids(0, each * kills));
      await sink.stop();
      expect(sink.counters.queued).toBe(0);
      await wire.close();
    });

    test('what waits survives a restart of the agent, and what is told again is not sent again', async () => {
      tell(0, 50);
      await sink.stop();
      await store.close();
      store = await newStore();
      sink = newSink();
      const watcher = await listener('gapwise/a/observation');
      // After a restart the journal is replayed: the agent tells once more what followed from its messages.
      tell(30, 60);
      await sink.start();
      await watcher.until(() => watcher.seen.at(-1)?.body['scan'] === 59);
      await watcher.end();
      expect(watcher.seen.map(({ body }) => body['id'])).toEqual(ids(0, 60));
    });

    test('a backlog is worked off no faster than configured', async () => {
      tell(0, 100);
      await sink.stop();
      sink = newSink({ catch_up_per_s: 200, in_flight: 10 });
      const watcher = await listener('gapwise/a/observation');
      const begun_ms = performance.now();
      await sink.start();
      await watcher.until(() => watcher.seen.length === 100);
      // The last ten need no wait behind them.
      expect(performance.now() - begun_ms).toBeGreaterThan(440);
      await watcher.end();
    });

    test.each([
      ['5', 'says that it is too large'],
      ['3.1.1', 'answers by closing the connection, over and over'],
    ])('MQTT %s: a message for which the broker %s makes room for the next', async (protocol_version) => {
      await broker.dispose();
      broker = await startBroker(['max_packet_size 2000']);
      sink = newSink({ protocol_version });
      const watcher = await listener('gapwise/a/observation');
      const lanes_mg_cm2 = Array.from({ length: 500 }, () => 22.123456);
      tell(0, 1);
      sink.accept(observation(1, { lanes_mg_cm2 }), { position: 1, index: 0 });
      tell(2, 4);
      await sink.start();
      await watcher.until(() => watcher.seen.at(-1)?.body['id'] === '3.0');
      expect([...new Set(watcher.seen.map(({ body }) => body['id']))]).toEqual(['0.0', '2.0', '3.0']);
      const rejected = [...store.spool('mqtt', bounds).rejected()];
      expect(rejected.map(({ payload }) => Buffer.from(payload).toString())).toEqual([
        expect.stringContaining('"id\\":\\"1.0'),
      ]);
      await watcher.end();
    });
  },
);
