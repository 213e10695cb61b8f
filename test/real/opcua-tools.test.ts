import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COATER_NAMESPACE_URI, type CoaterServer } from '../../simulators/coater/contract.ts';
import { machineParameters } from '../../simulators/coater/parameters.ts';
import { startCoaterServer } from '../../simulators/coater/server.ts';
import type { CheckDocument } from '../../src/commands/check.ts';
import { opcUaSource } from '../../src/config/sources.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { gapwise } from '../support/gapwise.ts';
import { requireProgram } from '../support/real.ts';
import { freePort, gaugeClient, startBroker } from './mqtt-broker.ts';
import { startOpcUaServer } from './opcua-server.ts';

const hasMosquitto = requireProgram('mosquitto');
const node = (name: string) => `nsu=${COATER_NAMESPACE_URI};s=line-1.${name}`;

describe('check, browse and certificates against a real OPC UA server', () => {
  let folder: string;
  let coater: CoaterServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapwise-tools-'));
    coater = await startCoaterServer({
      port: 0,
      hostname: '127.0.0.1',
      stateDirectory: join(folder, 'coater'),
      lines: ['line-1'],
      log: silentLogger,
    });
    const values = Object.fromEntries(machineParameters.map(({ name }) => [name, 0.15]));
    coater.write({
      kind: 'machine',
      sample: {
        kind: 'machine',
        line: 'line-1',
        time_ms: 1_604_484_444_000,
        values,
        bad: ['foil_tension_n'],
      },
      held: values,
      status: 'bad',
    } as unknown as Parameters<CoaterServer['write']>[0]);
  });
  afterAll(async () => {
    await coater.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function configured(name: string, source: object, more: object = {}): string {
    const file = join(folder, `${name}.yaml`);
    const lab = { file: resolve('config/lab/lrcs-cunha-2020.csv') };
    const config = {
      state: join(folder, 'state'),
      lines: [{ name: 'line-1', lab, sources: [source] }],
      ...more,
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  const source = (settings: object = {}) => ({
    type: 'opcua',
    endpoint: coater.endpointUrl,
    security: { mode: 'none', policy: 'none' },
    tags: { bar_operator_mm: { node: node('bar_operator_mm') } },
    ...settings,
  });

  async function check(file: string, ...args: string[]) {
    const { code, out, err } = await gapwise(['check', '--config', file, '--json', ...args]);
    const { ok, findings } = JSON.parse(
      out || `{"ok":null,"findings":[],"err":${JSON.stringify(err)}}`,
    ) as CheckDocument;
    expect(ok, err).toBe(code === 0);
    const of = (subject: string) => findings.find((finding) => finding.subject.startsWith(subject));
    return { code, findings, of };
  }

  test('a working source: each tag with value, unit and quality', async () => {
    const tags = {
      bar_operator_mm: { node: node('bar_operator_mm') },
      web_speed_m_min: {
        node: `/Objects/nsu=${COATER_NAMESPACE_URI};line-1/nsu=${COATER_NAMESPACE_URI};web_speed_m_min`,
      },
      foil_tension_n: { node: node('foil_tension_n') },
    };
    const { code, of } = await check(configured('works', source({ tags })));
    expect(of('tag bar_operator_mm')).toMatchObject({ level: 'ok' });
    expect(of('tag bar_operator_mm')?.detail).toMatch(/^0\.15 mm, good, \d+ days old$/);
    expect(of('tag web_speed_m_min')?.detail).toMatch(/^0\.15 m\/min/);
    expect(of('tag foil_tension_n')).toMatchObject({ level: 'warning', detail: 'quality BadSensorFailure' });
    expect(of('log-in')?.level).toBe('ok');
    // One value may stand for days; that none has moved is worth a word.
    expect(of('source times')).toMatchObject({ level: 'warning' });
    expect(of('source times')?.detail).toMatch(/newest value of all tags is \d+ days old/);
    expect(code).toBe(0);
  });

  test('a name that the pipeline does not know, and values that are stale', async () => {
    const tags = {
      bar_operator_mm: { node: node('bar_operator_mm'), stale_after_s: 60 },
      web_sped_m_min: { node: node('web_speed_m_min') },
    };
    const { code, of } = await check(configured('misspelt', source({ tags })));
    expect(of('tag web_sped_m_min')).toMatchObject({ level: 'warning' });
    expect(of('tag web_sped_m_min')?.detail).toContain('web_speed_m_min');
    expect(of('tag bar_operator_mm')).toMatchObject({ level: 'warning' });
    expect(of('tag bar_operator_mm')?.detail).toMatch(/days old, stale after 60 s$/);
    expect(code).toBe(0);
  });

  test('unknown tags fail by name, the others are still read', async () => {
    const tags = {
      bar_operator_mm: { node: node('bar_operator_mm') },
      no_node: { node: node('nothing') },
      no_namespace: { node: 'nsu=urn:nobody;s=a' },
    };
    const { code, of } = await check(configured('unknown', source({ tags })));
    expect(of('tag bar_operator_mm')?.level).toBe('ok');
    expect(of('tag no_node')).toMatchObject({ level: 'failed', detail: 'BadNodeIdUnknown' });
    expect(of('tag no_namespace')).toMatchObject({ level: 'failed' });
    expect(of('tag no_namespace')?.advice).toContain(COATER_NAMESPACE_URI);
    expect(code).toBe(1);
  });

  test('says which security, identity and port would do', async () => {
    const narrow = await startOpcUaServer({ port: await freePort(), pkiFolder: join(folder, 'narrow') });
    const security = { mode: 'sign', policy: 'Aes256_Sha256_RsaPss' };
    const policy = source({ endpoint: narrow.endpoint, security });
    expect((await check(configured('policy', policy))).of('endpoint')?.detail).toMatch(
      /does not offer sign with Aes256_Sha256_RsaPss, only .*SignAndEncrypt with Basic256Sha256/,
    );
    await narrow.stop();
    const user = await check(configured('user', source({ username: 'eve', password: 'planted-secret' })));
    expect(user.of('log-in')).toMatchObject({ level: 'failed', detail: 'the server refuses user eve' });
    expect(JSON.stringify(user.findings)).not.toContain('planted-secret');
    const endpoint = `opc.tcp://127.0.0.1:${await freePort()}`;
    expect((await check(configured('port', source({ endpoint })))).of('connection')?.detail).toBe(
      'the host is there, but nothing listens on this port',
    );
  });

  test('an unknown certificate is refused, listed, trusted by its thumbprint, and rejected again', async () => {
    // The server has to know the agent, too: here it does not, which is a finding of its own.
    const file = configured('secure', source({ security: {} }));
    const first = await check(file);
    const finding = first.of("server's certificate");
    expect(finding?.level).toBe('failed');
    const thumbprint = /[0-9A-F]{40}/.exec(finding?.detail ?? '')?.[0] as string;
    const state = async (...args: string[]) => {
      const { code, out, err } = await gapwise(['certificates', ...args, '--config', file, '--json']);
      expect(code, err).toBe(0);
      const { certificates } = JSON.parse(out) as { certificates: { thumbprint: string; state: string }[] };
      return certificates.filter((one) => one.thumbprint === thumbprint).map((one) => one.state);
    };
    expect(await state('list')).toEqual(['rejected']);
    expect(await state('trust', thumbprint.slice(0, 6).toLowerCase())).toEqual(['trusted']);
    expect(await state('list')).toEqual(['trusted']);
    const second = await check(file);
    expect(second.of("server's certificate")).toMatchObject({ level: 'ok' });
    // gapwise browse finds the same decision in the same place.
    const browsed = await gapwise(['browse', coater.endpointUrl, '--config', file]);
    expect(browsed.err).not.toContain('BadCertificateUntrusted');
    expect(second.of('secure channel')?.advice ?? 'own/certs').toContain('own/certs');
    expect(await state('reject', thumbprint)).toEqual(['rejected']);
    const { code, err } = await gapwise(['certificates', 'trust', 'FFFFFFFFFF', '--config', file]);
    expect(err).toContain(thumbprint);
    expect(code).toBe(1);
  });

  test('browse lists every variable with unit, and writes a tag map that the configuration takes', async () => {
    const file = join(folder, 'tags.yaml');
    const args = [
      'browse',
      coater.endpointUrl,
      '--security',
      'none',
      '--certificates',
      join(folder, 'browse'),
      '--write-tags',
      file,
      '--json',
    ];
    const { code, out, err } = await gapwise(args);
    expect(code, err).toBe(0);
    const { variables } = JSON.parse(out) as {
      variables: { node: string; unit: string | null; dataType: string; value: unknown }[];
    };
    for (const { name, unit } of machineParameters) {
      const found = variables.find((variable) => variable.node === node(name));
      expect(found, name).toBeDefined();
      if (name === 'web_speed_m_min') expect(found).toMatchObject({ unit, dataType: 'Double', value: 0.15 });
    }
    const { tags } = parse(readFileSync(file, 'utf8')) as { tags: Record<string, { node: string }> };
    const settings = opcUaSource.parse(source({ tags }));
    expect(settings.tags['web_speed_m_min']).toMatchObject({ node: node('web_speed_m_min'), unit: 'm/min' });
    // The simulated coater has flags of its own beside them.
    expect(Object.keys(tags)).toEqual(expect.arrayContaining(machineParameters.map(({ name }) => name)));
    const again = await gapwise(args);
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/tags\.yaml: the tag map can't be written/);
  });

  test.skipIf(!hasMosquitto)(
    `MQTT: a scan, a scan of another format, silence${hasMosquitto ? '' : ' [skipped: not installed]'}`,
    async () => {
      const broker = await startBroker();
      const gauge = await gaugeClient(broker.url);
      try {
        const mqttSource = (payload: object) => ({
          type: 'mqtt',
          url: broker.url,
          topics: ['{line}/{gauge}'],
          payload,
        });
        const file = configured('mqtt', mqttSource({ type: 'json', locations: 2 }));
        const scan = { scan: 3, time: '2020-11-04T10:07:24Z', loading_g_m2: [220, 221] };
        await gauge.publishAsync('line-1/dry', JSON.stringify(scan), { qos: 1, retain: true });
        expect((await check(file)).of('scan on')).toMatchObject({
          level: 'ok',
          detail: 'scan 3, 2 locations, 22.10 mg/cm² at the middle',
        });
        const tenfold = configured('mqtt-unit', mqttSource({ type: 'json', locations: 2, unit: 'mg/cm2' }));
        expect((await check(tenfold)).of('unit of the loading')).toMatchObject({
          level: 'warning',
          advice: expect.stringContaining('g/m2'),
        });
        const wrong = configured('mqtt-wrong', mqttSource({ type: 'float32', locations: 2 }));
        const { code, of } = await check(wrong);
        expect(of('scan')?.detail).toMatch(/^malformed/);
        expect(code).toBe(1);
        await gauge.publishAsync('line-1/dry', '', { qos: 1, retain: true });
        expect((await check(file, '--wait', '0.2')).of('scan')).toMatchObject({ level: 'warning' });
      } finally {
        await gauge.endAsync();
        await broker.dispose();
      }
    },
  );
});
