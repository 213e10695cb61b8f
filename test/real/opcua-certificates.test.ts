import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, map, timeout } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opcUaSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { type LogFields, silentLogger } from '../../src/core/logger.ts';
import type { LineMessage, Outage } from '../../src/core/messages.ts';
import { certificatesFolder } from '../../src/sources/opcua/certificate-folder.ts';
import { decide, listCertificates } from '../../src/sources/opcua/certificates.ts';
import { createOpcUaSource } from '../../src/sources/opcua/source.ts';
import { thumbprintOf } from '../../src/sources/opcua/thumbprint.ts';
import { freePort } from './mqtt-broker.ts';
import { coaterUri, startOpcUaServer, type TestServer } from './opcua-server.ts';

const t0 = Date.UTC(2020, 10, 4, 9, 0);
let folder: string;
let server: TestServer | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-certificates-'));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a new server, and one that comes back with a new certificate, stay out until somebody trusts them', async () => {
  const port = await freePort();
  const start = (pki: string) => startOpcUaServer({ port, pkiFolder: join(folder, pki) });
  server = await start('first');
  server.set('Gap', 150, t0);

  const warnings: LogFields[] = [];
  const log = { ...silentLogger, warn: (fields: LogFields) => warnings.push(fields) };
  const source = createOpcUaSource(
    opcUaSource.parse({
      type: 'opcua',
      endpoint: server.endpoint,
      tags: { gap: { node: `nsu=${coaterUri};s=Gap` } },
      publishing_interval_ms: 50,
      sampling_interval_ms: 0,
      retry: { initial_ms: 50, max_ms: 300 },
    }),
    {
      line: 'line-1',
      clock: systemClock,
      log: { ...log, child: () => log },
      deadLetters: { take: (letter) => expect.fail(letter.detail) },
      stateFolder: join(folder, 'opcua'),
    },
  );
  const trust = certificatesFolder(join(folder, 'opcua'));
  const messages: LineMessage[] = [];
  source.arrivals.subscribe((arrival) => {
    messages.push(arrival.message);
    arrival.acknowledge();
  });
  const message = (is: (one: LineMessage) => boolean) =>
    firstValueFrom(
      source.arrivals.pipe(
        map((arrival) => arrival.message),
        filter(is),
        timeout(50_000),
      ),
    );
  const gapAt = (time_ms: number) => message((one) => one.kind === 'machine' && one.time_ms === time_ms);
  const refusal = (thumbprint: string) =>
    firstValueFrom(
      source.status.pipe(
        filter(({ state, detail }) => state === 'disconnected' && detail.includes(thumbprint)),
        timeout(50_000),
      ),
    );
  const states = (thumbprint: string) =>
    listCertificates(trust).flatMap((one) => (one.thumbprint === thumbprint ? [one.state] : []));

  try {
    const first = thumbprintOf(server.certificate());
    const unknown = refusal(first);
    await source.start();
    // The status says what to do, in words that can be copied from any folder.
    expect((await unknown).detail).toContain(`gapwise certificates trust ${first} --folder ${trust}`);
    expect(states(first)).toEqual(['rejected']);
    expect(messages).toEqual([]);
    // Whoever has to trust the agent at the server reads whose certificate it is.
    const own = listCertificates(trust).find(({ state }) => state === 'own');
    expect(own?.subject.split(', ').sort()).toEqual([`CN=gapwise@${hostname()}`, 'O=gapwise']);

    const values = gapAt(t0);
    await decide(trust, first, 'trust', silentLogger);
    expect(states(first)).toEqual(['trusted']);
    await values;

    const opened = message((one) => one.kind === 'outage' && one.until_ms === undefined);
    await server.stop();
    expect(await opened).toMatchObject({ reason: 'disconnected', time_ms: t0 });
    server = await start('second');
    server.set('Gap', 160, t0 + 60_000);
    const second = thumbprintOf(server.certificate());
    expect(second).not.toBe(first);
    await refusal(second);
    expect(states(second)).toEqual(['rejected']);
    expect(warnings).toContainEqual(
      expect.objectContaining({ event: 'opcua-certificate-refused', thumbprint: second, folder: trust }),
    );
    expect(messages.filter(({ kind }) => kind === 'machine')).toHaveLength(1);

    const closed = message((one) => one.kind === 'outage' && one.until_ms !== undefined);
    const later = gapAt(t0 + 60_000);
    await decide(trust, second, 'trust', silentLogger);
    await later;
    expect(await closed).toMatchObject({ time_ms: t0, until_ms: t0 + 60_000 } satisfies Partial<Outage>);
    const next = gapAt(t0 + 61_000);
    server.set('Gap', 161, t0 + 61_000);
    await next;
  } finally {
    await source.stop();
  }
}, 180_000);
