import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { httpSchema } from '../../src/config/http.ts';
import { parseConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ConfigError, GapwiseError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { seededRandom } from '../../src/core/random.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { readLabTable } from '../../src/sources/tables/lab.ts';
import { fakeLine } from '../support/fake-line.ts';
import { mutated, mutations, mutationTime_ms } from '../unit/sources/mqtt/mutations.ts';

/** Runs `attempt` on mutated texts; returns how often each outcome came. What never ends runs into the test's own limit. */
function campaign(samples: readonly string[], count: number, attempt: (bytes: Buffer) => string) {
  const random = seededRandom(1);
  const outcomes = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const bytes = mutated(Buffer.from(samples[i % samples.length] as string), random);
    const outcome = attempt(bytes);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return Object.fromEntries(outcomes);
}

describe('broken input', () => {
  it(
    'of a configuration is refused in words, whatever it is',
    () => {
      const samples = ['config/example.yaml', 'config/demo.yaml', 'config/recorded-wmg.yaml'].map((file) =>
        readFileSync(file, 'utf8'),
      );
      const environment = new Proxy({}, { get: () => 'a-secret-that-is-planted' });
      const outcomes = campaign(samples, mutations(3_000), (bytes) => {
        try {
          parseConfig(bytes.toString('utf8'), 'mutated.yaml', tmpdir(), environment);
          return 'taken';
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.message).toMatch(/^mutated\.yaml: /);
          expect(error.message).not.toContain('planted');
          return 'refused';
        }
      });
      expect(outcomes['refused']).toBeGreaterThan(0);
      expect(outcomes['taken']).toBeGreaterThan(0);
    },
    mutationTime_ms,
  );

  it(
    'of a lab table is refused with its place, or read',
    () => {
      const samples = [
        readFileSync('config/lab/lrcs-cunha-2020.csv', 'utf8').slice(0, 2_000),
        'gap_um;loading_mg_cm2\n100;10,4\n200;21,8\n',
      ];
      const file = join(tmpdir(), `gapwise-fuzz-${process.pid}.csv`);
      const outcomes = campaign(samples, mutations(3_000), (bytes) => {
        writeFileSync(file, bytes);
        try {
          const { groups } = readLabTable(file, { columns: {}, where: [] });
          for (const { mean_mg_cm2, gap_um } of groups) {
            expect(Number.isFinite(mean_mg_cm2) && gap_um > 0).toBe(true);
          }
          return 'taken';
        } catch (error) {
          if (!(error instanceof GapwiseError)) throw error;
          return 'refused';
        }
      });
      expect(outcomes['refused']).toBeGreaterThan(0);
      expect(outcomes['taken']).toBeGreaterThan(0);
    },
    mutationTime_ms,
  );

  it(
    'to the HTTP API never leads to a fault of the server, and it goes on answering',
    async () => {
      const line = fakeLine(7);
      const pageFolder = mkdtempSync(join(tmpdir(), 'gapwise-fuzz-'));
      writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><title>page</title>');
      const server = createHttpServer(
        httpSchema.parse({
          port: 0,
          rate_limit: { requests_per_min: 10_000_000, changes_per_min: 10_000_000 },
          operators: [{ name: 'planted', token: 'a-secret-that-is-planted' }],
        }),
        { clock: systemClock, log: silentLogger, lines: line.directory, advisor: line.advisor, pageFolder },
      );
      await server.start();
      for (let i = 0; i < 50; i++) for (const report of line.step()) server.accept(report);
      const port = Number(new URL(server.url).port);
      const name = line.directory.lines()[0] as string;
      const samples = [
        `GET /api/v1/lines/${name}/predict?gap=120,140 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
        `GET /api/v1/lines/${name}/advise?loading=22.5&tolerance=0.5 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
        `GET /api/v1/lines/${name}/state HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
        `POST /api/v1/lines/${name}/alarms HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{"action":"acknowledge"`,
        'GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
      ];
      const random = seededRandom(2);
      const statuses = new Map<string, number>();
      const one = async (i: number) => {
        const answer = await exchange(
          port,
          mutated(Buffer.from(samples[i % samples.length] as string), random),
        );
        expect(answer).not.toContain('planted');
        const status = /^HTTP\/1\.1 (\d)/.exec(answer)?.[1] ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      };
      const count = mutations(2_000);
      for (let i = 0; i < count; i += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, k) => one(i + k)));
      }
      const healthy = await fetch(new URL('/api/v1/health', server.url));
      await server.stop();
      expect(healthy.status).toBe(200);
      expect(statuses.get('5')).toBeUndefined();
      expect(statuses.get('4')).toBeGreaterThan(0);
      expect(statuses.get('2')).toBeGreaterThan(0);
    },
    mutationTime_ms,
  );
});

/** Sends the bytes as they are and then ends its side; resolves with the first part of the answer. */
const exchange = (port: number, request: Buffer): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk: Buffer) => {
      if (text.length < 2_000) text += chunk.toString('latin1');
      // An event stream has no end of its own.
      if (text.includes('text/event-stream')) done();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.end(request);
  });
