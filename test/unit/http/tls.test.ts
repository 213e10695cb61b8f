import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { httpSchema } from '../../../src/config/http.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { requireProgram } from '../../support/real.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = fakeLine(1);
const serverWith = (tls: { certificate: string; key: string }) =>
  createHttpServer(httpSchema.parse({ port: 0, tls }), {
    clock: new VirtualClock(0),
    log: silentLogger,
    lines: line.directory,
    advisor: line.advisor,
    pageFolder: folder,
  });

describe('TLS', () => {
  it.skipIf(!requireProgram('openssl'))('serves the API to those who trust its certificate', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
    execFileSync('openssl', [...words, '-subj', '/CN=agent', '-addext', 'subjectAltName=IP:127.0.0.1'], {
      stdio: 'ignore',
    });
    const pem = { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    const server = serverWith(pem);
    await server.start();
    expect(server.url).toMatch(/^https:/);
    const status = (ca?: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get(new URL('/api/v1/lines', server.url), { ...(ca && { ca }), agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on('error', reject);
      });
    expect(await status(pem.certificate)).toBe(200);
    await expect(status()).rejects.toThrow(/self-signed/);
    await server.stop();
  });

  it('says at the start what it can’t use', async () => {
    const server = serverWith({ certificate: 'no certificate', key: 'no key' });
    await expect(server.start()).rejects.toThrow("http.tls: can't be used");
  });
});
