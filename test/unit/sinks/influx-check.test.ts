import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { influxSink } from '../../../src/config/sinks.ts';
import { checkInfluxSink } from '../../../src/sinks/influx/check.ts';

let server: Server;
let url: string;
let asked: { url: string | undefined; authorization: string | undefined }[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    // The status that the database's name asks for, as the real ones would answer an empty write.
    const status = Number(/(?:db|bucket)=s(\d+)/.exec(request.url ?? '')?.[1]);
    response.writeHead(status).end(status === 204 ? undefined : 'words of the server');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

const check = (target: object, more: object = {}) =>
  checkInfluxSink(influxSink.parse({ type: 'influx', url, target, ...more }));

test.each([
  [204, 'ok', /takes writes/],
  [400, 'ok', /takes writes/],
  [401, 'failed', /not allowed/],
  [404, 'failed', /not there/],
  [500, 'failed', /answers 500: words of the server/],
])('an answer of %i is %s', async (status, level, words) => {
  const [finding] = await check({ version: '1', database: `s${status}`, username: 'a', password: 'b' });
  expect(finding?.level).toBe(level);
  expect(finding?.detail).toMatch(words);
  expect(asked).toEqual([{ url: `/write?db=s${status}&precision=ms`, authorization: 'Basic YTpi' }]);
});

test('asks version 2 with its token, and tells a port where nothing listens', async () => {
  const target = { version: '2', org: 'plant', bucket: 's204', token: 'planted-secret' };
  expect((await check(target))[0]?.level).toBe('ok');
  expect(asked[0]).toMatchObject({ authorization: 'Token planted-secret' });
  server.close();
  await once(server, 'close');
  const [finding] = await check(target);
  expect(finding).toMatchObject({
    level: 'failed',
    detail: 'the host is there, but nothing listens on this port',
  });
  expect(JSON.stringify(finding)).not.toContain('planted-secret');
});
