import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { createSimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { requireProgram } from '../support/real.ts';

const available = requireProgram('mosquitto') && requireProgram('mosquitto_sub');

describe.skipIf(!available)(
  `mosquitto and mosquitto_sub on the simulated gauge${available ? '' : ' [skipped: not installed]'}`,
  () => {
    const scenario = scenarioOf({ name: 'real', tail_s: 100, runs: [{ gap_um: 120, duration_s: 60 }] });
    let folder: string;
    let broker: ChildProcess;
    let brokerLog: Interface;
    let port: number;

    /** Mosquitto says on standard error what it does; its clients hold back their output until a buffer is full. */
    const logged = (words: string) =>
      new Promise<void>((resolve) => {
        const look = (line: string) => {
          if (!line.includes(words)) return;
          brokerLog.off('line', look);
          resolve();
        };
        brokerLog.on('line', look);
      });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'gapwise-simulator-test-'));
      port = await freePort();
      await writeFile(
        join(folder, 'mosquitto.conf'),
        `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`,
      );
      const program = execFileSync('sh', ['-c', 'command -v mosquitto || ls /usr/sbin/mosquitto'])
        .toString()
        .trim();
      broker = spawn(program, ['-v', '-c', join(folder, 'mosquitto.conf')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      brokerLog = createInterface({ input: broker.stderr as NodeJS.ReadableStream });
      await logged('running');
    });

    afterAll(async () => {
      broker?.kill();
      await rm(folder, { recursive: true, force: true });
    });

    test('every scan arrives once, in order, with its number, time, edge and 800 values in g/m²', async () => {
      const url = `mqtt://127.0.0.1:${port}`;
      const line = createSimulatedLine({
        scenario,
        seed: 3,
        opcua: undefined,
        mqtt: { url },
        log: silentLogger,
      });
      const expected = [...generate(scenario, 3)].filter((m) => m.kind === 'scan');
      expect(expected.length).toBeGreaterThan(20);

      const subscribed = logged('Sending SUBACK');
      const subscriber = spawn(
        'mosquitto_sub',
        ['-p', String(port), '-q', '1', '-t', 'gapwise/#', '-C', String(expected.length)],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      const texts: string[] = [];
      createInterface({ input: subscriber.stdout as NodeJS.ReadableStream }).on('line', (text) => {
        texts.push(text);
      });
      await subscribed;
      await line.start();
      await line.advanceTo(line.endTime_ms);
      expect(line.scansPublished).toBe(expected.length);
      await once(subscriber, 'close');
      await line.stop();

      expect(texts).toHaveLength(expected.length);
      for (const [i, scan] of expected.entries()) {
        const document = JSON.parse(texts[i] as string);
        expect(document).toMatchObject({
          scan: scan.scan,
          time: new Date(scan.time_ms).toISOString(),
          duration_ms: 8000,
          started_at: scan.startedAt,
        });
        expect(document.loading_g_m2).toHaveLength(800);
        expect(document.loading_g_m2[400]).toBeCloseTo((scan.loading_mg_cm2[400] as number) * 10, 1);
      }
    });

    test('a restart of the gauge is a lost connection and a new one; no scan is lost', async () => {
      const faulty = scenarioOf({ ...scenario, faults: [{ fault: 'restart', device: 'gauge', at_s: 50 }] });
      const mqtt = { url: `mqtt://127.0.0.1:${port}`, clientId: 'gauge-under-test', topic: 'restart' };
      const line = createSimulatedLine({
        scenario: faulty,
        seed: 3,
        opcua: undefined,
        mqtt,
        log: silentLogger,
      });
      const client = await connectAsync(mqtt.url);
      await client.subscribeAsync('restart', { qos: 1 });
      const numbers: number[] = [];
      const count = [...generate(faulty, 3)].filter((m) => m.kind === 'scan').length;
      const all = new Promise<void>((resolve) => {
        client.on('message', (_, payload) => {
          numbers.push(JSON.parse(payload.toString()).scan);
          if (numbers.length === count) resolve();
        });
      });
      await line.start();
      await line.advanceTo(line.endTime_ms);
      await all;
      expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
      await line.stop();
      await client.endAsync();
    });
  },
);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
