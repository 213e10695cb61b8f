import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { coaterAlarms } from '../../simulators/coater/alarms.ts';
import { COATER_METHODS, COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { machineParameters } from '../../simulators/coater/parameters.ts';
import { generate } from '../../simulators/generate.ts';
import { createSimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import type { Scenario } from '../../simulators/scenario/schema.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { pythonWithAsyncua } from '../support/asyncua.ts';

/** A client of another OPC UA stack, plain as its own documentation has it. Arguments: URL, namespace, values. */
const CLIENT = `
import asyncio, json, sys
from asyncua import Client

class Collector:
    def __init__(self, wanted):
        self.values, self.wanted, self.done = [], wanted, asyncio.Event()
    def datachange_notification(self, node, value, data):
        item = data.monitored_item.Value
        self.values.append([item.SourceTimestamp.timestamp(), value])
        if len(self.values) >= self.wanted:
            self.done.set()

async def main(url, uri, wanted):
    async with Client(url) as client:
        index = await client.get_namespace_index(uri)
        line = await client.nodes.objects.get_child(f"{index}:line-1")
        names = [(await child.read_browse_name()).Name for child in await line.get_variables()]
        speed = await line.get_child(f"{index}:web_speed_m_min")
        unit = await (await speed.get_child("0:EngineeringUnits")).read_value()
        span = await (await speed.get_child("0:EURange")).read_value()
        collector = Collector(wanted)
        subscription = await client.create_subscription(50, collector)
        encoder = await line.get_child(f"{index}:encoder_m")
        await subscription.subscribe_data_change(encoder, queuesize=500, sampling_interval=0)
        print("ready", flush=True)
        await collector.done.wait()
        print(json.dumps({"names": names, "unit": unit.DisplayName.Text, "low": span.Low, "high": span.High,
                          "encoder": collector.values}), flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
`;

/** What a client finds that looks at everything, and the alarm events that come to it. Arguments: URL, namespace. */
const VISITOR = `
import asyncio, json, sys
from asyncua import Client, ua

class Events:
    def __init__(self):
        self.seen, self.done = [], asyncio.Event()
    def event_notification(self, event):
        self.seen.append([event.EventType.Identifier, event.ConditionName, event.Message.Text, event.Severity,
                          event.Time.timestamp()])
        if len(self.seen) == 3:
            self.done.set()

async def main(url, uri):
    async with Client(url) as client:
        index = await client.get_namespace_index(uri)
        line = await client.nodes.objects.get_child(f"{index}:line-1")
        items = {}
        for node in await line.get_variables():
            name = (await node.read_browse_name()).Name
            item = {"status": (await node.read_data_value(False)).StatusCode.name}
            for child in await node.get_properties():
                kind = (await child.read_browse_name()).Name
                value = await child.read_value()
                if kind == "EngineeringUnits":
                    code = value.UnitId
                    item["unit"] = [value.DisplayName.Text, code.to_bytes(4, "big").strip(b"\\0").decode()]
                if kind == "EURange":
                    item["range"] = [value.Low, value.High]
            items[name] = item
        methods = {}
        for method in await line.get_methods():
            name = (await method.read_browse_name()).Name
            try:
                await line.call_method(method)
                methods[name] = "called"
            except ua.UaStatusCodeError as error:
                methods[name] = type(error).__name__
        tension = await line.get_child(f"{index}:foil_tension_n")
        try:
            await tension.write_value(20.0)
            written = "written"
        except ua.UaStatusCodeError as error:
            written = type(error).__name__
        folder = await line.get_child(f"{index}:alarms")
        async def alarms():
            nodes = await folder.get_variables()
            return {(await node.read_browse_name()).Name: await node.read_value() for node in nodes}
        before = await alarms()
        events = Events()
        subscription = await client.create_subscription(50, events)
        await subscription.subscribe_events(client.nodes.server, ua.ObjectIds.OffNormalAlarmType, queuesize=100)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        during = await alarms()
        print("seen", flush=True)
        await events.done.wait()
        print(json.dumps({"items": items, "methods": methods, "written": written, "before": before,
                          "during": during, "after": await alarms(), "events": events.seen}), flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2]))
`;

/** Tries one policy and mode with a certificate and a user. Arguments: URL, certificate, key, policy, mode, password. */
const STRANGER = `
import asyncio, sys
from asyncua import Client, ua
from asyncua.crypto import security_policies as policies

async def main(url, certificate, key, policy, mode, password):
    client = Client(url, timeout=20)
    client.application_uri = "urn:gapwise:test"
    try:
        if policy != "None":
            await client.set_security(getattr(policies, "SecurityPolicy" + policy), certificate, key,
                                      mode=getattr(ua.MessageSecurityMode, mode))
        if password:
            client.set_user("engineer")
            client.set_password(password)
        async with client:
            print((await client.nodes.server_state.read_value()), flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)

asyncio.run(main(*sys.argv[1:7]))
`;

const python = pythonWithAsyncua();

/** A line of its own for each part: parts must not move each other's time on. */
async function startLine(scenario: Scenario, folder: string, opcua: object = {}) {
  const line = createSimulatedLine({
    scenario,
    seed: 5,
    opcua: { port: 0, hostname: '127.0.0.1', ...opcua },
    mqtt: undefined,
    stateDirectory: folder,
    log: silentLogger,
  });
  return { line, endpointUrl: (await line.start()).endpointUrl as string };
}

describe.skipIf(!python)(
  `Python's asyncua on the simulated coater${python ? '' : ' [skipped: asyncua is not installed]'}`,
  () => {
    const scenario = scenarioOf({
      name: 'asyncua',
      lead_s: 5,
      tail_s: 100,
      runs: [{ gap_um: 120, duration_s: 60 }],
    });
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'gapwise-simulator-test-'));
    });

    afterAll(() => rm(folder, { recursive: true, force: true }));

    test('finds the line by namespace URI, reads units, gets each second of a changing value', async () => {
      const { line, endpointUrl } = await startLine(scenario, folder);
      // The first second is there before anyone subscribes, then come 120 of a moving web.
      await line.advanceTo(line.startTime_ms);
      const client = spawn(python as string, ['-c', CLIENT, endpointUrl, COATER_NAMESPACE_URI, '121'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void client.kill());
      const output: string[] = [];
      for await (const text of createInterface({ input: client.stdout })) {
        output.push(text);
        if (text === 'ready') await line.advanceTo(line.startTime_ms + 120_000);
      }
      const found = JSON.parse(output[1] ?? 'null');
      expect(found).toMatchObject({ unit: 'm/min', low: 0, high: 100 });
      expect(found.names.sort()).toEqual(machineParameters.map((p) => p.name).sort());

      const samples = [...generate(scenario, 5)].filter((m) => m.kind === 'machine').slice(0, 121);
      expect(found.encoder).toEqual(samples.map((s) => [s.time_ms / 1000, s.values['encoder_m']]));
      await line.stop();
    });

    test('finds units, ranges, qualities and alarms as on a machine, and can change nothing', async () => {
      const faulty = scenarioOf({
        ...scenario,
        faults: [
          { fault: 'bad-quality', at_s: 0, for_s: 20, tags: ['ambient_temperature_c'], status: 'uncertain' },
          { fault: 'stuck', at_s: 30, for_s: 10, tags: ['foil_tension_n'], value: 20 },
        ],
      });
      const { line, endpointUrl } = await startLine(faulty, folder);
      await line.advanceTo(line.startTime_ms + 5000);
      const visitor = spawn(python as string, ['-c', VISITOR, endpointUrl, COATER_NAMESPACE_URI], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      // A client that waits for what never comes must not outlive the test.
      onTestFinished(() => void visitor.kill());
      let told = '';
      for await (const text of createInterface({ input: visitor.stdout })) {
        told = text;
        if (text === 'ready') {
          await line.advanceTo(line.startTime_ms + 35_000);
          visitor.stdin.end('look\n');
        } else if (text === 'seen') await line.advanceTo(line.startTime_ms + 60_000);
      }
      const found = JSON.parse(told);
      for (const { name, unit, low, high } of machineParameters) {
        const status = name === 'ambient_temperature_c' ? 'UncertainLastUsableValue' : 'Good';
        expect(found.items[name].status, name).toBe(status);
        if (name === 'line_state') continue;
        expect(found.items[name].unit[0], name).toBe(unit);
        expect(found.items[name].range, name).toEqual([low, high]);
      }
      // UN/CEFACT's common code travels as the number of its letters.
      expect(found.items['foil_tension_n'].unit[1]).toBe('NEW');
      expect(found.items['web_speed_m_min'].unit[1]).toBe('2X');
      expect(found.methods).toEqual(
        Object.fromEntries(COATER_METHODS.map((name) => [name, 'BadUserAccessDenied'])),
      );
      expect(found.written).toBe('BadNotWritable');

      const quiet = Object.fromEntries(coaterAlarms.map(({ name }) => [name, false]));
      // Five seconds in, a value is uncertain; at 35 s the tension is too low; at the end nothing is wrong.
      expect(found.before).toEqual({ ...quiet, sensor_fault: true });
      expect(found.during).toEqual({ ...quiet, foil_tension: true });
      expect(found.after).toEqual(quiet);
      const OFF_NORMAL_ALARM_TYPE = 10637;
      const of = (name: string) => found.events.filter((event: unknown[]) => event[1] === name);
      expect(of('foil_tension')).toEqual([
        [
          OFF_NORMAL_ALARM_TYPE,
          'foil_tension',
          'Foil tension outside 45 to 75 N',
          600,
          line.startTime_ms / 1000 + 30,
        ],
        [
          OFF_NORMAL_ALARM_TYPE,
          'foil_tension',
          'Foil tension outside 45 to 75 N: over',
          600,
          line.startTime_ms / 1000 + 40,
        ],
      ]);
      expect(of('sensor_fault')).toEqual([
        [
          OFF_NORMAL_ALARM_TYPE,
          'sensor_fault',
          'A value is of bad quality: over',
          700,
          line.startTime_ms / 1000 + 20,
        ],
      ]);
      await line.stop();
    });

    test('security: each policy for a certificate that is trusted, a user only with the password', async () => {
      const [certificate, key, other, otherKey] = ['own', 'own-key', 'other', 'other-key'].map((name) =>
        join(folder, `${name}.pem`),
      ) as [string, string, string, string];
      for (const [out, keyOut] of [
        [certificate, key],
        [other, otherKey],
      ] as const) {
        const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test'];
        const uses = 'digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment';
        const more = ['-addext', 'subjectAltName=URI:urn:gapwise:test', '-addext', `keyUsage=${uses}`];
        execFileSync('openssl', [...words, ...more, '-keyout', keyOut, '-out', out], {
          stdio: 'ignore',
          // node-opcua's key maker leaves the name of a configuration of its own in the environment.
          env: { PATH: process.env['PATH'] },
        });
      }
      const { line, endpointUrl } = await startLine(scenario, folder, {
        users: [{ name: 'engineer', password: 'right' }],
        trusted: [certificate],
      });
      const attempt = (policy: string, mode: string, password: string, files = [certificate, key]) =>
        new Promise<string>((resolve, reject) => {
          const words = ['-c', STRANGER, endpointUrl, ...files, policy, mode, password];
          execFile(python as string, words, (error, out) => (error ? reject(error) : resolve(out.trim())));
        });
      const RUNNING = '0';
      for (const [policy, mode] of [
        ['None', 'None_'],
        ['Basic256Sha256', 'Sign'],
        ['Basic256Sha256', 'SignAndEncrypt'],
        ['Aes128Sha256RsaOaep', 'SignAndEncrypt'],
        ['Aes256Sha256RsaPss', 'SignAndEncrypt'],
      ] as const)
        expect(await attempt(policy, mode, 'right'), `${policy} ${mode}`).toBe(RUNNING);
      expect(await attempt('Basic256Sha256', 'SignAndEncrypt', 'wrong')).not.toBe(RUNNING);
      expect(await attempt('None', 'None_', '')).not.toBe(RUNNING);
      expect(await attempt('Basic256Sha256', 'SignAndEncrypt', 'right', [other, otherKey])).not.toBe(RUNNING);
      await line.stop();
    });
  },
);
