import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSchema } from '../../../src/config/http.ts';
import type {
  AdviceDocument,
  ErrorDocument,
  HealthDocument,
  LineState,
  LinesDocument,
  PredictDocument,
} from '../../../src/core/api.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { ConfigError, RetryableError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createHttpServer, type HttpServer } from '../../../src/http/server.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { MemoryHistory } from '../../support/memory-past.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-page-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
writeFileSync(join(folder, 'assets', 'main-1a2b.js'), 'export const x = 1;');
writeFileSync(join(folder, '..', 'gapwise-outside.html'), 'secret');

const line = fakeLine(7);
const clock = new VirtualClock(0);
let server: HttpServer;

const parts = { clock, log: silentLogger, lines: line.directory, advisor: line.advisor, pageFolder: folder };
const config = (changes: object = {}) => httpSchema.parse({ port: 0, ...changes });

beforeAll(async () => {
  server = createHttpServer(config(), parts);
  await server.start();
  for (let i = 0; i < 120; i++) for (const report of line.step()) server.accept(report);
});
afterAll(() => server.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, server.url), { headers });
const json = async <T>(path: string) => (await (await get(path)).json()) as T;
const refused = async (path: string) => {
  const answer = await get(path);
  return { status: answer.status, ...((await answer.json()) as ErrorDocument).error };
};

/** A request exactly as written: fetch would tidy up the path and the Host header. */
const raw = (request: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.end(request);
  });

