import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opcUaSink } from '../../src/config/opcua-output.ts';
import type { AlarmReport } from '../../src/core/alarm.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { AbstractionReport, PredictionReport, Report } from '../../src/core/report.ts';
import type { Sink } from '../../src/core/sink.ts';
import type { LineKnowledge } from '../../src/sinks/line-ports.ts';
import { NAMESPACE_URI } from '../../src/sinks/opcua/address-space.ts';
import { certificatesFolder } from '../../src/sinks/opcua/certificates-folder.ts';
import { createOpcUaSink } from '../../src/sinks/opcua/sink.ts';
import { pythonWithAsyncua } from '../support/asyncua.ts';
import { fakeLine } from '../support/fake-line.ts';
import { freePort } from './mqtt-broker.ts';

/**
 * A client of another OPC UA stack. Arguments: what to do, as JSON. It writes one JSON document for each answer; for
 * `watch` first "ready", then the changes.
 */
const CLIENT = `
import asyncio, datetime, json, sys
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

plan = json.loads(sys.argv[1])

def value_of(data):
    value = data.Value.Value if data.Value is not None else None
    if hasattr(value, "timestamp"):
        value = value.timestamp()
    return {"value": value, "status": data.StatusCode.name,
            "time": data.SourceTimestamp.timestamp() if data.SourceTimestamp else None}

async def tree(node, path, found):
    for child in await node.get_children():
        name = (await child.read_browse_name()).Name
        if name == "HA Configuration":
            continue
        kind = await child.read_node_class()
        entry = {"kind": kind.name, "id": child.nodeid.Identifier}
        if kind != ua.NodeClass.Method:
            definition = await child.read_type_definition()
            entry["type"] = (await client_of(node).get_node(definition).read_browse_name()).Name
        if kind == ua.NodeClass.Variable:
            data = await child.read_data_value(raise_on_bad_status=False)
            entry |= value_of(data) if name not in ("EngineeringUnits", "EURange", "EnumStrings") else {}
            if name == "EngineeringUnits":
                unit = data.Value.Value
                entry |= {"unit": unit.DisplayName.Text, "unitId": unit.UnitId, "namespace": unit.NamespaceUri}
            if name == "EURange":
                entry |= {"low": data.Value.Value.Low, "high": data.Value.Value.High}
            if name == "EnumStrings":
                entry |= {"value": [text.Text for text in data.Value.Value]}
            kind_of_data = await child.read_data_type()
            entry["dataType"] = kind_of_data.Identifier
            entry["access"] = sorted(level.name for level in await child.get_access_level())
        found[f"{path}/{name}"] = entry
        await tree(child, f"{path}/{name}", found)

the_client = None
def client_of(node):
    return the_client

class Collector:
    def __init__(self, wanted):
        self.seen, self.wanted, self.done = [], wanted, asyncio.Event()
    def datachange_notification(self, node, value, data):
        item = data.monitored_item.Value
        self.seen.append([node.nodeid.Identifier, value, item.SourceTimestamp.timestamp()])
        if len(self.seen) >= self.wanted:
            self.done.set()

async def main():
    global the_client
    client = the_client = Client(plan["url"], timeout=20)
    client.application_uri = "urn:example:client"
    if "certificate" in plan:
        await client.set_security(SecurityPolicyBasic256Sha256, plan["certificate"], plan["key"],
                                  mode=ua.MessageSecurityMode.SignAndEncrypt)
    if "user" in plan:
        client.set_user(plan["user"])
        client.set_password(plan["password"])
    async with client:
        index = await client.get_namespace_index(plan["uri"])
        node = lambda path: client.get_node(ua.NodeId(path, index))
        if plan["do"] == "tree":
            found = {}
            await tree(node("gapwise"), "", found)
            print(json.dumps(found), flush=True)
        if plan["do"] == "watch":
            collector = Collector(plan["wanted"])
            subscription = await client.create_subscription(50, collector)
            await subscription.subscribe_data_change([node(path) for path in plan["paths"]],
                                                     queuesize=500, sampling_interval=0)
            print("ready", flush=True)
            try:
                await asyncio.wait_for(collector.done.wait(), 20)
            except asyncio.TimeoutError:
                pass
            print(json.dumps(collector.seen), flush=True)
        if plan["do"] == "write":
            refused = {}
            for path in plan["paths"]:
                try:
                    await node(path).write_value(ua.Variant(1.0, ua.VariantType.Double))
                    refused[path] = "written"
                except ua.UaError as error:
                    refused[path] = type(error).__name__
            print(json.dumps(refused), flush=True)
        if plan["do"] == "history":
            utc = lambda seconds: datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
            values = await node(plan["path"]).read_raw_history(utc(plan["from"]), utc(plan["to"]))
            print(json.dumps([[data.SourceTimestamp.timestamp(), data.Value.Value] for data in values]), flush=True)
        if plan["do"] == "enter":
            print(json.dumps("in"), flush=True)

try:
    asyncio.run(main())
except Exception as error:
    print(json.dumps({"failed": type(error).__name__ + ": " + str(error)}), flush=True)
`;

