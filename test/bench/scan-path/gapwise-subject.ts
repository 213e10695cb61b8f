import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { concatMap, filter, firstValueFrom, from } from 'rxjs';
import { LineAgent } from '../../../src/agent/line-agent.ts';
import { connect } from '../../../src/commands/connect.ts';
import { lineParts } from '../../../src/commands/line-parts.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { mqttSink } from '../../../src/config/sinks.ts';
import { mqttSource } from '../../../src/config/sources.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger as log } from '../../../src/core/logger.ts';
import type { Arrival, Source } from '../../../src/core/source.ts';
import { createMqttSink } from '../../../src/sinks/mqtt/sink.ts';
import { createMqttSource } from '../../../src/sources/mqtt/source.ts';
import { openStore } from '../../../src/store/store.ts';
import { MemorySpool } from '../../unit/sinks/influx-memory-spool.ts';
import { memoryJournal, noSnapshots } from '../memory-store.ts';
import { LINE, type Step, simulatedSteps } from './steps.ts';

/**
 * The agent of one line as `gapwise run` makes it, but for the coater: its samples are at hand in memory and go in
 * before the scan that they precede, so that a scan can be paired and learnt from at any rate of scans.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    name: { type: 'string', default: '' },
    format: { type: 'string', default: 'json' },
    journal: { type: 'string', default: 'on' },
    steps: { type: 'string', default: '0' },
  },
});
const { url, name, format, journal } = values;

const folder = mkdtempSync(join(tmpdir(), 'gapwise-bench-'));
const { config, folder: configFolder } = loadConfig('config/simulator.yaml', {});
const [settings] = config.lines;
if (!settings) throw new Error('config/simulator.yaml has no line');
const store = journal === 'off' ? undefined : await openStore(join(folder, 'store'), { log });
const steps = simulatedSteps(Number(values.steps));
const counts: Record<string, number> = {};

const agent = new LineAgent({
  ...lineParts({ ...settings, name: LINE }, configFolder),
  sources: (deadLetters) => {
    const source = mqttSource.parse({
      type: 'mqtt',
      url,
      client_id: name,
      topics: [`bench/${name}/scan`],
      payload: { type: format },
    });
    const around = { line: LINE, clock: systemClock, log, deadLetters, stateFolder: folder };
    return [behindItsSamples(createMqttSource(source, around), steps)];
  },
  journal: store?.journal(LINE) ?? memoryJournal(),
  snapshots: store?.snapshots(LINE) ?? noSnapshots,
  ...(store && { history: store.history() }),
  snapshotEveryMessages: config.store.snapshot_every_messages,
  pendingLimit: config.store.pending_limit,
  clock: systemClock,
  log,
});
const sink = createMqttSink(
  // The limit on catching up is there to spare a broker after an outage; here the full load is wanted.
  mqttSink.parse({
    type: 'mqtt',
    url,
    client_id: `${name}-out`,
    topic_prefix: `out/${name}`,
    catch_up_per_s: 1e6,
  }),
  {
    clock: systemClock,
    log,
    spool: store?.spool('mqtt', { bytes: 2e8, age_ms: 1e9, overflow: 'drop-oldest' }) ?? new MemorySpool(),
  },
);
agent.dispatches.subscribe(({ report: { kind } }) => {
  counts[kind] = (counts[kind] ?? 0) + 1;
});
agent.processed.subscribe(({ message }) => {
  if (message.kind === 'scan') counts['scan'] = (counts['scan'] ?? 0) + 1;
});
connect(agent.dispatches, () => [sink], log);

await sink.start();
const atBroker = subscribed(agent);
await agent.start();
await atBroker;
process.stdout.write('ready\n');
process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  await agent.stop();
  await sink.stop();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${JSON.stringify({ ...counts, dead: agent.deadLetterCounts })}\n`, () =>
    process.exit(0),
  );
}

/** The source is at its broker. */
function subscribed({ reports }: LineAgent): Promise<unknown> {
  return firstValueFrom(
    reports.pipe(filter((r) => r.kind === 'adapter' && r.adapter === 'mqtt' && r.state === 'connected')),
  );
}

function behindItsSamples(source: Source, all: readonly Step[]): Source {
  const of = new Map(all.map((step) => [step.scan.scan, step.samples]));
  const arrival = (message: Arrival['message']): Arrival => ({
    message,
    acknowledge: () => {},
    refuse: () => {},
  });
  return {
    name: source.name,
    status: source.status,
    start: () => source.start(),
    stop: () => source.stop(),
    arrivals: source.arrivals.pipe(
      concatMap((scan) => {
        const samples = (scan.message.kind === 'scan' && of.get(scan.message.scan)) || [];
        return from([...samples.map(arrival), scan]);
      }),
    ),
  };
}
