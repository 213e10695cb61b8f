import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  type DataValue,
  DeadbandType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { machineParameters } from '../../simulators/coater/parameters.ts';
import { generate } from '../../simulators/generate.ts';
import { createSimulatedLine, type SimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { silentLogger } from '../../src/core/logger.ts';

const scenario = scenarioOf({
  name: 'real',
  lead_s: 5,
  tail_s: 400,
  runs: [{ gap_um: 120, duration_s: 60 }],
  faults: [{ fault: 'bad-quality', at_s: 70, for_s: 3, tags: ['slurry_temperature_c'] }],
});
const SEED = 5;
const SECONDS = 181;

let state: string;
let line: SimulatedLine;
let endpointUrl: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'gapwise-simulator-test-'));
  line = createSimulatedLine({
    scenario,
    seed: SEED,
    opcua: { port: 0, hostname: '127.0.0.1' },
    mqtt: undefined,
    stateDirectory: state,
    log: silentLogger,
  });
  endpointUrl = (await line.start()).endpointUrl as string;
});

afterAll(async () => {
  await line?.stop();
  await rm(state, { recursive: true, force: true });
});

async function connect(mode: MessageSecurityMode, policy: SecurityPolicy): Promise<OPCUAClient> {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    securityMode: mode,
    securityPolicy: policy,
    connectionStrategy: { maxRetry: 0 },
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: join(state, 'client'),
      automaticallyAcceptUnknownCertificate: true,
    }),
  });
  await client.connect(endpointUrl);
  return client;
}

describe('a node-opcua client on the simulated coater', () => {
  test('receives every second of every parameter, unchanged values too, at 60 seconds a call', async () => {
    const client = await connect(MessageSecurityMode.None, SecurityPolicy.None);
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(COATER_NAMESPACE_URI);
    expect(index).toBeGreaterThan(0);

    const subscription = ClientSubscription.create(session, {
      publishingEnabled: true,
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 1000,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 0,
      priority: 1,
    });
    await new Promise((resolve) => subscription.once('started', resolve));

    const received = new Map<string, { time_ms: number; value: number; good: boolean }[]>();
    let count = 0;
    let arrived = () => {};
    const items = await Promise.all(
      machineParameters.map(async ({ name }) => {
        const values: { time_ms: number; value: number; good: boolean }[] = [];
        received.set(name, values);
        const item = ClientMonitoredItem.create(
          subscription,
          { nodeId: `ns=${index};s=line-1.${name}`, attributeId: AttributeIds.Value },
          {
            samplingInterval: 0,
            queueSize: 500,
            discardOldest: true,
            filter: new DataChangeFilter({
              trigger: DataChangeTrigger.StatusValueTimestamp,
              deadbandType: DeadbandType.None,
            }),
          },
          TimestampsToReturn.Both,
        );
        item.on('changed', (value: DataValue) => {
          const time_ms = value.sourceTimestamp?.getTime() ?? Number.NaN;
          values.push({ time_ms, value: value.value.value, good: value.statusCode.isGood() });
          count++;
          arrived();
        });
        await new Promise((resolve) => item.once('initialized', resolve));
        return item;
      }),
    );
    expect(items).toHaveLength(machineParameters.length);

    for (let second = 60; second <= 180; second += 60) {
      // One value waits in each node before the first second.
      const expected = machineParameters.length * (second + 2);
      const all = new Promise<void>((resolve) => {
        arrived = () => count >= expected && resolve();
      });
      await line.advanceTo(line.startTime_ms + second * 1000);
      await all;
    }

    const samples = [...generate(scenario, SEED)].filter((m) => m.kind === 'machine').slice(0, SECONDS);
    for (const { name } of machineParameters) {
      const [waiting, ...values] = received.get(name) ?? [];
      expect(waiting).toMatchObject({ time_ms: line.startTime_ms - 1000, good: false });
      expect(values.map((v) => v.time_ms)).toEqual(samples.map((s) => s.time_ms));
      for (const [i, sample] of samples.entries()) {
        const good = !sample.bad?.includes(name);
        expect(values[i]?.good).toBe(good);
        if (good) expect(values[i]?.value).toBe(sample.values[name]);
      }
    }
    expect((received.get('slurry_temperature_c') ?? []).filter((v) => !v.good)).toHaveLength(1 + 3);

    await session.close();
    await client.disconnect();
  });

  test('finds units and ranges, and may not write', async () => {
    const client = await connect(MessageSecurityMode.None, SecurityPolicy.None);
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(COATER_NAMESPACE_URI);
    const nodeId = `ns=${index};s=line-1.web_speed_m_min`;
    const browsed = await session.browse(nodeId);
    const names = browsed.references?.map((r) => r.browseName.name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['EURange', 'EngineeringUnits']));
    const unit = browsed.references?.find((r) => r.browseName.name === 'EngineeringUnits');
    const read = await session.read({ nodeId: unit?.nodeId ?? '', attributeId: AttributeIds.Value });
    expect(read.value.value.displayName.text).toBe('m/min');
    const value = { value: { dataType: DataType.Double, value: 9 } };
    const written = await session.write({ nodeId, attributeId: AttributeIds.Value, value });
    expect(written).toBe(StatusCodes.BadNotWritable);
    await session.close();
    await client.disconnect();
  });

  test('with security: a client whose certificate nobody trusted is turned away', async () => {
    const attempt = connect(MessageSecurityMode.SignAndEncrypt, SecurityPolicy.Basic256Sha256);
    await expect(attempt).rejects.toThrow();
  });
});
