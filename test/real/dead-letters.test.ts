import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectAsync } from 'mqtt';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { createSimulatedLine } from '../../simulators/line.ts';
import { loadScenario } from '../../simulators/scenario/load.ts';
import { assembleAgent } from '../../src/commands/assemble.ts';
import { startBroker } from '../../src/commands/broker.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { LogFields, Logger } from '../../src/core/logger.ts';
import { openStore } from '../../src/store/store.ts';

const scanPayload = (scan: number, change: Record<string, unknown> = {}): string =>
  JSON.stringify({
    scan,
    time: '2024-03-04T06:10:00Z',
    duration_ms: 8000,
    started_at: 'operator',
    loading_g_m2: new Array(800).fill(200),
    ...change,
  });

const nothing = () => {};

/** Keeps the warnings, as a log file would. */
function recordingLogger(lines: LogFields[]): Logger {
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: (fields) => lines.push(fields),
    error: nothing,
    child: () => logger,
  };
  return logger;
}

it('what can not be used is counted and logged, reason by reason, and the stream goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-letters-'));
  const broker = await startBroker();
  const simulated = createSimulatedLine({
    scenario: loadScenario('config/scenarios/demo.yaml'),
    seed: 1,
    line: 'coater-1',
    opcua: { port: 0, hostname: '127.0.0.1' },
    mqtt: undefined,
    stateDirectory: join(folder, 'simulator'),
    log: recordingLogger([]),
  });
  const { endpointUrl = '' } = await simulated.start();
  const file = join(folder, 'line.yaml');
  writeFileSync(
    file,
    `lines:
  - name: coater-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    sources:
      - type: mqtt
        url: ${broker.url}
      - type: opcua
        endpoint: ${endpointUrl}
        security: { mode: none, policy: none }
        endpoint_must_exist: false
        tags:
          web_speed_m_min: { node: "nsu=urn:gapwise:simulator:coater;s=coater-1.web_speed_m_min" }
          no_such_thing: { node: "nsu=urn:gapwise:simulator:coater;s=coater-1.no_such_thing" }
`,
  );
  const warnings: LogFields[] = [];
  const store = await openStore(join(folder, 'store'));
  const agent = await assembleAgent(loadConfig(file, {}), {
    clock: systemClock,
    log: recordingLogger(warnings),
    store,
    stateFolder: folder,
  });
  const line = agent.line('coater-1');
  const letters = firstValueFrom(
    line.reports.pipe(
      filter((report) => report.kind === 'dead-letter'),
      take(6),
      toArray(),
    ),
  );
  const goodScan = firstValueFrom(line.processed.pipe(filter(({ message }) => message.kind === 'scan')));
  const machineSample = firstValueFrom(
    line.processed.pipe(filter(({ message }) => message.kind === 'machine')),
  );
  await agent.start();

  const gauge = await connectAsync(broker.url);
  const publish = (payload: string) =>
    gauge.publishAsync('gapwise/plant/area/coater-1/gauge/gauge-1/scan', payload, { qos: 1 });
  const values = new Array<number | null>(800).fill(200);
  await publish('this is not JSON');
  await publish(scanPayload(1, { loading_g_m2: values.slice(1) }));
  await publish(scanPayload(2, { loading_g_m2: values.with(400, null) }));
  await publish(scanPayload(3).replace('200', 'NaN'));
  await publish(scanPayload(4, { time: -5 }));
  await publish(scanPayload(5));
  await simulated.advanceTo(simulated.startTime_ms + 5_000);

  expect((await letters).map(({ reason }) => reason).sort()).toEqual([
    'invalid-time',
    'malformed',
    'malformed',
    'not-a-number',
    'unknown-tag',
    'wrong-length',
  ]);
  expect((await goodScan).message).toMatchObject({ kind: 'scan', scan: 5 });
  expect((await machineSample).message).toMatchObject({ kind: 'machine' });
  expect(line.deadLetterCounts).toEqual({
    malformed: 2,
    'wrong-length': 1,
    'not-a-number': 1,
    'invalid-time': 1,
    'unknown-tag': 1,
  });
  const logged = warnings.filter(({ event }) => event === 'dead-letter').map((fields) => fields['reason']);
  expect(new Set(logged)).toEqual(new Set(Object.keys(line.deadLetterCounts)));

  await gauge.endAsync();
  await agent.stop();
  await simulated.stop();
  await broker.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
