import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mqttSink } from '../../src/config/sinks.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Sink } from '../../src/core/sink.ts';
import { rebirthCommand } from '../../src/core/sparkplug/encode.ts';
import { birthCountIn } from '../../src/sinks/mqtt/sparkplug/birth-count.ts';
import { createSparkplugSink } from '../../src/sinks/mqtt/sparkplug/sink.ts';
import { requireProgram } from '../support/real.ts';
import { SparkplugHost } from '../support/sparkplug-host.ts';
import { observation, t0 } from '../unit/sinks/reports.ts';
import { gaugeClient, startBroker, type TestBroker } from './mqtt-broker.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

const hasMosquitto = requireProgram('mosquitto');
/** 1,000 by `SPARKPLUG_RECONNECTS=1000`; they take the better part of a minute. */
const reconnects = Number(process.env['SPARKPLUG_RECONNECTS'] ?? 100);

describe.skipIf(!hasMosquitto)(
  `Sparkplug output with Mosquitto${hasMosquitto ? '' : ' [skipped: not installed]'}`,
  { timeout: 300_000 },
  () => {
    let folder: string;
    let broker: TestBroker;
    let wire: TcpProxy;
    let sink: Sink;
    let host: SparkplugHost;
    let client: MqttClient;
    let fault: unknown;
    let check = () => {};

    const newSink = () => {
      const { payload, ...settings } = mqttSink.parse({
        type: 'mqtt',
        url: `mqtt://127.0.0.1:${wire.port}`,
        payload: { type: 'sparkplug', group: 'plant', node: 'edge' },
        retry: { initial_ms: 1, max_ms: 5 },
      });
      if (payload.type !== 'sparkplug') throw new Error('not what was configured');
      return createSparkplugSink(
        { ...settings, payload },
        {
          clock: systemClock,
          log: silentLogger,
          lines: [{ name: 'a' }, { name: 'b' }],
          knowledge: {
            advise: () => {
              throw new Error('no target is configured');
            },
          },
          births: birthCountIn(folder, silentLogger),
        },
      );
    };

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gapwise-sparkplug-'));
      broker = await startBroker();
      wire = await startProxy(Number(new URL(broker.url).port));
      host = new SparkplugHost();
      fault = undefined;
      client = await gaugeClient(broker.url);
      client.on('message', (topic, payload, packet) => {
        try {
          host.take(topic, payload, packet);
        } catch (error) {
          fault ??= error;
        }
        check();
      });
      await client.subscribeAsync('spBv1.0/plant/#', { qos: 1 });
      sink = newSink();
    });
    afterEach(async () => {
      await sink.stop();
      await client.endAsync();
      await wire.close();
      await broker.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const until = (condition: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        check = () => {
          if (fault !== undefined) reject(fault);
          else if (condition()) resolve();
        };
        check();
      });

    const told = (scan: number) => {
      const mean_mg_cm2 = 20 + scan / 1000;
      sink.accept(observation(scan, { mean_mg_cm2 }));
      sink.accept({ ...observation(scan, { mean_mg_cm2 }), line: 'b' });
      return mean_mg_cm2;
    };

    test(`the rules of a host hold over ${reconnects} reconnects in the middle of data`, async () => {
      await sink.start();
      let scan = 0;
      let latest = told(scan++);
      for (let round = 1; round <= reconnects; round++) {
        await until(() => host.alive && host.devices.length === 2);
        for (let i = 0; i < 3; i++) latest = told(scan++);
        if (round % 3 === 0) await until(() => host.values.get('a/ProcessValues/MassLoading') === latest);
        await wire.cut();
        latest = told(scan++);
        await until(() => !host.alive);
        await wire.mend();
      }
      await until(() => host.alive && host.values.get('b/ProcessValues/MassLoading') === latest);
      expect(fault).toBeUndefined();
      expect(host.counts).toMatchObject({ births: reconnects + 1, deaths: reconnects });
      console.info(`Sparkplug host over ${reconnects} reconnects: ${JSON.stringify(host.counts)}`);
    });

    test('a host that asks gets the births again, and the goodbye is a death', async () => {
      await sink.start();
      await until(() => host.devices.length === 2);
      for (let asked = 1; asked <= 3; asked++) {
        told(asked);
        host.asking();
        client.publish('spBv1.0/plant/NCMD/edge', rebirthCommand(t0));
        await until(() => host.counts.rebirths === asked && host.devices.length === 2);
      }
      await sink.stop();
      await until(() => !host.alive);
      expect(host.counts).toMatchObject({ births: 4, deaths: 1 });
    });

    test('after a restart of the agent the count of its births goes on', async () => {
      for (let start = 1; start <= 3; start++) {
        await sink.start();
        await until(() => host.devices.length === 2);
        await sink.stop();
        await until(() => !host.alive);
        sink = newSink();
      }
      expect(host.counts).toMatchObject({ births: 3, deaths: 3 });
    });
  },
);