describe('API', () => {
  it('lists the lines', async () => {
    const { lines } = await json<LinesDocument>('/api/v1/lines');
    expect(lines).toEqual([{ line: 'coater-1', title: 'Coater 1', time_ms: expect.any(Number) }]);
  });

  it('tells a state whose parts agree', async () => {
    const state = await json<LineState>('/api/v1/lines/coater-1/state');
    expect(state.profiles.scan).toHaveLength(120);
    expect(Buffer.from(state.profiles.data, 'base64')).toHaveLength(120 * 800 * 2);
    const dropped = state.dropped.reduce((sum, tally) => sum + tally.count, 0);
    expect(state.scans.length + dropped).toBe(120);
    const measured = state.runs.reduce((sum, run) => sum + (run.measured?.scans ?? 0), 0);
    expect(measured).toBe(state.scans.length);
    expect(state.curve!.gap_um).toHaveLength(75);
    expect(state.lab.map((point) => point.n)).toEqual([40, 8, 8, 48, 56, 48]);
    expect(state.adapters.map((adapter) => adapter.adapter)).toEqual(['opcua', 'mqtt', 'influx']);
  });

  it('answers with the predictions of the model, one for each gap in the order asked', async () => {
    const document = await json<PredictDocument>('/api/v1/lines/coater-1/predict?gap=140,%20120.5');
    const direct = await line.advisor.predict('coater-1', [140, 120.5]);
    expect(document.predictions.map((p) => p.gap_um)).toEqual([140, 120.5]);
    expect(document.predictions.map((p) => p.mean_mg_cm2)).toEqual(direct.answer.map((p) => p.mean_mg_cm2));
    expect(document.predictions[0]!.interval90).toEqual(direct.answer[0]!.interval90_mg_cm2);
    expect(document.predictions[0]!.version).toBe(direct.version);
  });

  it('advises a gap whose prediction is the wanted loading', async () => {
    const advice = await json<AdviceDocument>('/api/v1/lines/coater-1/advise?loading=22.5&tolerance=0.5');
    const check = await json<PredictDocument>(`/api/v1/lines/coater-1/predict?gap=${advice.gap_um}`);
    expect(check.predictions[0]!.mean_mg_cm2).toBeCloseTo(22.5, 6);
    expect(advice.inTolerance).toBeGreaterThan(0);
    const without = await json<AdviceDocument>('/api/v1/lines/coater-1/advise?loading=22.5');
    expect(without.inTolerance).toBeNull();
  });

  it.each([
    ['predict', 'query.gap', 'is missing'],
    ['predict?gap=', 'query.gap', '"" can\'t be used'],
    ['predict?gap=120,abc', 'query.gap', '"120,abc" can\'t be used'],
    ['predict?gap=-5', 'query.gap', '"-5" can\'t be used'],
    ['predict?gap=1e999', 'query.gap', '"1e999" can\'t be used'],
    ['predict?gap=120,9.9', 'query.gap', '9.9 µm is no gap of this machine'],
    ['predict?gap=1000.1', 'query.gap', '1000.1 µm is no gap of this machine'],
    ['next?at=9', 'query.at', '9 µm is no gap of this machine'],
    ['predict?gab=120', 'query.gap', 'is missing'],
    ['predict?gap=120&unit=mm', 'query.unit', 'no such parameter'],
    ['advise?tolerance=1', 'query.loading', 'is missing'],
    ['advise?loading=-1', 'query.loading', expect.stringContaining('>0')],
    ['advise?loading=61', 'query.loading', 'no gap gives so heavy a coating'],
  ])('refuses %s, saying where and what', async (query, where, what) => {
    expect(await refused(`/api/v1/lines/coater-1/${query}`)).toMatchObject({ status: 400, where, what });
  });

  it('answers for both ends of the gaps that can be set', async () => {
    const { limits } = await json<LineState>('/api/v1/lines/coater-1/state');
    expect(limits.gap_um).toEqual([10, 1000]);
    const { predictions } = await json<PredictDocument>('/api/v1/lines/coater-1/predict?gap=10,1000');
    expect(predictions.map(({ gap_um }) => gap_um)).toEqual([10, 1000]);
  });

  it('keeps to the gaps that can be set on the line in question, and tells its page', async () => {
    const describe = (name: string) => {
      const described = line.directory.describe(name);
      return described && { ...described, gapRange_um: [50, 1500] as const };
    };
    const other = createHttpServer(config(), { ...parts, lines: { ...line.directory, describe } });
    await other.start();
    const ask = (path: string) => fetch(new URL(`/api/v1/lines/coater-1/${path}`, other.url));
    const state = (await (await ask('state')).json()) as LineState;
    expect(state.limits.gap_um).toEqual([50, 1500]);
    expect((await ask('predict?gap=1500')).status).toBe(200);
    const refusal = await ask('predict?gap=49');
    expect(refusal.status).toBe(400);
    expect(((await refusal.json()) as ErrorDocument).error.allowed).toBe('comma gaps from 50 to 1500 µm');
    await other.stop();
  });

  it('passes on whether a next gap is worth the material', async () => {
    for (const worthwhile of [true, false]) {
      const answer = { gap_um: 120, sdNow_mg_cm2: 0.5, sdAfter_mg_cm2: 0.4, worthwhile };
      const advisor = { ...line.advisor, nextGap: () => ({ version: 'v', answer }) };
      const other = createHttpServer(config(), { ...parts, advisor });
      await other.start();
      const said = await fetch(new URL('/api/v1/lines/coater-1/next?at=100', other.url));
      expect(await said.json()).toMatchObject({ gap_um: 120, worthwhile });
      await other.stop();
    }
  });

  it('says 404 with the names that exist for a line that does not', async () => {
    expect(await refused('/api/v1/lines/coater-9/state')).toMatchObject({ status: 404, allowed: 'coater-1' });
  });

  it('says 503 while there is no model yet', async () => {
    const advisor = {
      ...line.advisor,
      predict: () => {
        throw new RetryableError('the line has no model yet');
      },
    };
    const other = createHttpServer(config(), { ...parts, advisor });
    await other.start();
    const answer = await fetch(new URL('/api/v1/lines/coater-1/predict?gap=100', other.url));
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as ErrorDocument).error.what).toBe('the line has no model yet');
    await other.stop();
  });

  it('says 501 for the next gap where the model can’t tell', async () => {
    const { nextGap: _, ...advisor } = line.advisor;
    const other = createHttpServer(config(), { ...parts, advisor });
    await other.start();
    const answer = await fetch(new URL('/api/v1/lines/coater-1/next?at=100', other.url));
    expect(answer.status).toBe(501);
    await other.stop();
  });

  it('counts and leaves out reports of a line that is not configured', async () => {
    const stranger = fakeLine(1, 'coater-2');
    for (const report of stranger.step()) server.accept(report);
    const health = await json<HealthDocument>('/api/v1/health');
    expect(health.reports_of_unknown_lines).toBeGreaterThan(0);
    expect(health.status).toBe('degraded'); // the fake line's Influx sink is behind
    expect(health.reasons).toEqual(['coater-1: influx is degraded, 412 points wait on the disk']);
  });

  it('is live at once, ready once all has started, and says what it is degraded by', async () => {
    let started = false;
    const health = [{ troubles: () => ['the disk is full'] }];
    const other = createHttpServer(config(), { ...parts, health, ready: () => started });
    await other.start();
    const ask = async (path: string) => {
      const answer = await fetch(new URL(path, other.url));
      return `${answer.status} ${(await answer.text()).trim()}`;
    };
    expect(await ask('live')).toBe('200 live');
    expect(await ask('ready')).toBe('503 starting');
    started = true;
    expect(await ask('ready')).toBe('200 ready, degraded');
    const document = (await (await fetch(new URL('api/v1/health', other.url))).json()) as HealthDocument;
    expect(document).toMatchObject({ status: 'degraded', reasons: ['the disk is full'] });
    await other.stop();
  });

  it('counts what it answers, for Prometheus', async () => {
    await get('/api/v1/nothing');
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
    const text = await answer.text();
    expect(text).toMatch(/gapwise_http_requests_total\{method="GET",status="404"\} [1-9]/);
    expect(text).toContain('gapwise_http_clients 0');
  });
});

