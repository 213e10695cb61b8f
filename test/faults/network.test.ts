import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { createSimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { startBroker } from '../../src/commands/broker.ts';
import { mqttSource, opcUaSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Report } from '../../src/core/report.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import {
  certificatesFolder,
  openCertificates,
  ownCertificate,
} from '../../src/sources/opcua/certificate-folder.ts';
import { loadOpcUa } from '../../src/sources/opcua/library.ts';
import { createOpcUaSource } from '../../src/sources/opcua/source.ts';
import { openStore } from '../../src/store/store.ts';
import { lineAgent, sorted } from './agent.ts';

/** Seconds at which one scan each is spoilt, and the dead letter that it has to become. */
const corruptions = [
  ['not-json', 'malformed'],
  ['truncated', 'malformed'],
  ['empty', 'malformed'],
  ['nan', 'malformed'],
  ['wrong-length', 'wrong-length'],
  ['negative-time', 'invalid-time'],
  ['out-of-range', 'out-of-range'],
  ['too-large', 'too-large'],
] as const;

it('corrupt and restart, over a real broker: dead letters by reason, and the scans that are missing', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-network-'));
  const store = await openStore(folder);
  const broker = await startBroker();
  const scenario = scenarioOf({
    name: 'spoilt',
    line: 'coater-1',
    parameters: { web_length_m: 2 },
    defaults: { duration_s: 600, web_speed_m_min: 2 },
    runs: [{ gap_um: 150 }],
    faults: [
      ...corruptions.map(([how], i) => ({ fault: 'corrupt', at_s: 100 + 24 * i, for_s: 8, how })),
      { fault: 'restart', device: 'gauge', at_s: 400, down_s: 40 },
    ],
  });
  const simulated = createSimulatedLine({
    scenario,
    seed: 1,
    opcua: undefined,
    mqtt: { url: broker.url },
    log: silentLogger,
  });
  const settings = mqttSource.parse({
    type: 'mqtt',
    url: broker.url,
    topics: ['gapwise/plant/area/{line}/gauge/{gauge}/scan'],
  });
  const { agent, reports } = lineAgent(store, {
    line: 'coater-1',
    sources: (deadLetters) => [
      createMqttSource(settings, {
        line: 'coater-1',
        clock: systemClock,
        log: silentLogger,
        deadLetters,
        stateFolder: folder,
      }),
    ],
  });
  const connected = firstValueFrom(
    agent.reports.pipe(filter((report) => report.kind === 'adapter' && report.state === 'connected')),
  );
  try {
    await agent.start();
    await connected;
    await simulated.start();
    const last = Math.floor((simulated.endTime_ms - simulated.startTime_ms) / 8000) - 2;
    const arrived = firstValueFrom(
      agent.processed.pipe(filter(({ message }) => message.kind === 'scan' && message.scan >= last)),
    );
    await simulated.advanceTo(simulated.endTime_ms);
    await arrived;
    await agent.stop();
    const wanted: Record<string, number> = {};
    for (const [, reason] of corruptions) wanted[reason] = (wanted[reason] ?? 0) + 1;
    expect(agent.deadLetterCounts).toEqual(wanted);
    const missing = sorted(reports).outages.filter(({ reason }) => reason === 'missing-scans');
    expect(missing.map(({ detail }) => Number.parseInt(detail, 10))).toContain(5);
    expect(missing).toHaveLength(corruptions.length + 1);
  } finally {
    await simulated.stop();
    await broker.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A simulated coater with one fault, and the agent that listens to it over OPC UA. */
async function coaterUnderFault(fault: object, security: object) {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-coater-'));
  const library = await loadOpcUa(silentLogger);
  const certificates = await openCertificates(library, certificatesFolder(folder));
  const simulated = createSimulatedLine({
    scenario: scenarioOf({
      name: 'coater',
      line: 'coater-1',
      runs: [{ gap_um: 150, duration_s: 600 }],
      faults: [{ ...fault, at_s: 30 }],
    }),
    seed: 1,
    opcua: { port: 0, hostname: '127.0.0.1', trusted: [ownCertificate(certificatesFolder(folder))] },
    mqtt: undefined,
    stateDirectory: join(folder, 'simulator'),
    log: silentLogger,
  });
  const { endpointUrl = '' } = await simulated.start();
  const visitor = library.OPCUAClient.create({ endpointMustExist: false });
  await visitor.connect(endpointUrl);
  for (const { serverCertificate } of await visitor.getEndpoints())
    await certificates.trustCertificate(serverCertificate);
  await visitor.disconnect();
  await certificates.dispose();

  const store = await openStore(join(folder, 'store'));
  const settings = opcUaSource.parse({
    type: 'opcua',
    endpoint: endpointUrl,
    security,
    tags: { encoder_m: { node: `nsu=${COATER_NAMESPACE_URI};s=coater-1.encoder_m` } },
    publishing_interval_ms: 50,
    sampling_interval_ms: 0,
    queue_size: 500,
    keepalive_s: 1,
    timeout_ms: 2000,
    retry: { initial_ms: 20, max_ms: 200 },
  });
  const { agent } = lineAgent(store, {
    line: 'coater-1',
    sources: (deadLetters) => [
      createOpcUaSource(settings, {
        line: 'coater-1',
        clock: systemClock,
        log: silentLogger,
        deadLetters,
        stateFolder: folder,
      }),
    ],
  });
  const advance = (second: number) => simulated.advanceTo(simulated.startTime_ms + second * 1000);
  const told = (wanted: (report: Report) => boolean) => firstValueFrom(agent.reports.pipe(filter(wanted)));
  const connected = () => told((report) => report.kind === 'adapter' && report.state === 'connected');
  const sampleAt = (second: number) =>
    firstValueFrom(
      agent.processed.pipe(
        filter(
          ({ message }) =>
            message.kind === 'machine' && message.time_ms >= simulated.startTime_ms + second * 1000,
        ),
      ),
    );
  return {
    told,
    connected,
    sampleAt,
    advance,
    /** Twenty seconds without a fault. */
    async calmly() {
      const isConnected = connected();
      await agent.start();
      await isConnected;
      const last = sampleAt(20);
      await advance(20);
      await last;
    },
    async stop() {
      await agent.stop();
      await simulated.stop();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

it('restart of the coater with another namespace index: an outage with its reason, then the values go on', async () => {
  const open = { mode: 'none', policy: 'none' };
  const line = await coaterUnderFault(
    { fault: 'restart', device: 'coater', down_s: 10, shift_namespace: true },
    open,
  );
  try {
    await line.calmly();
    const lost = line.told((report) => report.kind === 'outage' && report.source.startsWith('opcua'));
    const again = line.connected();
    await line.advance(45);
    expect(await lost).toMatchObject({ reason: expect.stringMatching(/^(disconnected|restarted)$/) });
    await again;
    const after = line.sampleAt(60);
    await line.advance(60);
    await after;
  } finally {
    await line.stop();
  }
});

it('certificate change: the agent refuses the stranger, and says whose certificate it is', async () => {
  const line = await coaterUnderFault({ fault: 'certificate-change', down_s: 2 }, {});
  try {
    await line.calmly();
    const refused = line.told(
      (report) => report.kind === 'adapter' && /certificate \S+ is refused/.test(report.detail),
    );
    await line.advance(60);
    expect(await refused).toMatchObject({
      state: expect.stringMatching(/^(disconnected|connecting|degraded)$/),
      detail: expect.stringMatching(/BadCertificateUntrusted/),
    });
  } finally {
    await line.stop();
  }
});
