import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, map, type Observable, timeout } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { opcUaSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage, MachineSample, Outage } from '../../src/core/messages.ts';
import type { DeadLetter, Source } from '../../src/core/source.ts';
import { checkOpcUaSource } from '../../src/sources/opcua/check.ts';
import { createOpcUaSource } from '../../src/sources/opcua/source.ts';
import { pythonWithAsyncua } from '../support/asyncua.ts';
import { type OtherServer, otherStackUri, startOtherServer } from './asyncua-server.ts';
import { freePort } from './mqtt-broker.ts';

const python = pythonWithAsyncua();
const uri = otherStackUri;
const t0 = Date.UTC(2020, 10, 4, 9, 0);

describe.skipIf(!python)(
  `OPC UA source with a server of Python's asyncua${python ? '' : ' [skipped: asyncua is not installed]'}`,
  { timeout: 60_000 },
  () => {
    let folder: string;
    let endpoint: string;
    let server: OtherServer;
    let source: Source;
    let letters: DeadLetter[];
    let messages: LineMessage[];

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'gapwise-asyncua-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    beforeEach(async () => {
      letters = [];
      messages = [];
      endpoint = `opc.tcp://127.0.0.1:${await freePort()}/coater`;
      server = await startOtherServer(python as string, endpoint);
      await server.set(t0, 0.15, 125);
    });
    afterEach(async () => {
      await source?.stop();
      server.thaw();
      await server.kill();
    });

    const settings = (more: object = {}) =>
      opcUaSource.parse({
        type: 'opcua',
        endpoint,
        security: { mode: 'none', policy: 'none' },
        tags: {
          bar_operator_mm: { node: `nsu=${uri};s=Bar`, unit: 'mm' },
          roll_ratio_percent: { node: `/Objects/nsu=${uri};Coater/nsu=${uri};Ratio` },
        },
        publishing_interval_ms: 50,
        sampling_interval_ms: 0,
        retry: { initial_ms: 50, max_ms: 300 },
        ...more,
      });

    function newSource(more: object = {}): Source {
      source = createOpcUaSource(settings(more), {
        line: 'line-1',
        clock: systemClock,
        log: silentLogger,
        deadLetters: { take: (letter) => letters.push(letter) },
        stateFolder: join(folder, 'state'),
      });
      source.arrivals.subscribe((arrival) => {
        messages.push(arrival.message);
        arrival.acknowledge();
      });
      return source;
    }

    const message = <T extends LineMessage>(is: (candidate: LineMessage) => candidate is T): Promise<T> =>
      firstValueFrom(
        source.arrivals.pipe(
          map((arrival) => arrival.message),
          filter(is),
          timeout(50_000),
        ) as Observable<T>,
      );

    /** The values of one time, which may come in two notifications. */
    const bar = (time_ms: number) =>
      message(
        (one): one is MachineSample =>
          one.kind === 'machine' && one.time_ms === time_ms && 'bar_operator_mm' in one.values,
      );

    const outage = (reason: Outage['reason'], ended: boolean) =>
      message(
        (one): one is Outage =>
          one.kind === 'outage' && one.reason === reason && (one.until_ms !== undefined) === ended,
      );

    const seconds = (name: string) =>
      messages.flatMap((one) =>
        one.kind === 'machine' && one.values[name] !== undefined ? [(one.time_ms - t0) / 1000] : [],
      );

    test('brings every second of both values, under the time of the device', async () => {
      newSource();
      const first = bar(t0);
      await source.start();
      expect((await first).values['bar_operator_mm']).toBe(0.15);
      const last = bar(t0 + 50_000);
      for (let second = 1; second <= 50; second++) {
        await server.set(t0 + 1000 * second, 0.15 + second / 1000, 125 + second);
      }
      expect((await last).values['bar_operator_mm']).toBe(0.2);
      const all = Array.from({ length: 51 }, (_, second) => second);
      expect(seconds('bar_operator_mm')).toEqual(all);
      expect(letters).toEqual([]);
    });

    test('finds it again after it was killed, with its namespaces shifted, and records the outage', async () => {
      // A server that was restarted never answers to the session of before: this is how long that is borne.
      newSource({ timeout_ms: 2000 });
      const first = bar(t0);
      await source.start();
      await first;
      const opened = outage('disconnected', false);
      await server.kill();
      expect((await opened).time_ms).toBe(t0);
      const closed = outage('disconnected', true);
      const later = bar(t0 + 60_000);
      server = await startOtherServer(python as string, endpoint, 3);
      await server.set(t0 + 60_000, 0.16, 130);
      expect((await later).values['bar_operator_mm']).toBe(0.16);
      expect((await closed).until_ms).toBeGreaterThanOrEqual(t0);
      const next = bar(t0 + 61_000);
      await server.set(t0 + 61_000, 0.161, 130);
      expect((await next).values['bar_operator_mm']).toBe(0.161);
    });

    test('a frozen server shows as an outage, which ends when it goes on', async () => {
      newSource({ silent_after_s: 0.5, timeout_ms: 1000, session_timeout_s: 5 });
      const first = bar(t0);
      await source.start();
      await first;
      const opened = outage('stale', false);
      server.freeze();
      expect((await opened).time_ms).toBe(t0);
      const closed = outage('stale', true);
      const later = bar(t0 + 30_000);
      server.thaw();
      await server.set(t0 + 30_000, 0.17, 125);
      expect((await later).values['bar_operator_mm']).toBe(0.17);
      expect((await closed).until_ms).toBe(t0 + 30_000);
    });

    test('check reads its tags', async () => {
      const findings = await checkOpcUaSource(settings(), {
        clock: systemClock,
        log: silentLogger,
        certificatesFolder: join(folder, 'check'),
      });
      expect(findings.filter(({ level }) => level === 'failed')).toEqual([]);
      expect(findings.find(({ subject }) => subject === 'tag bar_operator_mm')?.detail).toMatch(
        /^0\.15 mm, good/,
      );
    });
  },
);
