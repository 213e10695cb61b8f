import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opcUaSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage, Outage } from '../../src/core/messages.ts';
import { createOpcUaSource } from '../../src/sources/opcua/source.ts';
import { pythonWithAsyncua } from '../support/asyncua.ts';
import { otherStackUri, startOtherServer } from './asyncua-server.ts';
import { freePort } from './mqtt-broker.ts';
import { coaterUri, startOpcUaServer } from './opcua-server.ts';
import { startProxy } from './tcp-proxy.ts';

const python = pythonWithAsyncua();
const t0 = Date.UTC(2020, 10, 4, 9, 0);
const cut_ms = 20_000;

/** A coater whose two values change together. */
interface Server {
  set(time_ms: number, gap: number, ratio: number): Promise<void>;
  readonly nodes: readonly [gap: string, ratio: string];
  stop(): Promise<void>;
}

const servers = {
  'node-opcua': async (port: number, folder: string): Promise<Server> => {
    const server = await startOpcUaServer({ port, pkiFolder: join(folder, 'server-pki') });
    return {
      set: async (time_ms, gap, ratio) => {
        server.set('Gap', gap, time_ms);
        server.set('Ratio', ratio, time_ms);
      },
      nodes: [`nsu=${coaterUri};s=Gap`, `nsu=${coaterUri};s=Ratio`],
      stop: () => server.stop(),
    };
  },
  asyncua: async (port: number): Promise<Server> => {
    const server = await startOtherServer(python as string, `opc.tcp://127.0.0.1:${port}/coater`);
    return {
      set: (time_ms, gap, ratio) => server.set(time_ms, gap, ratio),
      nodes: [`nsu=${otherStackUri};s=Bar`, `nsu=${otherStackUri};s=Ratio`],
      stop: () => server.kill(),
    };
  },
};

const without = python ? '' : ' [asyncua skipped: not installed]';

describe(`a wire cut for 20 s, with new values each second and queues as they are by default${without}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapwise-cut-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Both servers at once: most of the time is waiting. */
  test.concurrent.each(
    Object.entries(servers)
      .filter(([stack]) => stack !== 'asyncua' || python !== undefined)
      .map(([stack, start]) => ({ stack, start })),
  )(
    '$stack: afterwards each value of each tag is there once, and the cut is told',
    async ({ stack, start }) => {
      const port = await freePort();
      const server = await start(port, join(folder, stack));
      const proxy = await startProxy(port);
      const messages: LineMessage[] = [];
      const source = createOpcUaSource(
        opcUaSource.parse({
          type: 'opcua',
          endpoint: `opc.tcp://127.0.0.1:${proxy.port}/coater`,
          endpoint_must_exist: false,
          security: { mode: 'none', policy: 'none' },
          tags: { gap: { node: server.nodes[0] }, ratio: { node: server.nodes[1] } },
          // The time of the cut matters, not how long after it the next attempt comes.
          retry: { max_ms: 2_000 },
        }),
        {
          line: 'line-1',
          clock: systemClock,
          log: silentLogger,
          deadLetters: { take: (letter) => expect.fail(letter.detail) },
          stateFolder: join(folder, stack, 'client'),
        },
      );
      source.arrivals.subscribe((arrival) => {
        messages.push(arrival.message);
        arrival.acknowledge();
      });
      const here = (is: (message: LineMessage) => boolean) =>
        firstValueFrom(
          source.arrivals.pipe(
            filter(({ message }) => is(message)),
            timeout(50_000),
          ),
        );
      const outage = (ended: boolean) =>
        here((one) => one.kind === 'outage' && (one.until_ms !== undefined) === ended);

      let second = 0;
      const tick = () => server.set(t0 + 1000 * second, 100 + second, 200 - second++);
      await tick();
      let timer: NodeJS.Timeout | undefined;
      try {
        const first = here(({ time_ms }) => time_ms === t0);
        await source.start();
        await first;
        const early = here(({ time_ms }) => time_ms === t0 + 3000);
        timer = setInterval(() => void tick(), 1000);
        await early;
        const begun = outage(false);
        const ended = outage(true);
        await proxy.cut();
        await begun;
        // The one thing that is waited for here by the clock is the subject of the test.
        await pause(cut_ms);
        await proxy.mend();
        const { message } = await ended;
        const last = second + 2;
        await here(({ time_ms }) => time_ms === t0 + 1000 * last);
        // The seam alone is a hole: everything in between was kept by the server.
        const { reason, time_ms, until_ms = Number.NaN } = message as Outage;
        expect(reason).toBe('disconnected');
        expect(until_ms - time_ms).toBeLessThanOrEqual(3_000);
        const seconds = Array.from({ length: last + 1 }, (_, i) => i);
        const seen = (name: string) =>
          messages
            .flatMap((one) =>
              one.kind === 'machine' && one.values[name] !== undefined
                ? [[(one.time_ms - t0) / 1000, one.values[name]]]
                : [],
            )
            .filter(([at = Number.NaN]) => at <= last);
        expect(seen('gap')).toEqual(seconds.map((at) => [at, 100 + at]));
        expect(seen('ratio')).toEqual(seconds.map((at) => [at, 200 - at]));
      } finally {
        clearInterval(timer);
        await source.stop();
        await proxy.close();
        await server.stop();
      }
    },
    120_000,
  );
});
