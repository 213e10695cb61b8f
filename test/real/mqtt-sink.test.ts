import { filter, firstValueFrom, timeout } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mqttSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Sink } from '../../src/core/sink.ts';
import { createMqttSink } from '../../src/sinks/mqtt/sink.ts';
import { requireProgram } from '../support/real.ts';
import { abstraction, observation, prediction, t0 } from '../unit/sinks/reports.ts';
import { gaugeClient, startBroker, type TestBroker } from './mqtt-broker.ts';

const hasMosquitto = requireProgram('mosquitto');

describe.skipIf(!hasMosquitto)(
  `MQTT sink with Mosquitto${hasMosquitto ? '' : ' [skipped: not installed]'}`,
  () => {
    let broker: TestBroker;
    let sink: Sink & { counters: { delivered: number; dropped: number; queued: number } };

    beforeEach(async () => {
      broker = await startBroker();
      sink = createMqttSink(
        mqttSink.parse({ type: 'mqtt', url: broker.url, retry: { initial_ms: 20, max_ms: 100 } }),
        { clock: systemClock, log: silentLogger },
      );
    });
    afterEach(async () => {
      await sink.stop();
      await broker.dispose();
    });

    const state = (wanted: string) =>
      firstValueFrom(
        sink.status.pipe(
          filter((status) => status.state === wanted),
          timeout(10_000),
        ),
      );

    /** Collects messages below a filter; `until` resolves at the first that satisfies it. */
    async function listener(topic: string, options = {}) {
      const client = await gaugeClient(broker.url, options);
      const seen: { topic: string; body: Record<string, unknown>; retain: boolean }[] = [];
      let check = () => {};
      client.on('message', (where, payload, { retain }) => {
        seen.push({ topic: where, body: JSON.parse(payload.toString()), retain });
        check();
      });
      await client.subscribeAsync(topic, { qos: 1 });
      return {
        seen,
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

    test('who comes later still gets the latest prediction and map, and the goodbye', async () => {
      await sink.start();
      await state('connected');
      sink.accept(prediction(t0));
      sink.accept({ ...prediction(t0 + 8000), version: 'v2' });
      sink.accept(abstraction);
      await sink.stop();
      const late = await listener('gapwise/#');
      await late.until(() => late.seen.length === 3);
      await late.end();
      expect(late.seen.every(({ retain }) => retain)).toBe(true);
      const byTopic = Object.fromEntries(late.seen.map(({ topic, body }) => [topic, body]));
      expect(byTopic['gapwise/a/prediction']).toMatchObject({ version: 'v2' });
      expect(byTopic['gapwise/a/abstraction']).toMatchObject({ version: 4 });
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
      for (let scan = 0; scan < 20; scan++) sink.accept(observation(scan));
      // With the one state of the line, which stands for all twenty.
      expect(sink.counters.queued).toBe(21);
      await broker.start();
      await watcher.until(() => watcher.seen.at(-1)?.body['scan'] === 19);
      await watcher.end();
      expect(watcher.seen.map(({ body }) => body['scan'])).toEqual(Array.from({ length: 20 }, (_, i) => i));
      await sink.stop();
      expect(sink.counters).toMatchObject({ delivered: 21, dropped: 0, queued: 0 });
    });
  },
);
