import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { influxSink } from '../../../src/config/sinks.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { pointsOf } from '../../../src/sinks/influx/points.ts';
import { createInfluxSink } from '../../../src/sinks/influx/sink.ts';
import { abstraction, observation, prediction, t0 } from './reports.ts';

const linesOf = (...args: Parameters<typeof pointsOf>) =>
  pointsOf(...args).map((point) => point.toLineProtocol());

describe('points', () => {
  test('carry figures in fields and names in tags; what is not known is left out', () => {
    expect(linesOf(observation(0), { curve: false })).toEqual([
      'observation,gauge=dry,line=a aggregated=F,confidence=0.9,gap_um=150,lane0_mg_cm2=22,lane1_mg_cm2=22.5,' +
        `mean_mg_cm2=22.25,run=3i,scan=0i ${t0}`,
    ]);
    expect(linesOf(abstraction, { curve: false })).toEqual([
      'abstraction,line=a,solver=exact error=0.35,lower_bound=0.35,observations=77i,reason="a \\"better\\" map",' +
        `ties=2,version=4i ${t0}`,
    ]);
  });

  test('of a prediction are the current run, and the curve where it is wanted', () => {
    expect(pointsOf(prediction(t0), { curve: false })).toHaveLength(1);
    const all = linesOf(prediction(t0), { curve: true });
    expect(all).toHaveLength(3);
    expect(all[1]).toBe(
      `curve,gap_um=147,line=a high90_mg_cm2=23,low90_mg_cm2=19,mean_mg_cm2=21,sd_mg_cm2=0.5 ${t0}`,
    );
    expect(all[2]).toContain('before_mean_mg_cm2=22');
  });
});

describe('the sink', () => {
  /** An HTTP server that answers as told and keeps what it accepted. */
  let server: Server;
  let url: string;
  let requests: { url: string; authorization: string | undefined; lines: string[] }[];
  let answer: (lines: string[]) => number;

  beforeEach(async () => {
    requests = [];
    answer = () => 204;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
        const lines = text.split('\n');
        requests.push({ url: request.url ?? '', authorization: request.headers.authorization, lines });
        response.writeHead(answer(lines)).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  const newSink = (settings: object = {}) =>
    createInfluxSink(
      influxSink.parse({
        type: 'influx',
        url,
        target: { version: '2', org: 'plant', bucket: 'coating', token: 'planted-secret' },
        flush_interval_ms: 5,
        retry: { initial_ms: 5, max_ms: 10 },
        ...settings,
      }),
      { clock: systemClock, log: silentLogger },
    );

  const scansIn = (lines: string[]) => lines.map((line) => Number(/scan=(\d+)i/.exec(line)?.[1]));

  test('writes in the order of the reports, in bounded batches, by the API of version 2', async () => {
    const sink = newSink({ batch_size: 10 });
    await sink.start();
    for (let scan = 0; scan < 25; scan++) sink.accept(observation(scan));
    await sink.stop();
    expect(requests.map(({ lines }) => lines.length)).toEqual([10, 10, 5]);
    expect(requests.flatMap(({ lines }) => scansIn(lines))).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(requests[0]).toMatchObject({
      url: '/api/v2/write?org=plant&bucket=coating&precision=ms',
      authorization: 'Token planted-secret',
    });
    expect(requests[0]?.lines[1]).toMatch(new RegExp(` ${t0 + 8000}$`));
    expect(sink.counters).toEqual({ delivered: 25, dropped: 0, refused: 0, queued: 0 });
  });

  test('speaks to version 1 with a database and a basic login', async () => {
    const sink = newSink({
      target: { version: '1', database: 'coating day', username: 'agent', password: 'pass' },
    });
    await sink.start();
    sink.accept(observation(1));
    await sink.stop();
    expect(requests[0]).toMatchObject({
      url: '/write?db=coating+day&precision=ms',
      authorization: `Basic ${Buffer.from('agent:pass').toString('base64')}`,
    });
  });

  test('keeps what could not be written until it can, once and in order', async () => {
    let failures = 0;
    answer = () => (failures++ < 3 ? 503 : 204);
    const sink = newSink({ batch_size: 4 });
    await sink.start();
    for (let scan = 0; scan < 6; scan++) sink.accept(observation(scan));
    await firstValueFrom(sink.status.pipe(filter(({ state }) => state === 'disconnected')));
    await firstValueFrom(sink.status.pipe(filter(({ state }) => state === 'connected')));
    await sink.stop();
    const written = requests.slice(3).flatMap(({ lines }) => scansIn(lines));
    expect(written).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('gives up a point that is refused for good, and none beside it', async () => {
    answer = (lines) => (scansIn(lines).includes(5) ? 400 : 204);
    const sink = newSink();
    await sink.start();
    for (let scan = 0; scan < 9; scan++) sink.accept(observation(scan));
    await sink.stop();
    const accepted = requests
      .filter(({ lines }) => !scansIn(lines).includes(5))
      .flatMap(({ lines }) => scansIn(lines));
    expect(accepted).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
    expect(sink.counters).toEqual({ delivered: 8, dropped: 0, refused: 1, queued: 0 });
  });

  test('never waits longer than allowed when it stops, and stays within its queue', async () => {
    server.close();
    const sink = newSink({ url: 'http://127.0.0.1:9', queue_size: 5, stop_within_ms: 50 });
    await sink.start();
    for (let scan = 0; scan < 8; scan++) sink.accept(observation(scan));
    await sink.stop();
    expect(sink.counters).toEqual({ delivered: 0, dropped: 3, refused: 0, queued: 5 });
  });

  test('writes the curve now and then only', async () => {
    const sink = newSink({ curve_every_s: 60 });
    await sink.start();
    for (const seconds of [0, 8, 59, 60]) sink.accept(prediction(t0 + seconds * 1000));
    await sink.stop();
    const lines = requests.flatMap((request) => request.lines);
    expect(lines.filter((line) => line.startsWith('curve'))).toHaveLength(4);
    expect(lines.filter((line) => line.startsWith('prediction'))).toHaveLength(4);
  });
});
