import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opcUaSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { checkOpcUaSource } from '../../src/sources/opcua/check.ts';
import { freePort } from './mqtt-broker.ts';
import { coaterUri, startOpcUaServer, type TestServer } from './opcua-server.ts';

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-user-'));
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=gapwise agent'];
  execFileSync('openssl', [...args, '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'user.pem')], {
    stdio: 'ignore',
  });
  // With users there is no anonymous log-in: who gets in has been let in.
  server = await startOpcUaServer({
    port: await freePort(),
    pkiFolder: join(folder, 'server-pki'),
    users: { somebody: 'else' },
  });
  server.set('Gap', 150, Date.UTC(2020, 10, 4));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const check = (identity: object) =>
  checkOpcUaSource(
    opcUaSource.parse({
      type: 'opcua',
      endpoint: server.endpoint,
      security: { mode: 'none', policy: 'none' },
      tags: { gap: { node: `nsu=${coaterUri};s=Gap` } },
      ...identity,
    }),
    { clock: systemClock, log: silentLogger, certificatesFolder: join(folder, 'own') },
  );

test('logs in with the certificate of a user; anonymous clients stay out', async () => {
  const files = { certificate_file: join(folder, 'user.pem'), key_file: join(folder, 'key.pem') };
  const findings = await check({ user_certificate: files });
  expect(findings.find(({ subject }) => subject === 'log-in')).toMatchObject({ level: 'ok' });
  expect(findings.find(({ subject }) => subject === 'tag gap')).toMatchObject({ level: 'ok' });
  expect((await check({})).at(-1)).toMatchObject({ subject: 'endpoint', level: 'failed' });
});

test('a certificate without its own key, or that is none, does not get in', async () => {
  const other = join(folder, 'other.pem');
  execFileSync('openssl', ['genrsa', '-out', other, '2048'], { stdio: 'ignore' });
  const foreign = await check({
    user_certificate: { certificate_file: join(folder, 'user.pem'), key_file: other },
  });
  expect(foreign.at(-1)).toMatchObject({ subject: 'log-in', level: 'failed' });
  const text = join(folder, 'text.pem');
  writeFileSync(text, 'hello');
  const none = await check({ user_certificate: { certificate_file: text, key_file: other } });
  expect(none.at(-1)).toMatchObject({ subject: 'log-in', level: 'failed', advice: 'check user_certificate' });
});
