import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { firstValueFrom, take, timeout, toArray } from 'rxjs';
import { filter } from 'rxjs/operators';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mqttSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Scan } from '../../src/core/messages.ts';
import type { Arrival, DeadLetter, Source } from '../../src/core/source.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import { requireProgram } from '../support/real.ts';
import { gaugeClient, startBroker, type TestBroker } from './mqtt-broker.ts';

const hasMosquitto = requireProgram('mosquitto');
const locations = 4;
const topic = 'gapwise/plant/area/line-1/gauge/dry/scan';

const payload = (scan: number): string =>
  JSON.stringify({
    scan,
    time: 1_604_484_444_000 + 8000 * scan,
    duration_ms: 8000,
    started_at: 'operator',
    loading_g_m2: Array.from({ length: locations }, () => 220 + scan),
  });

describe.skipIf(!hasMosquitto)(
  `MQTT source with Mosquitto${hasMosquitto ? '' : ' [skipped: not installed]'}`,
  () => {
    let broker: TestBroker;
    let letters: DeadLetter[];
    const sources: Source[] = [];

    beforeEach(async () => {
      letters = [];
      broker = await startBroker();
    });
    afterEach(async () => {
      await Promise.all(sources.splice(0).map((source) => source.stop()));
      await broker.dispose();
    });

    function newSource(settings: object = {}): Source {
      const source = createMqttSource(
        mqttSource.parse({
          type: 'mqtt',
          url: broker.url,
          payload: { type: 'json', locations },
          retry: { initial_ms: 20, max_ms: 200 },
          ...settings,
        }),
        {
          line: 'line-1',
          clock: systemClock,
          log: silentLogger,
          deadLetters: { take: (letter) => letters.push(letter) },
          stateFolder: '',
        },
      );
      sources.push(source);
      return source;
    }

    const connected = (source: Source) =>
      firstValueFrom(
        source.status.pipe(
          filter(({ state }) => state === 'connected'),
          timeout(10_000),
        ),
      );

    const next = (source: Source, count: number): Promise<Arrival[]> =>
      firstValueFrom(source.arrivals.pipe(take(count), toArray(), timeout(10_000)));

    const scanOf = ({ message }: Arrival): number => (message as Scan).scan;

    async function publish(...scans: number[]): Promise<void> {
      const gauge = await gaugeClient(broker.url);
      for (const scan of scans) await gauge.publishAsync(topic, payload(scan), { qos: 1 });
      await gauge.endAsync();
    }

    test('decodes a scan and names line and gauge', async () => {
      const source = newSource();
      await source.start();
      await connected(source);
      const arrivals = next(source, 1);
      await publish(3);
      const [arrival] = await arrivals;
      expect(arrival?.message).toEqual({
        kind: 'scan',
        line: 'line-1',
        gauge: 'dry',
        scan: 3,
        time_ms: 1_604_484_468_000,
        duration_ms: 8000,
        startedAt: 'operator',
        loading_mg_cm2: Float64Array.from([22.3, 22.3, 22.3, 22.3]),
      });
    });

    test.each(['3.1.1', '5'])(
      'what was not acknowledged comes again, what was does not (MQTT %s)',
      async (version) => {
        const first = newSource({ protocol_version: version });
        await first.start();
        await connected(first);
        const seen: number[] = [];
        const secondSeen = new Promise<void>((resolve) => {
          first.arrivals.subscribe((arrival) => {
            seen.push(scanOf(arrival));
            if (scanOf(arrival) === 0) arrival.acknowledge();
            else resolve();
          });
        });
        await publish(0, 1, 2);
        await secondSeen;
        await first.stop();
        // Held back by the scan that waits: one message is in flight at a time.
        expect(seen).toEqual([0, 1]);

        const second = newSource({ protocol_version: version });
        const again = next(second, 2);
        second.arrivals.subscribe((arrival) => arrival.acknowledge());
        await second.start();
        expect((await again).map(scanOf)).toEqual([1, 2]);
      },
    );

    test('a refused scan is delivered again by the broker, in order, until it is taken', async () => {
      const source = newSource();
      await source.start();
      await connected(source);
      const seen: number[] = [];
      const done = new Promise<void>((resolve) => {
        source.arrivals.subscribe((arrival) => {
          seen.push(scanOf(arrival));
          if (seen.length <= 3) arrival.refuse();
          else arrival.acknowledge();
          if (scanOf(arrival) === 2) resolve();
        });
      });
      await publish(1, 2);
      await done;
      expect(seen).toEqual([1, 1, 1, 1, 2]);
    });

    test('an acknowledgement that comes after the connection was lost acknowledges nothing', async () => {
      const source = newSource();
      await source.start();
      await connected(source);
      const arrivals: Arrival[] = [];
      const twice = next(source, 2);
      const once = next(source, 1);
      source.arrivals.subscribe((arrival) => arrivals.push(arrival));
      await publish(7, 8);
      await once;
      await broker.stop();
      await broker.start();
      arrivals[0]?.acknowledge();
      expect((await twice).map(scanOf)).toEqual([7, 7]);
      arrivals[0]?.acknowledge();
      const rest = next(source, 1);
      arrivals[1]?.acknowledge();
      expect((await rest).map(scanOf)).toEqual([8]);
    });

    test('a thousand scans sent while it was away are all there, in order', async () => {
      const early = newSource();
      await early.start();
      await connected(early);
      await early.stop();
      await publish(...Array.from({ length: 1000 }, (_, scan) => scan));
      const late = newSource();
      const all = next(late, 1000);
      late.arrivals.subscribe((arrival) => arrival.acknowledge());
      await late.start();
      expect((await all).map(scanOf)).toEqual(Array.from({ length: 1000 }, (_, scan) => scan));
    });

    test('a broker that is killed and comes back is found again', async () => {
      const source = newSource();
      const states: string[] = [];
      source.status.subscribe(({ state }) => states.push(state));
      source.arrivals.subscribe((arrival) => arrival.acknowledge());
      await source.start();
      await connected(source);
      const lost = firstValueFrom(
        source.status.pipe(
          filter(({ state }) => state === 'disconnected'),
          timeout(10_000),
        ),
      );
      await broker.kill();
      await lost;
      await broker.start();
      await connected(source);
      const arrivals = next(source, 1);
      await publish(5);
      expect((await arrivals).map(scanOf)).toEqual([5]);
      expect(states.slice(0, 5)).toEqual([
        'disconnected',
        'connecting',
        'connected',
        'disconnected',
        'connecting',
      ]);
    });

    test('what can not be used becomes a dead letter, and the stream goes on', async () => {
      const source = newSource({
        topics: ['gapwise/plant/area/{line}/gauge/{gauge}/scan', 'other/#'],
        max_payload_bytes: 400,
      });
      source.arrivals.subscribe((arrival) => arrival.acknowledge());
      await source.start();
      await connected(source);
      const good = next(source, 1);
      const gauge = await gaugeClient(broker.url);
      const bad: [string, string][] = [
        [topic, 'not JSON'],
        [topic, payload(1).replace('"scan":1,', '"scan":-1,')],
        [topic, payload(1).replaceAll('221', 'null')],
        [topic, payload(1).replace('1604484452000', '-5')],
        [topic, payload(1).replace('[221,', '[')],
        [topic, `${payload(1)}${' '.repeat(400)}`],
      ];
      for (const [where, text] of bad) await gauge.publishAsync(where, text, { qos: 1 });
      await gauge.publishAsync(topic, payload(9), { qos: 1 });
      await gauge.endAsync();
      expect((await good).map(scanOf)).toEqual([9]);
      expect(letters.map(({ reason }) => reason)).toEqual([
        'malformed',
        'out-of-range',
        'not-a-number',
        'invalid-time',
        'wrong-length',
        'too-large',
      ]);
      expect(letters.every(({ where, line }) => where === topic && line === 'line-1')).toBe(true);
    });

    test.skipIf(!requireProgram('openssl'))(
      'speaks TLS both ways, and refuses a broker that it can not verify',
      async () => {
        await broker.dispose();
        const folder = mkdtempSync(join(tmpdir(), 'gapwise-tls-'));
        const file = (name: string) => join(folder, name);
        const openssl = (...args: string[]) =>
          execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
        const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
        openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=plant');
        writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1');
        for (const peer of ['broker', 'agent']) {
          openssl(
            'req',
            ...newKey.slice(0, 3),
            '-keyout',
            `${peer}.key`,
            '-out',
            `${peer}.csr`,
            '-subj',
            `/CN=${peer}`,
          );
          const signed = [
            '-CA',
            'ca.pem',
            '-CAkey',
            'ca.key',
            '-CAcreateserial',
            '-extfile',
            'names',
            '-days',
            '2',
          ];
          openssl('x509', '-req', '-in', `${peer}.csr`, ...signed, '-out', `${peer}.pem`);
        }
        broker = await startBroker([
          `cafile ${file('ca.pem')}`,
          `certfile ${file('broker.pem')}`,
          `keyfile ${file('broker.key')}`,
          'require_certificate true',
          'use_identity_as_username true',
        ]);
        const url = broker.url.replace('mqtt:', 'mqtts:');
        const own = { certificate_file: file('agent.pem'), key_file: file('agent.key') };

        const doubting = newSource({ url, tls: own });
        const refused = firstValueFrom(
          doubting.status.pipe(
            filter(({ detail }) => /certificate/i.test(detail)),
            timeout(10_000),
          ),
        );
        await doubting.start();
        expect((await refused).state).toBe('disconnected');
        await doubting.stop();

        const trusting = newSource({ url, tls: { ...own, ca_file: file('ca.pem') } });
        await trusting.start();
        await connected(trusting);
        rmSync(folder, { recursive: true });
      },
    );

    test('a wrong password shows in the status and never in a text', async () => {
      await broker.dispose();
      broker = await startBroker(['allow_anonymous false']);
      const source = newSource({ username: 'agent', password: 'planted-secret' });
      const details: string[] = [];
      source.status.subscribe(({ detail }) => details.push(detail));
      await source.start();
      await firstValueFrom(
        source.status.pipe(
          filter(({ detail }) => /not authorized/i.test(detail)),
          timeout(10_000),
        ),
      );
      expect(details.join()).not.toContain('planted-secret');
    });

    test('a subscription that the broker refuses is no silent success', async () => {
      // Mosquitto's own access lists only hold back messages; this broker answers the subscription itself with no.
      const refusing = await Aedes.createBroker({
        authorizeSubscribe: (_client, _subscription, answer) => answer(null, null),
      });
      const server = createServer(refusing.handle).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const source = newSource({ url: `mqtt://127.0.0.1:${port}` });
      let everConnected = false;
      source.status.subscribe(({ state }) => {
        everConnected ||= state === 'connected';
      });
      await source.start();
      await firstValueFrom(
        source.status.pipe(
          filter(({ detail }) => /refuses the subscription/.test(detail)),
          timeout(10_000),
        ),
      );
      expect(everConnected).toBe(false);
      await source.stop();
      await new Promise<void>((resolve) => refusing.close(() => resolve()));
      server.close();
    });
  },
);
