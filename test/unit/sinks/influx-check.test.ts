import { afterEach, describe, expect, test } from 'vitest';
import { influxSink } from '../../../src/config/sinks.ts';
import { checkInfluxSink, openSecrets } from '../../../src/sinks/influx/check.ts';
import { InfluxStandIn, type StandInSettings } from './influx-stand-in.ts';

let server: InfluxStandIn;
afterEach(() => server.stop());

async function standIn(settings: StandInSettings): Promise<string> {
  server = new InfluxStandIn(settings);
  return server.start();
}

const check = (url: string, target: object) =>
  checkInfluxSink(influxSink.parse({ type: 'influx', url, target, timeout_ms: 2000 }));

const target2 = { version: '2', org: 'plant', bucket: 'coating', token: 'planted-secret' };
const settings2: StandInSettings = { version: '2', org: 'plant', authorization: 'Token planted-secret' };

test('says which server it is, and that it takes writes', async () => {
  expect(await check(await standIn(settings2), target2)).toEqual([
    { subject: 'server', level: 'ok', detail: 'InfluxDB 2.7.12' },
    { subject: 'bucket coating', level: 'ok', detail: 'takes writes' },
  ]);
  expect(server.breaches).toEqual([]);
  expect(server.points.size).toBe(0);
});

describe('what is wrong, in words', () => {
  test.each([
    ['a token that is not let in', { ...target2, token: 'planted' }, /not allowed \(401\)/, /token/],
    ['a bucket that is not there', { ...target2, bucket: 'x' }, /not there \(404\)/, /create it/],
    ['an organisation that is not there', { ...target2, org: 'x' }, /organization not found/, /correct/],
  ])('%s', async (_, target, detail, advice) => {
    const findings = await check(await standIn(settings2), target);
    expect(findings.at(-1)).toMatchObject({ level: 'failed' });
    expect(findings.at(-1)?.detail).toMatch(detail);
    expect(findings.at(-1)?.advice).toMatch(advice);
    expect(JSON.stringify(findings)).not.toContain('planted');
  });

  test('another version than the target says', async () => {
    const url = await standIn({ version: '3', places: ['coating'] });
    const [server, place] = await check(url, { version: '1', database: 'coating' });
    expect(server).toMatchObject({ level: 'warning', advice: 'try version "3"' });
    expect(place).toMatchObject({ level: 'failed' });
  });

  test('a database that the first write will create', async () => {
    const url = await standIn({ version: '1', places: [] });
    const target = { version: '1', database: 'new' };
    expect((await check(url, target)).at(-1)?.level).toBe('failed');
    expect((await check(url, { ...target, create_database: true })).at(-1)?.level).toBe('warning');
    expect(server.places.size).toBe(0);
  });

  test('a server in trouble', async () => {
    const url = await standIn(settings2);
    server.trouble = 500;
    expect((await check(url, target2)).at(-1)).toMatchObject({ level: 'failed' });
    expect((await check(url, target2)).at(-1)?.detail).toMatch(/answers 500/);
  });

  test('a port where nothing listens', async () => {
    const url = await standIn(settings2);
    await server.stop();
    expect(await check(url, target2)).toMatchObject([
      { level: 'failed', detail: 'the host is there, but nothing listens on this port' },
    ]);
  });

  test('a token that travels in the open', () => {
    const settings = (url: string) => influxSink.parse({ type: 'influx', url, target: target2 });
    expect(openSecrets(settings('http://10.0.0.5:8086'))).toMatchObject([{ level: 'warning' }]);
    expect(openSecrets(settings('https://10.0.0.5:8086'))).toEqual([]);
    expect(openSecrets(settings('http://[::1]:8086'))).toEqual([]);
  });
});
