import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { createSimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { startBroker } from '../../src/commands/broker.ts';
import { mqttSource } from '../../src/config/sources.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
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
