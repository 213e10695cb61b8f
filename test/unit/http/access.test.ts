import { afterAll, describe, expect, it } from 'vitest';
import type { AlarmsDocument, MeDocument } from '../../../src/core/api-alarms.ts';
import { type HttpInstance, httpInstance } from '../../support/http-instance.ts';

const operator = 'operator-token-of-32-characters-x';
const reader = 'reader-token-of-32-characters-xyz';
const operators = [{ name: 'Ada', token: operator }];
const readers = [{ name: 'Wall panel', token: reader }];
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const open: HttpInstance[] = [];
async function start(config: object): Promise<HttpInstance> {
  const instance = await httpInstance({ rate_limit: { requests_per_min: 100_000 }, ...config }, 40);
  open.push(instance);
  return instance;
}
afterAll(() => Promise.all(open.map(({ server }) => server.close())));

const acknowledge = (headers: Record<string, string> = {}, body: object = { alarm: 'prediction-drift' }) =>
  ({
    method: 'POST',
    url: '/api/v1/lines/coater-1/alarms/acknowledge',
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  }) as const;

describe('a route', () => {
  /** What each route says to each method without a token; the stream of events never answers, so it is left out. */
  async function table({ server, routes }: HttpInstance) {
    const urls = [...new Set(routes.map(({ url }) => url))].filter((url) => !url.endsWith('/events'));
    const rows = [];
    for (const url of urls) {
      const statuses: Record<string, number> = {};
      for (const method of methods) {
        const payload = ['GET', 'HEAD', 'OPTIONS'].includes(method)
          ? {}
          : { payload: { alarm: 'prediction-drift' } };
        const answer = await server.inject({ method, url: url.replace(':line', 'coater-1'), ...payload });
        statuses[method] = answer.statusCode;
      }
      rows.push({ url, statuses, known: routes.filter((route) => route.url === url) });
    }
    return rows;
  }

  it.each([
    ['on a loopback address', { operators }, true],
    ['with readers', { operators, readers }, false],
    ['beyond loopback', { host: '0.0.0.0', operators }, false],
    ['beyond loopback, said to be open', { host: '0.0.0.0', operators, open: true }, true],
  ])(
    'that would change something is refused without a token: %s',
    async (name, config, readable) => {
      const instance = await start(config);
      const rows = await table(instance);
      console.log(`${name}, without a token\n${written(rows)}`);
      expect(rows.length).toBeGreaterThanOrEqual(19);
      for (const { url, statuses, known } of rows)
        for (const method of methods) {
          const route = known.find((found) => found.method === method);
          const status = statuses[method]!;
          const asked = `${method} ${url}`;
          if (!route) expect(status, asked).toBe(404);
          else if (route.access === 'operate') expect(status, asked).toBe(401);
          else if (route.access === 'read' && !readable) expect(status, asked).toBe(401);
          else expect([200, 400], asked).toContain(status);
          if (method !== 'GET' && method !== 'HEAD') expect([401, 404], asked).toContain(status);
        }
      expect(instance.desk.actions).toEqual([]);
    },
    20_000,
  );

  it('whose events need a token says so', async () => {
    const { server } = await start({ readers });
    const answer = await server.inject('/api/v1/lines/coater-1/events');
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });
});

const written = (rows: readonly { url: string; statuses: Record<string, number> }[]) =>
  [
    `${'route'.padEnd(48)}${methods.map((method) => method.padStart(8)).join('')}`,
    ...rows.map(
      ({ url, statuses }) =>
        url.padEnd(48) + methods.map((method) => String(statuses[method]).padStart(8)).join(''),
    ),
  ].join('\n');

describe('a token', () => {
  it('lets an operator change, a reader read, and nobody else do either', async () => {
    const { server, desk } = await start({ operators, readers });
    expect((await server.inject(acknowledge(bearer(reader)))).statusCode).toBe(403);
    expect((await server.inject(acknowledge(bearer(`${operator}x`)))).statusCode).toBe(401);
    expect((await server.inject(acknowledge({ authorization: `Basic ${operator}` }))).statusCode).toBe(401);
    expect(desk.actions).toEqual([]);
    for (const token of [operator, reader])
      expect((await server.inject({ url: '/api/v1/lines', headers: bearer(token) })).statusCode).toBe(200);
    const done = await server.inject(acknowledge(bearer(operator)));
    expect(done.statusCode).toBe(200);
    expect(done.json<AlarmsDocument>().alarms).toMatchObject([{ state: 'ACKED', by: 'Ada' }]);
  });

  it('is refused in the address and in a cookie', async () => {
    const { server } = await start({ readers });
    expect((await server.inject(`/api/v1/lines?token=${reader}`)).statusCode).toBe(401);
    const cookie = await server.inject({ url: '/api/v1/lines', headers: { cookie: `token=${reader}` } });
    expect(cookie.statusCode).toBe(401);
  });

  it('says whose it is', async () => {
    const { server } = await start({ operators, readers });
    const me = async (headers: Record<string, string>) =>
      (await server.inject({ url: '/api/v1/me', headers })).json<MeDocument>();
    expect(await me(bearer(operator))).toEqual({ name: 'Ada', role: 'operator' });
    expect(await me(bearer(reader))).toEqual({ name: 'Wall panel', role: 'reader' });
  });

  it('can be guessed at only so often, and then not even a right one helps', async () => {
    const { server } = await start({ operators, rate_limit: { failed_sign_ins_per_min: 3 } });
    const status = async (token: string) => (await server.inject(acknowledge(bearer(token)))).statusCode;
    expect(await status(operator)).toBe(200);
    for (let i = 0; i < 3; i++) expect(await status(`wrong-${i}-wrong-wrong`)).toBe(401);
    expect(await status('wrong-4-wrong-wrong')).toBe(429);
    expect(await status(operator)).toBe(429);
  });
});