describe('events', () => {
  it('continue the state without a hole and without a repetition', async () => {
    const stop = new AbortController();
    const events = await fetch(new URL('/api/v1/lines/coater-1/events', server.url), { signal: stop.signal });
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    expect(events.headers.get('content-security-policy')).toContain("default-src 'none'");
    const state = await json<LineState>('/api/v1/lines/coater-1/state');
    for (const report of line.step()) server.accept(report);
    clock.advanceTo(clock.now_ms() + 100);
    for (const report of line.step()) server.accept(report);
    clock.advanceTo(clock.now_ms() + 100);

    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of events.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if ((text.match(/\n\n/g) ?? []).length >= 3) break;
    }
    stop.abort();
    const batches = [...text.matchAll(/event: batch\ndata: (.*)\n\n/g)].map((match) => JSON.parse(match[1]!));
    expect(batches.map((batch) => batch.sequence)).toEqual([state.sequence + 1, state.sequence + 2]);
    const last = state.profiles.scan.at(-1)!;
    expect(batches.map((batch) => batch.profiles.scan)).toEqual([[last + 1], [last + 2]]);
  });

  it('are refused to more pages than configured', async () => {
    const other = createHttpServer(config({ max_clients: 1 }), parts);
    await other.start();
    const url = new URL('/api/v1/lines/coater-1/events', other.url);
    const stop = new AbortController();
    const first = await fetch(url, { signal: stop.signal });
    expect(first.status).toBe(200);
    expect((await fetch(url)).status).toBe(503);
    stop.abort();
    await other.stop();
  });
});

describe('page', () => {
  it('is served with a policy that allows nothing from elsewhere and no inline script', async () => {
    const answer = await get('/');
    expect(await answer.text()).toContain('<title>page</title>');
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('lets hashed files be cached for good and revalidates the rest', async () => {
    const script = await get('/assets/main-1a2b.js');
    expect(script.headers.get('cache-control')).toContain('immutable');
    const index = await get('/');
    const again = await get('/', { 'if-none-match': index.headers.get('etag')! });
    expect(again.status).toBe(304);
  });

  it.each([
    '/../gapwise-outside.html',
    '/..%2fgapwise-outside.html',
    '/assets/../../gapwise-outside.html',
    '/%2e%2e/gapwise-outside.html',
    '/assets',
  ])('has no file outside its list: %s', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(answer).not.toContain('secret');
  });

  it('does not answer to a foreign name on a loopback address', async () => {
    const ask = (host: string) =>
      raw(`GET /api/v1/lines HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask('evil.example')).toMatch(/^HTTP\/1.1 421 /);
    expect(await ask('localhost:8080')).toMatch(/^HTTP\/1.1 200 /);
    expect(await ask('[::1]:8080')).toMatch(/^HTTP\/1.1 200 /);
  });

  it('says how to build it where it is missing', async () => {
    const other = createHttpServer(config(), { ...parts, pageFolder: join(folder, 'nothing') });
    await other.start();
    const answer = await fetch(other.url);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('npm run build:page');
    await other.stop();
  });
});

describe('start', () => {
  it('says in words that the port is taken', async () => {
    const taken = Number(new URL(server.url).port);
    const other = createHttpServer(config({ port: taken }), parts);
    await expect(other.start()).rejects.toThrow(ConfigError);
    await expect(other.start()).rejects.toThrow(
      `http.port: port ${taken} is in use by another program (allowed: a free port, or 0 for any free one)`,
    );
  });

  it('knows the past once, however often it starts', async () => {
    const past = fakeLine(3);
    const history = new MemoryHistory();
    for (let i = 0; i < 60; i++) for (const report of past.step()) history.keep(report);
    const other = createHttpServer(config(), { ...parts, lines: past.directory, history });
    const scans = async () => {
      await other.start();
      const answer = await fetch(new URL('/api/v1/lines/coater-1/state', other.url));
      await other.stop();
      return ((await answer.json()) as LineState).scans.map(({ scan }) => scan);
    };
    const known = history.read({ line: 'coater-1', kinds: ['observation'] }).length;
    expect(known).toBeGreaterThan(10);
    expect(await scans()).toHaveLength(known);
    expect(await scans()).toHaveLength(known);
  });

  it('stops while a page is open', async () => {
    const other = createHttpServer(config(), parts);
    await other.start();
    const events = await fetch(new URL('/api/v1/lines/coater-1/events', other.url));
    await other.stop();
    await expect(events.text()).rejects.toThrow();
  });
});
