import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { createSimulatedLine, type SimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { mqttSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { RetryableError } from '../../src/core/errors.ts';
import type { LogFields, Logger } from '../../src/core/logger.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import { requireProgram } from '../support/real.ts';
import { startBroker, type TestBroker } from './mqtt-broker.ts';

const available = requireProgram('mosquitto');
const plan = {
  name: 'link',
  tail_s: 100,
  parameters: { web_length_m: 2 },
  runs: [{ gap_um: 120, duration_s: 200 }],
};

describe.skipIf(!available)(
  `the simulated gauge and its broker${available ? '' : ' [skipped: mosquitto is not installed]'}`,
  () => {
    let broker: TestBroker;
    let line: SimulatedLine | undefined;
    let client: MqttClient | undefined;

    beforeEach(async () => {
      broker = await startBroker();
    });
    afterEach(async () => {
      await line?.stop();
      await client?.endAsync(true);
      await broker.dispose();
      line = client = undefined;
    });

    function simulated(scenario: object, mqtt: object = {}, log: Logger = silentLogger): SimulatedLine {
      const options = { url: broker.url, mayBeAway: true, ...mqtt };
      line = createSimulatedLine({
        scenario: scenarioOf(scenario),
        seed: 3,
        opcua: undefined,
        mqtt: options,
        log,
      });
      return line;
    }

    /** What comes on a topic; `until` resolves once so many are there. */
    async function listener(topic: string) {
      const seen: { topic: string; payload: Buffer }[] = [];
      let look = () => {};
      client = await connectAsync(broker.url, { reconnectPeriod: 20, clientId: 'listener', clean: false });
      await client.subscribeAsync(topic, { qos: 1 });
      client.on('message', (from, payload) => {
        seen.push({ topic: from, payload });
        look();
      });
      const until = (enough: () => boolean) =>
        new Promise<void>((resolve) => {
          look = () => enough() && resolve();
          look();
        });
      return { seen, until };
    }

    test('a broker that is away at the start is waited for, with two lines in the log and nothing lost', async () => {
      const heard: LogFields[] = [];
      const keep = (fields: LogFields) => void heard.push(fields);
      const log: Logger = { ...silentLogger, info: keep, warn: keep, child: () => log };
      // Its session lasts, so that nothing is missed however early the gauge is back.
      const { seen, until } = await listener('gapwise/#');
      await broker.stop();
      const one = simulated(plan, {}, log);
      await one.start();
      await one.advanceTo(one.startTime_ms + 80_000);
      await broker.start();
      await until(() => seen.length >= 10);
      expect(seen.map(({ payload }) => JSON.parse(payload.toString()).scan)).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ]);
      expect(heard.map(({ event }) => event)).toEqual(['gauge-waits', 'gauge-connected']);
    });

    test('without leave to wait, it says so', async () => {
      await broker.stop();
      await expect(simulated(plan, { mayBeAway: false }).start()).rejects.toThrow(RetryableError);
    });

    test('a broker that goes in the middle holds nobody up, and has every scan when it is back', async () => {
      const { seen, until } = await listener('gapwise/#');
      const one = simulated(plan);
      await one.start();
      await one.advanceTo(one.startTime_ms + 100_000);
      await broker.stop();
      await one.advanceTo(one.startTime_ms + 200_000);
      await broker.start();
      await one.advanceTo(one.endTime_ms);
      const numbers = () => new Set(seen.map(({ payload }) => JSON.parse(payload.toString()).scan));
      const wanted = [...generate(scenarioOf(plan), 3)].flatMap((m) => (m.kind === 'scan' ? [m.scan] : []));
      await until(() => numbers().size >= wanted.length);
      expect([...numbers()]).toEqual(wanted);
    });

    test('stopping is at once, with the broker away and scans waiting', async () => {
      const one = simulated(plan);
      await one.start();
      await broker.stop();
      await one.advanceTo(one.startTime_ms + 100_000);
      await one.stop();
      // Safe to call twice, and nothing more goes out.
      await one.stop();
    });

    test('truth has a topic of its own, complete, and the data have none of it', async () => {
      const { seen, until } = await listener('#');
      const one = simulated(plan, { truthPrefix: 'plant/truth' });
      await one.start();
      await one.advanceTo(one.endTime_ms);
      const scans = [...one.truth.scans()].length;
      await until(() => seen.length >= 2 * scans + 2);
      const truth = seen.filter(({ topic }) => topic === 'plant/truth/line-1');
      const records = truth.map(({ payload }) => JSON.parse(payload.toString()));
      expect(records.map(({ kind }) => kind)).toEqual(['line', 'run', ...Array(scans).fill('scan')]);
      const coated = one.truth.truthOf(20)!;
      expect(coated.trueGap_um).toBeCloseTo(120, 0);
      expect(records[22]).toEqual({ kind: 'scan', line: 'line-1', ...coated });
      const data = seen.filter(({ topic }) => topic !== 'plant/truth/line-1');
      expect(data).toHaveLength(scans);
      for (const { topic, payload } of data) {
        expect(topic).toBe(one.topic);
        expect(Object.keys(JSON.parse(payload.toString())).sort()).toEqual(
          ['scan', 'time', 'duration_ms', 'started_at', 'loading_g_m2'].sort(),
        );
      }
    });

    test('Sparkplug B: the agent’s source reads it from the middle on, after asking for births', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gapwise-sparkplug-'));
      const one = simulated({ ...plan, gauge: { payload: 'sparkplug' } });
      await one.start();
      // The births go out while nobody listens.
      await one.advanceTo(one.startTime_ms + 40_000);
      const source = createMqttSource(
        mqttSource.parse({
          type: 'mqtt',
          url: broker.url,
          topics: ['spBv1.0/gapwise/+/line-1', 'spBv1.0/gapwise/+/line-1/{gauge}'],
          payload: { type: 'sparkplug' },
        }),
        {
          line: 'line-1',
          clock: systemClock,
          log: silentLogger,
          deadLetters: { take: () => {} },
          stateFolder: folder,
        },
      );
      const connected = firstValueFrom(source.status.pipe(filter(({ state }) => state === 'connected')));
      const scansOf = (count: number) =>
        firstValueFrom(
          source.arrivals.pipe(
            filter(({ message }) => message.kind === 'scan'),
            take(count),
            toArray(),
          ),
        );
      const [first, all] = [scansOf(1), scansOf(8)];
      source.arrivals.subscribe((arrival) => arrival.acknowledge());
      await source.start();
      await connected;
      // The first scan finds no birth and asks for it; the births bring that scan once more.
      await one.advanceTo(one.startTime_ms + 48_000);
      await first;
      await one.advanceTo(one.startTime_ms + 120_000);
      const scans = (await all).map(({ message }) => message);
      await source.stop();
      rmSync(folder, { recursive: true, force: true });
      const wanted = new Map(
        [...generate(scenarioOf(plan), 3)].flatMap((m) => (m.kind === 'scan' ? [[m.scan, m]] : [])),
      );
      for (const scan of scans) {
        if (scan.kind !== 'scan') throw new Error('no scan');
        const sent = wanted.get(scan.scan)!;
        expect(scan).toMatchObject({ gauge: 'gauge-1', time_ms: sent.time_ms, startedAt: sent.startedAt });
        expect(scan.loading_mg_cm2[400]).toBeCloseTo(sent.loading_mg_cm2[400]!, 2);
      }
    });
  },
);
