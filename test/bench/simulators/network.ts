import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { COATER_NAMESPACE_URI } from '../../../simulators/coater/contract.ts';
import { machineParameters } from '../../../simulators/coater/parameters.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { loadOpcUa } from '../../../src/core/opcua-library.ts';
import { freePort } from '../../real/mqtt-broker.ts';
import type { Part } from '../harness.ts';

const LINES = 200;
const WARM_UP_S = 15;
const MEASURED_S = 30;
const PUBLISHING_MS = 100;
const TICKS_PER_S = 100;
const SCAN_S = 8;

/**
 * Two hundred lines at real time over the real network: the simulator as a user starts it, one OPC UA server for all,
 * an MQTT connection for each, a Mosquitto, and one reader of all values and scans, which is this process.
 */
export async function linesOverTheNetwork(part: Part): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-bench-'));
  const port = await freePort();
  const broker = spawn('mosquitto', ['-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  });
  const scenario = join(folder, 'many.yaml');
  writeFileSync(
    scenario,
    `name: many\nruns: [{ gap_um: 150, duration_s: 3600 }]\nlines: [{ line: line, count: ${LINES} }]\n`,
  );
  const url = `mqtt://127.0.0.1:${port}`;
  const words = ['simulate', '--scenario', scenario, '--now', '--mqtt', url, '--opcua-port', '0'];
  const simulator = spawn(
    process.execPath,
    [resolve('dist/src/main.js'), ...words, '--state-directory', folder],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const endpoint = await announced(simulator);
    const lateness = { values: [] as number[], scans: [] as number[] };
    const closing = [await readScans(url, lateness.scans), await readValues(endpoint, lateness.values)];
    await pause(WARM_UP_S * 1000);
    lateness.values.length = 0;
    lateness.scans.length = 0;
    const began_ms = Date.now();
    const before = [simulator, broker].map(processorSeconds);
    const reader = process.cpuUsage();
    await pause(MEASURED_S * 1000);
    const taken_s = (Date.now() - began_ms) / 1000;
    const [simulated = 0, carried = 0] = [simulator, broker].map(
      (child, i) => processorSeconds(child) - before[i]!,
    );
    const { user, system } = process.cpuUsage(reader);
    const { values, scans } = { values: [...lateness.values], scans: [...lateness.scans] };
    for (const close of closing) await close();

    part.figure(
      `${LINES} lines over the network: cores taken by the simulator`,
      [simulated / taken_s],
      'cores',
      {
        atMost: 1,
      },
    );
    part.figure('by the broker', [carried / taken_s], 'cores');
    part.figure('by the reader of everything', [(user + system) / 1e6 / taken_s], 'cores');
    const expected = LINES * machineParameters.length;
    part.figure('values over OPC UA', [values.length / taken_s], 'values/s', { atLeast: 0.97 * expected });
    part.figure('scans over MQTT', [scans.length / taken_s], 'scans/s', { atLeast: (0.97 * LINES) / SCAN_S });
    for (const [what, all] of Object.entries({ values, scans })) {
      part.figure(`lateness of ${what}, median`, [quantile(all, 0.5)], 'ms');
      part.figure(`lateness of ${what}, 99 of 100`, [quantile(all, 0.99)], 'ms', { atMost: 1000 });
    }
    part.note(
      `from the time in a value or scan to its arrival here, over ${MEASURED_S} s; for values up to ${PUBLISHING_MS} ms ` +
        `of it are the publishing interval. Load average of the machine by then: ${loadavg()[0]?.toFixed(1)}.`,
    );
  } finally {
    simulator.kill('SIGTERM');
    broker.kill('SIGTERM');
    if (simulator.exitCode === null) await once(simulator, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The endpoint, once every line has been announced. */
async function announced(simulator: ChildProcess): Promise<string> {
  let endpoint = '';
  let lines = 0;
  for await (const text of createInterface({ input: simulator.stderr as NodeJS.ReadableStream })) {
    endpoint ||= /opc\.tcp:\S+?(?=,)/.exec(text)?.[0] ?? '';
    if (text.startsWith('line-') && ++lines === LINES) return endpoint;
  }
  throw new Error('the simulator ended before it was up');
}

async function readScans(url: string, lateness_ms: number[]): Promise<() => Promise<void>> {
  const client = await connectAsync(url);
  client.on('message', (_, payload) => {
    const { time } = JSON.parse(payload.toString()) as { time: string };
    lateness_ms.push(Date.now() - Date.parse(time));
  });
  await client.subscribeAsync('gapwise/#', { qos: 0 });
  return () => client.endAsync();
}

async function readValues(endpoint: string, lateness_ms: number[]): Promise<() => Promise<void>> {
  const opcua = await loadOpcUa(silentLogger);
  const client = opcua.OPCUAClient.create({ endpointMustExist: false });
  await client.connect(endpoint);
  const session = await client.createSession();
  const index = (await session.readNamespaceArray()).indexOf(COATER_NAMESPACE_URI);
  const subscription = opcua.ClientSubscription.create(session, {
    requestedPublishingInterval: PUBLISHING_MS,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
  });
  const filter = new opcua.DataChangeFilter({
    trigger: opcua.DataChangeTrigger.StatusValueTimestamp,
    deadbandType: opcua.DeadbandType.None,
  });
  for (let line = 1; line <= LINES; line++) {
    const items = machineParameters.map(({ name }) => ({
      nodeId: `ns=${index};s=line-${line}.${name}`,
      attributeId: opcua.AttributeIds.Value,
    }));
    const settings = { samplingInterval: 0, queueSize: 30, discardOldest: true, filter };
    const group = opcua.ClientMonitoredItemGroup.create(
      subscription,
      items,
      settings,
      opcua.TimestampsToReturn.Both,
    );
    group.on('changed', (_, { sourceTimestamp }) => {
      if (sourceTimestamp) lateness_ms.push(Date.now() - sourceTimestamp.getTime());
    });
    await new Promise<void>((done) => {
      group.on('initialized', () => done());
    });
  }
  return async () => {
    await subscription.terminate();
    await session.close();
    await client.disconnect();
  };
}

/** Processor time that a process has taken so far (s): fields 14 and 15 of proc(5)'s stat. */
function processorSeconds({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
