import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IClientOptions } from 'mqtt';
import { filter, firstValueFrom, map, take, timeout, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mqttSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage, Scan } from '../../src/core/messages.ts';
import type { DeadLetter, Source } from '../../src/core/source.ts';
import { checkMqttSource } from '../../src/sources/mqtt/check.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import { requireProgram } from '../support/real.ts';
import { type Metric, payload, type } from '../unit/sources/mqtt/sparkplug/encode.ts';
import { gaugeClient, startBroker, type TestBroker } from './mqtt-broker.ts';

const hasMosquitto = requireProgram('mosquitto') && requireProgram('mosquitto_passwd');
const t0 = 1_604_484_444_000;

describe.skipIf(!hasMosquitto)(
  `Sparkplug B over Mosquitto with passwords and rights${hasMosquitto ? '' : ' [skipped: not installed]'}`,
  () => {
    let folder: string;
    let broker: TestBroker;
    let source: Source | undefined;
    let letters: DeadLetter[];

    beforeEach(async () => {
      letters = [];
      folder = mkdtempSync(join(tmpdir(), 'gapwise-rights-'));
      const passwords = join(folder, 'passwords');
      const rights = join(folder, 'rights');
      writeFileSync(passwords, '', { mode: 0o600 });
      for (const [user, password] of Object.entries({
        edge: 'of-the-edge',
        agent: 'of-the-agent',
        guest: 'x',
      })) {
        execFileSync('mosquitto_passwd', ['-b', passwords, user, password], { stdio: 'ignore' });
      }
      writeFileSync(
        rights,
        [
          'user edge\ntopic readwrite spBv1.0/#',
          'user agent\ntopic read spBv1.0/plant/#\ntopic write spBv1.0/plant/NCMD/#',
          'user guest\ntopic read nothing/#\n',
        ].join('\n'),
        { mode: 0o600 },
      );
      broker = await startBroker([
        'allow_anonymous false',
        `password_file ${passwords}`,
        `acl_file ${rights}`,
      ]);
    });
    afterEach(async () => {
      await source?.stop();
      source = undefined;
      await broker.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const settings = (more: object = {}) =>
      mqttSource.parse({
        type: 'mqtt',
        url: broker.url,
        username: 'agent',
        password: 'of-the-agent',
        topics: ['spBv1.0/plant/+/+', 'spBv1.0/plant/+/+/{gauge}'],
        payload: { type: 'sparkplug', locations: 3 },
        retry: { initial_ms: 20, max_ms: 200 },
        ...more,
      });

    function newSource(): Source {
      source = createMqttSource(settings(), {
        line: 'line-1',
        clock: systemClock,
        log: silentLogger,
        deadLetters: { take: (letter) => letters.push(letter) },
        stateFolder: folder,
      });
      return source;
    }

    /** An edge node that sends its births when it is asked to, numbering its messages. */
    async function edgeNode(will?: IClientOptions['will']) {
      const client = await gaugeClient(broker.url, {
        username: 'edge',
        password: 'of-the-edge',
        ...(will ? { will } : {}),
      });
      let seq = 0;
      let scan = 0;
      const loading = (): Metric => ({
        name: 'Scan/Loading',
        alias: 2,
        type: type.float,
        time_ms: t0 + 8000 * scan,
        value: [220, 221, 222],
      });
      const send = (kind: string, metrics: readonly Metric[]) =>
        client.publishAsync(`spBv1.0/plant/${kind}`, payload(seq++ % 256, metrics), { qos: 0 });
      await client.subscribeAsync('spBv1.0/plant/NCMD/edge');
      return {
        client,
        skip: () => seq++,
        /** Topic of the next command. */
        asked: () => new Promise<string>((resolve) => client.once('message', (topic) => resolve(topic))),
        async birth() {
          seq = 0;
          await send('NBIRTH/edge', [{ name: 'bdSeq', type: type.uint64, value: 0 }]);
          const number = { name: 'Scan/Number', alias: 1, type: type.int32, value: scan };
          await send('DBIRTH/edge/dry', [number, loading()]);
        },
        async scan() {
          scan++;
          await send('DDATA/edge/dry', [
            { alias: 1, value: scan },
            { ...loading(), name: '' },
          ]);
        },
      };
    }

    test('asks for births it has missed, then reads scans; a gap brings another birth', async () => {
      const edge = await edgeNode();
      try {
        const agent = newSource();
        const scans = firstValueFrom(
          agent.arrivals.pipe(
            filter((arrival) => {
              arrival.acknowledge();
              return true;
            }),
            take(4),
            toArray(),
            timeout(20_000),
          ),
        );
        const connected = firstValueFrom(
          agent.status.pipe(
            filter(({ state }) => state === 'connected'),
            timeout(20_000),
          ),
        );
        await agent.start();
        await connected;
        let asked = edge.asked();
        await edge.scan();
        expect(await asked).toBe('spBv1.0/plant/NCMD/edge');
        await edge.birth();
        await edge.scan();
        edge.skip();
        asked = edge.asked();
        await edge.scan();
        await asked;
        await edge.birth();
        await edge.scan();
        const taken = (await scans).map(({ message }) => message as Scan);
        expect(taken.map(({ scan }) => scan)).toEqual([1, 2, 3, 4]);
        expect(taken.every(({ gauge, line }) => gauge === 'dry' && line === 'line-1')).toBe(true);
        expect(taken.map(({ time_ms }) => (time_ms - t0) / 8000)).toEqual([1, 2, 3, 4]);
        expect(letters.map(({ reason }) => reason)).toEqual(['unknown-tag', 'unknown-tag']);
      } finally {
        await edge.client.endAsync();
      }
    });

    test('an edge node that dies is an outage, which ends with its birth and scans again', async () => {
      const will = payload(undefined, [{ name: 'bdSeq', type: type.uint64, value: 0 }]);
      const edge = await edgeNode({ topic: 'spBv1.0/plant/NDEATH/edge', payload: will, qos: 1 });
      const messages: LineMessage[] = [];
      const agent = newSource();
      agent.arrivals.subscribe((arrival) => {
        messages.push(arrival.message);
        arrival.acknowledge();
      });
      const message = (is: (one: LineMessage) => boolean) =>
        firstValueFrom(
          agent.arrivals.pipe(
            map((arrival) => arrival.message),
            filter(is),
            timeout(20_000),
          ),
        );
      const connected = firstValueFrom(
        agent.status.pipe(
          filter(({ state }) => state === 'connected'),
          timeout(20_000),
        ),
      );
      await agent.start();
      await connected;
      const first = message(({ kind }) => kind === 'scan');
      await edge.birth();
      await edge.scan();
      await first;
      const died = message((one) => one.kind === 'outage');
      // Without a goodbye: the broker sends the will.
      edge.client.stream.destroy();
      edge.client.end(true);
      const newest_ms = messages.findLast(({ kind }) => kind === 'scan')?.time_ms;
      expect(await died).toMatchObject({
        source: 'mqtt',
        reason: 'disconnected',
        detail: 'plant/edge has died',
      });
      expect((await died).time_ms).toBe(newest_ms);

      const back = message((one) => one.kind === 'outage' && one.until_ms !== undefined);
      const reborn = await edgeNode();
      try {
        await reborn.birth();
        expect(await back).toMatchObject({ time_ms: newest_ms, reason: 'disconnected' });
        const next = message((one) => one.kind === 'scan' && one.scan === 1);
        await reborn.scan();
        await next;
      } finally {
        await reborn.client.endAsync();
      }
    });

    test('check tells a wrong password, and a user who may not read', async () => {
      const around = { line: 'line-1', clock: systemClock, wait_ms: 300 };
      const wrong = await checkMqttSource(settings({ password: 'planted-secret' }), around);
      expect(wrong).toMatchObject([{ subject: 'connection', level: 'failed' }]);
      expect(wrong[0]?.advice).toMatch(/username and password/);
      expect(JSON.stringify(wrong)).not.toContain('planted-secret');
      const guest = await checkMqttSource(settings({ username: 'guest', password: 'x' }), around);
      expect(guest[0]).toMatchObject({ subject: 'connection', level: 'ok' });
      // Mosquitto grants the subscription or refuses it, by version; either way the check says it.
      expect(guest.slice(1).some(({ level }) => level !== 'ok')).toBe(true);
      expect(guest.map(({ advice }) => advice ?? '').join()).toMatch(/rights/);
    });
  },
);