const python = pythonWithAsyncua();
const line = 'coater-1';
const [user, password] = ['scada', 'open sesame'];

interface Entry {
  readonly kind: string;
  readonly id: string;
  readonly type: string;
  readonly value?: unknown;
  readonly status?: string;
  readonly time?: number;
  readonly unit?: string;
  readonly unitId?: number;
  readonly low?: number;
  readonly high?: number;
  readonly dataType?: number;
  readonly access?: readonly string[];
}

describe.skipIf(!python)(
  `OPC UA output, read by Python's asyncua${python ? '' : ' [skipped: asyncua is not installed]'}`,
  { timeout: 120_000 },
  () => {
    const source = fakeLine(3, line);
    const advise = source.advisor.advise as LineKnowledge['advise'];
    let folder: string;
    let endpoint: string;
    let sink: Sink;
    const told: Report[] = [];

    const tell = (reports: readonly Report[]) => {
      for (const one of reports) {
        const report = withMeasured(one);
        told.push(report);
        sink.accept(report);
      }
    };
    /** What an agent adds to its predictions. */
    const withMeasured = (report: Report): Report => {
      if (report.kind !== 'prediction' || !report.current) return report;
      const { current } = report;
      const measured = source.directory.describe(line)!.runs.find(({ run }) => run === current.run)!;
      return { ...report, current: { ...current, measured } };
    };
    const steps = (count: number) => {
      for (let step = 0; step < count; step++) tell(source.step());
    };
    const last = <Kind extends Report['kind']>(kind: Kind) =>
      told.findLast((report) => report.kind === kind) as Extract<Report, { kind: Kind }>;

    /** Everything that the client says; `onReady` when it says that it is. */
    async function client(plan: object, onReady = () => {}): Promise<unknown> {
      const whole = {
        url: endpoint,
        uri: NAMESPACE_URI,
        certificate: join(folder, 'trusted.pem'),
        key: join(folder, 'trusted-key.pem'),
        user,
        password,
        ...plan,
      };
      const child = spawn(python as string, ['-c', CLIENT, JSON.stringify(whole)], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let answer: unknown;
      for await (const text of createInterface({ input: child.stdout })) {
        if (text === 'ready') onReady();
        else answer = JSON.parse(text);
      }
      return answer;
    }

    function makeCertificate(name: string): void {
      const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`];
      const extensions = [
        'subjectAltName=URI:urn:example:client,DNS:localhost',
        'keyUsage=digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment',
        'extendedKeyUsage=clientAuth',
      ].flatMap((extension) => ['-addext', extension]);
      const files = ['-keyout', join(folder, `${name}-key.pem`), '-out', join(folder, `${name}.pem`)];
      execFileSync('openssl', [...args, ...extensions, ...files], { stdio: 'ignore' });
    }

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gapwise-opcua-sink-'));
      makeCertificate('trusted');
      makeCertificate('stranger');
      const trusted = join(certificatesFolder(folder), 'trusted', 'certs');
      mkdirSync(trusted, { recursive: true });
      copyFileSync(join(folder, 'trusted.pem'), join(trusted, 'client.pem'));
      const port = await freePort();
      const settings = opcUaSink.parse({ type: 'opcua', port, users: [{ username: user, password }] });
      endpoint = `opc.tcp://127.0.0.1:${port}/gapwise`;
      sink = createOpcUaSink(settings, {
        clock: systemClock,
        log: silentLogger,
        lines: [{ name: line, target_mg_cm2: 22.5, tolerance_mg_cm2: 0.5 }],
        knowledge: { advise },
        stateFolder: folder,
      });
      // What is told before the server is open is shown all the same.
      steps(60);
      await sink.start();
      steps(10);
      tell([alarm]);
    }, 120_000);
    afterAll(async () => {
      await sink.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test('every figure of the reports stands under its name, with type, unit, range and event time', async () => {
      const nodes = (await client({ do: 'tree' })) as Record<string, Entry>;
      const at = (path: string) => nodes[`/${line}/${path}`] as Entry;
      const { time_ms, version, curve, current } = last('prediction') as PredictionReport;
      const now = current!.now;

      expect(at('Prediction').type).toBe('PredictionType');
      expect(at('Prediction/Mean')).toMatchObject({
        id: `${line}/Prediction/Mean`,
        type: 'AnalogItemType',
        dataType: 11,
        value: now.mean_mg_cm2,
        status: 'Good',
        time: time_ms / 1000,
        access: ['CurrentRead', 'HistoryRead'],
      });
      expect(at('Prediction/Mean/EngineeringUnits')).toMatchObject({
        unit: 'mg/cm²',
        // The common code H63 as OPC 10000-8 packs it.
        unitId: 0x483633,
        namespace: 'http://www.opcfoundation.org/UA/units/un/cefact',
      });
      expect(at('Prediction/Mean/EURange')).toMatchObject({ low: 0, high: 60 });
      expect(at('Prediction/Gap/EngineeringUnits')).toMatchObject({ unit: 'µm', unitId: 0x3448 });
      const intervals = ['Low50', 'High50', 'Low90', 'High90'].map((name) => at(`Prediction/${name}`).value);
      expect(intervals).toEqual([...now.interval50_mg_cm2, ...now.interval90_mg_cm2]);
      expect(at('Prediction/ModelVersion').value).toBe(version);
      expect(at('Prediction/Extrapolation/EnumStrings').value).toEqual(['none', 'within', 'outside']);

      expect(at('Curve/Gap').value).toEqual(curve.map(({ gap_um }) => gap_um));
      expect(at('Curve/High90').value).toEqual(curve.map((point) => point.interval90_mg_cm2[1]));

      expect(at('CurrentRun/MeasuredLevel').value).toBe(current!.measured!.level_mg_cm2);
      expect(at('CurrentRun/PredictedMean').value).toBe(current!.before.mean_mg_cm2);

      const { answer } = advise(line, 22.5, 0.5);
      expect(at('Advice/Gap').value).toBe(answer.gap_um);
      expect(at('Advice/InTolerance').value).toBe(100 * answer.inTolerance);
      expect(answer.extrapolation).toBe('outside');
      expect(at('Advice/Gap').status).toBe('UncertainSubNormal');

      const abstraction = last('abstraction') as AbstractionReport;
      expect(at('Abstraction/Error').value).toBe(abstraction.error);
      expect(at('Abstraction/Reason').value).toBe(abstraction.reason);
      expect(at('Abstraction/MappedLabGaps').value).toEqual([75, 75, 100, 100, 100, 200]);

      expect(at(`Alarms/${alarm.alarm} (143)/State`).value).toBe('UNACK');
      expect(at('Alarms/Active').value).toBe(1);
      expect(at('Alarms/HighestPriority').value).toBe('high');
      expect(at('Health/Adapters/influx/State').value).toBe(2);
      expect(at('Health/Adapters/influx/State/EnumStrings').value).toContain('degraded');

      const measured = last('observation') as Observation;
      expect(at('ProcessValues/MassLoading').type).toBe('ProcessValueType');
      expect(at('ProcessValues/MassLoading/AnalogSignal')).toMatchObject({
        value: measured.mean_mg_cm2,
        time: measured.time_ms / 1000,
        dataType: 11,
      });
      expect(at('ProcessValues/MassLoading/AnalogSignal/EngineeringUnits').unit).toBe('mg/cm²');
      expect(at('ProcessValues/MassLoading/ProcessValueSetpoint').value).toBe(22.5);
      expect(at('ProcessValues/MassLoading/ProcessValueSetpoint/LowDeviation').value).toBe(-0.5);
      expect(at('ProcessValues/CommaGap/AnalogSignal').value).toBe(last('gap').gap_um);

      // The line has not stopped yet: what is unknown says so.
      expect(at('Coating/End')).toMatchObject({ value: null, status: 'BadNoData' });
      expect(at('Health/LastOutage')).toMatchObject({ value: null, status: 'BadWaitingForInitialData' });
      expect(at('Health/Outages')).toMatchObject({ value: 0, status: 'Good' });

      const ours = Object.values(nodes);
      expect(ours.filter(({ kind }) => kind === 'Method')).toEqual([]);
      const writable = ours.filter(({ access }) => access?.some((level) => level.endsWith('Write')));
      expect(writable).toEqual([]);
    });

    test('a subscriber gets every value and event time of the reports, in order', async () => {
      const before = told.length;
      const paths = [`${line}/ProcessValues/MassLoading-AnalogSignal`, `${line}/Prediction/Mean`];
      const first = [last('observation').mean_mg_cm2, last('prediction').current!.now.mean_mg_cm2];
      // As many as come of it, known beforehand from a line of the same seed.
      const twin = fakeLine(3, line);
      for (let step = 0; step < 70; step++) twin.step();
      const expected = Array.from({ length: 40 }, () => twin.step())
        .flat()
        .filter(({ kind }) => kind === 'observation').length;
      expect(expected).toBeGreaterThan(20);
      const seen = (await client({ do: 'watch', paths, wanted: 2 + 2 * expected }, () => steps(40))) as [
        string,
        number,
        number,
      ][];
      const news = told.slice(before);
      const of = (path: string) => seen.filter(([id]) => id === path).map(([, value, time]) => [value, time]);
      expect(of(paths[0]!).slice(1)).toEqual(
        news.flatMap((one) => (one.kind === 'observation' ? [[one.mean_mg_cm2, one.time_ms / 1000]] : [])),
      );
      expect(of(paths[1]!).slice(1)).toEqual(
        news.flatMap((one) =>
          one.kind === 'prediction' ? [[one.current!.now.mean_mg_cm2, one.time_ms / 1000]] : [],
        ),
      );
      expect([of(paths[0]!)[0]?.[0], of(paths[1]!)[0]?.[0]]).toEqual(first);
    });

    test('past values can be read', async () => {
      const values = (await client({
        do: 'history',
        path: `${line}/Prediction/Mean`,
        from: 1.5e9,
        to: 2e9,
      })) as [number, number][];
      const expected = told.flatMap((one) =>
        one.kind === 'prediction' ? [[one.time_ms / 1000, one.current!.now.mean_mg_cm2]] : [],
      );
      // What was told before the server opened is there as its latest value alone.
      expect(values.length).toBeGreaterThan(20);
      expect(values).toEqual(expected.slice(-values.length));
    });

    test('nobody can write', async () => {
      const paths = [`${line}/Advice/Gap`, `${line}/ProcessValues/MassLoading-ProcessValueSetpoint`];
      const refused = (await client({ do: 'write', paths })) as Record<string, string>;
      expect(Object.keys(refused)).toEqual(paths);
      for (const answer of Object.values(refused)) expect(answer).toMatch(/NotWritable|AccessDenied/);
    });

    test.each([
      ['wrong password', { password: 'sesame' }, /BadUserAccessDenied|BadIdentityTokenRejected/],
      ['wrong user', { user: 'root' }, /BadUserAccessDenied|BadIdentityTokenRejected/],
      ['unknown certificate', { certificate: 'stranger.pem', key: 'stranger-key.pem' }, /./],
    ])('%s: refused', async (_, wrong, why) => {
      const files = Object.fromEntries(
        Object.entries(wrong).map(([name, value]) => [
          name,
          value.endsWith('.pem') ? join(folder, value) : value,
        ]),
      );
      const answer = (await client({ do: 'enter', ...files })) as { failed: string };
      expect(answer.failed).toMatch(why);
    });

    test('without encryption there is no way in, with everything in order there is', async () => {
      const answer = await client({ do: 'enter', certificate: undefined, key: undefined });
      expect(answer).toHaveProperty('failed');
      expect(await client({ do: 'enter' })).toBe('in');
    });
  },
);

const alarm: AlarmReport = {
  kind: 'alarm',
  line,
  alarm: 'prediction-drift',
  subject: '143',
  time_ms: Date.UTC(2026, 4, 11, 6, 10),
  priority: 'high',
  state: 'UNACK',
  active: true,
  since_ms: Date.UTC(2026, 4, 11, 6, 9),
  detail: 'runs at 143 µm are 1.2 mg/cm² heavier than predicted',
};