describe('requests', () => {
  it('are limited by address, the refused and the lost ones too', async () => {
    const { server } = await start({ readers, rate_limit: { requests_per_min: 10 } });
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await server.inject('/api/v1/lines')).statusCode);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await server.inject('/api/v1/nothing')).statusCode).toBe(429);
    const other = await server.inject({ url: '/live', remoteAddress: '192.0.2.7' });
    expect(other.statusCode).toBe(200);
  });

  it('that change something have a smaller limit of their own', async () => {
    const { server } = await start({ operators, rate_limit: { changes_per_min: 2 } });
    const statuses = [];
    for (let i = 0; i < 3; i++)
      statuses.push((await server.inject(acknowledge(bearer(operator)))).statusCode);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await server.inject('/api/v1/lines')).statusCode).toBe(200);
  });

  it.each([
    ['too large', { alarm: 'prediction-drift', comment: 'x'.repeat(9_000) }, 413],
    ['no object', [], 400],
    ['of an alarm that does not exist', { alarm: 'nothing' }, 400],
    ['with a name that is none', { alarm: '' }, 400],
    ['with a key that is none', { alarm: 'prediction-drift', by: 'somebody else' }, 400],
  ])('whose body is %s change nothing', async (_name, body, status) => {
    const { server, desk } = await start({ operators });
    expect((await server.inject(acknowledge(bearer(operator), body))).statusCode).toBe(status);
    expect(desk.actions).toEqual([]);
  });

  it('with a body that is no JSON change nothing', async () => {
    const { server, desk } = await start({ operators });
    for (const [type, payload] of [
      ['application/json', '{'],
      ['application/json', '{"__proto__": {"alarm": "x"}}'],
      ['text/plain', 'alarm=prediction-drift'],
      ['application/x-www-form-urlencoded', 'alarm=prediction-drift'],
    ] as const) {
      const headers = { ...bearer(operator), 'content-type': type };
      const answer = await server.inject({ ...acknowledge(headers), payload });
      expect([400, 415], payload).toContain(answer.statusCode);
    }
    expect(desk.actions).toEqual([]);
  });

  it('never have what they say put into a page or a path', async () => {
    const { server } = await start({ operators });
    const nasty = [
      ['$', '{7*7}'].join(''),
      '{{7*7}}',
      '<script>alert(1)</script>',
      '..%2f..%2fetc%2fpasswd',
      '%00',
      '#{7*7}',
    ];
    for (const text of nasty)
      for (const url of [
        `/api/v1/lines/${encodeURIComponent(text)}/state`,
        `/api/v1/lines/coater-1/predict?gap=${encodeURIComponent(text)}`,
        `/${encodeURIComponent(text)}`,
        `/assets/${text}`,
      ]) {
        const answer = await server.inject(url.replaceAll('#', '%23').replaceAll('<', '%3C'));
        expect([400, 404], url).toContain(answer.statusCode);
        expect(answer.headers['content-type'], url).toMatch(/^application\/json/);
        expect(answer.headers['x-content-type-options'], url).toBe('nosniff');
        expect(answer.body, url).not.toMatch(/\b49\b|root:/);
      }
  });
});

describe('an action', () => {
  it('is told with who, what and when, and how long', async () => {
    const { server, desk, clock } = await start({ operators });
    const shelve = { alarm: 'prediction-drift', minutes: 30, comment: 'new slurry' };
    const answer = await server.inject({
      ...acknowledge(bearer(operator), shelve),
      url: '/api/v1/lines/coater-1/alarms/shelve',
    });
    expect(answer.statusCode).toBe(200);
    expect(desk.actions).toEqual([
      {
        kind: 'action',
        line: 'coater-1',
        time_ms: clock.now_ms(),
        action: 'shelve',
        alarm: 'prediction-drift',
        subject: '',
        by: 'Ada',
        comment: 'new slurry',
        until_ms: clock.now_ms() + 30 * 60_000,
      },
    ]);
  });
});
