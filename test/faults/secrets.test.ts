import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, describe, expect, it } from 'vitest';
import { startBroker } from '../real/mqtt-broker.ts';
import { gapwise } from '../support/gapwise.ts';
import { requireProgram } from '../support/real.ts';

/** Each planted where a plant would have a secret of that kind; none may ever come out again. */
const planted = {
  MQTT_PASSWORD: 'planted-mqtt-password-1f8a',
  WRONG_PASSWORD: 'planted-wrong-password-77c0',
  OPCUA_PASSWORD: 'planted-opcua-password-9d3e',
  INFLUX_TOKEN: 'planted-influx-token-5b21',
  OPERATOR_TOKEN: 'planted-operator-token-c4d9',
};
const inUrl = 'planted-in-url-30ab';

const present = requireProgram('mosquitto') && requireProgram('mosquitto_passwd');
const folder = mkdtempSync(join(tmpdir(), 'gapwise-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const leaks = (text: string): string[] =>
  [...Object.values(planted), inUrl].filter((secret) => text.includes(secret));

/** Every file below a folder, as bytes read one by one: a secret would stand in them as it is, or in UTF-16. */
const contents = (root: string): { file: string; text: string }[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return { file: name, text: bytes.toString('latin1') + bytes.toString('utf16le') };
    });

async function brokerWithPassword() {
  const passwords = join(folder, 'passwords');
  const hashed = spawn('mosquitto_passwd', ['-b', '-c', passwords, 'agent', planted.MQTT_PASSWORD]);
  await once(hashed, 'exit');
  return startBroker(['allow_anonymous false', `password_file ${passwords}`]);
}

describe.skipIf(!present)(`secrets${present ? '' : ' (skipped: no mosquitto)'}`, () => {
  it('never come out again: not in logs, answers, the store or an export', async () => {
    const broker = await brokerWithPassword();
    const config = join(folder, 'agent.yaml');
    const { host } = new URL(broker.url);
    writeFileSync(
      config,
      `state: ${join(folder, 'state')}
log: { level: debug }
http: { port: 0, operators: [{ name: shift, token: { from_env: OPERATOR_TOKEN } }] }
lines:
  - name: coater-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    sources:
      - { type: mqtt, url: "mqtt://${host}", username: agent, password: { from_env: MQTT_PASSWORD } }
      - type: opcua
        endpoint: opc.tcp://127.0.0.1:1
        username: agent
        password: { from_env: OPCUA_PASSWORD }
        tags: { web_speed_m_min: { node: "nsu=urn:x;s=Web.Speed" } }
  - name: coater-2
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    sources:
      - { type: mqtt, url: "mqtt://agent:${inUrl}@${host}" }
      - { type: mqtt, url: "mqtt://${host}", client_id: other, username: agent, password: { from_env: WRONG_PASSWORD } }
sinks:
  - { type: mqtt, url: "mqtt://${host}", client_id: sink, username: agent, password: { from_env: MQTT_PASSWORD } }
  - { type: influx, url: "http://127.0.0.1:1", target: { version: "2", bucket: b, token: { from_env: INFLUX_TOKEN } } }
`,
    );
    const child = spawn(process.execPath, ['dist/src/main.js', 'run', '--config', config], {
      env: { ...process.env, ...planted },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        told += text;
      });
    }
    const hears = async (pattern: RegExp) => {
      while (!pattern.test(told)) await once(child.stderr, 'data');
      return pattern.exec(told) as RegExpExecArray;
    };
    const [, page = ''] = await hears(/page at (\S+)/);

    // Something to keep and something to complain of, and both wrong passwords refused.
    const gauge = await mqtt.connectAsync(broker.url, { username: 'agent', password: planted.MQTT_PASSWORD });
    const loading_g_m2 = new Array<number>(800).fill(200);
    const scan = {
      scan: 1,
      time: '2024-03-04T06:10:00Z',
      duration_ms: 8000,
      started_at: 'operator',
      loading_g_m2,
    };
    const topic = 'gapwise/plant/area/coater-1/gauge/gauge-1/scan';
    await gauge.publishAsync(topic, JSON.stringify(scan), { qos: 1 });
    await gauge.publishAsync(topic, `{"password": "${'x'.repeat(40)}"`, { qos: 1 });
    await hears(/dead-letter/);
    await hears(/coater-2[\s\S]*[Nn]ot authori/);

    const answers = await Promise.all(
      [
        '/',
        '/metrics',
        '/api/v1/lines',
        '/api/v1/health',
        '/api/v1/openapi.json',
        '/api/v1/lines/coater-1/state',
        '/api/v1/lines/coater-1/alarms',
      ].map(async (path) => (await fetch(new URL(path, page))).text()),
    );
    const refused = await fetch(new URL('/api/v1/lines', page), {
      headers: { authorization: `Bearer ${planted.WRONG_PASSWORD}` },
    });
    answers.push(await refused.text());

    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    await gauge.endAsync();
    await broker.dispose();

    expect(told.length).toBeGreaterThan(1_000);
    expect(leaks(told)).toEqual([]);
    expect(answers.flatMap(leaks)).toEqual([]);
    const files = contents(join(folder, 'state'));
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter(({ text }) => leaks(text).length > 0).map(({ file }) => file)).toEqual([]);
  });

  it('are not told by what is said about a configuration that is wrong', async () => {
    const config = join(folder, 'wrong.yaml');
    writeFileSync(
      config,
      `lines:
  - name: coater-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')}, colour: red }
    sources: [{ type: mqtt, url: "http://agent:${inUrl}@127.0.0.1", password: { from_env: MQTT_PASSWORD } }]
`,
    );
    for (const command of ['check', 'run', 'replay']) {
      const { code, out, err } = await gapwise([command, '--config', config], { environment: planted });
      expect(code).toBe(2);
      expect(err).toMatch(/colour/);
      expect(leaks(out + err)).toEqual([]);
    }
  });
});
