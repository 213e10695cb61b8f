import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Agent, type AgentLine } from '../agent/agent.ts';
import { LineAgent } from '../agent/line-agent.ts';
import { meteredSolver } from '../agent/metered-solver.ts';
import { stateShape } from '../agent/processor.ts';
import { exactSolver } from '../causal/exact/index.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Config, LineConfig } from '../config/schema.ts';
import type { SinkSettings } from '../config/sinks.ts';
import type { SourceSettings } from '../config/sources.ts';
import type { Clock } from '../core/clock.ts';
import type { Metered } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Source } from '../core/source.ts';
import type { LineKnowledge } from '../sinks/line-ports.ts';
import type { SourceDependencies } from '../sources/dependencies.ts';
import type { Store } from '../store/store.ts';
import { lineParts } from './line-parts.ts';
import type { Output, Spooled } from './outputs.ts';
import { sinkFolder, sourceFolder } from './source-folder.ts';

export interface Surroundings {
  /** Real time, for adapters that wait and retry. */
  readonly clock: Clock;
  /** Time on the line, stamped on what no message tells the time of; a simulated line has its own. */
  readonly lineClock?: Clock;
  readonly log: Logger;
  readonly store: Store;
  /** Folder in which adapters keep what is their own, such as certificates. */
  readonly stateFolder: string;
  /** Takes the place of the folder that recordings name. */
  readonly data?: string | undefined;
}

/** The composition root: from a configuration to an agent whose parts are wired and not yet started. */
export async function assembleAgent({ config, folder }: LoadedConfig, around: Surroundings): Promise<Agent> {
  const lines: AgentLine[] = [];
  for (const line of config.lines) lines.push(await assembleLine(line, config, folder, around));
  return new Agent(lines, around.log);
}

async function assembleLine(
  config: LineConfig,
  { store: storeSettings }: Config,
  folder: string,
  around: Surroundings,
): Promise<AgentLine> {
  const { store, clock, log, lineClock = clock } = around;
  const line = config.name;
  const solver = meteredSolver(exactSolver, line, clock);
  const { lab, ...parts } = lineParts(config, folder, solver);
  const createSource = await sourceFactory(config.sources, folder, around.data);
  const agent = new LineAgent({
    ...parts,
    // Without its file a recording has nothing to say, however often it is tried.
    onFailure: config.sources.map((source) => (source.type === 'recording' ? 'stop' : source.on_failure)),
    sources: (deadLetters) =>
      config.sources.map((settings, index) => {
        const stateFolder = sourceFolder(around.stateFolder, line, index, settings.type);
        mkdirSync(stateFolder, { recursive: true });
        return createSource(settings, { line, clock, log, deadLetters, stateFolder });
      }),
    journal: store.journal(line),
    snapshots: store.snapshots(line, stateShape),
    history: store.history(),
    snapshotEveryMessages: storeSettings.snapshot_every_messages,
    pendingLimit: storeSettings.pending_limit,
    clock: lineClock,
    realTime: clock,
    metered: [solver],
    log,
  });
  const { target_mg_cm2, tolerance_mg_cm2 } = config;
  return { agent, lab, target_mg_cm2, tolerance_mg_cm2 };
}

type SourceFactory = (settings: SourceSettings, dependencies: SourceDependencies) => Source;

/** Loads the libraries of those adapters only that the configuration names: OPC UA alone takes a second. */
export async function sourceFactory(
  sources: readonly SourceSettings[],
  folder: string,
  data: string | undefined,
): Promise<SourceFactory> {
  const uses = (type: SourceSettings['type']) => sources.some((source) => source.type === type);
  const opcua = uses('opcua') ? await import('../sources/opcua/source.ts') : undefined;
  const mqtt = uses('mqtt') ? await import('../sources/mqtt/source.ts') : undefined;
  const recording = uses('recording') ? await import('../sources/recording/source.ts') : undefined;
  return (settings, dependencies) => {
    switch (settings.type) {
      case 'opcua':
        return opcua!.createOpcUaSource(settings, dependencies);
      case 'mqtt':
        return mqtt!.createMqttSource(settings, dependencies);
      case 'recording':
        return recording!.createRecordingSource(
          { ...settings, data: data ?? resolve(folder, settings.data) },
          dependencies,
        );
    }
  };
}

export interface SinkSurroundings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Pick<Store, 'spool'>;
  readonly stateFolder: string;
  readonly agent: LineKnowledge & Metered;
}

/** The sink at one place of the configuration; equal sinks are told apart by number, from the second on. */
export async function assembleSink(
  settings: SinkSettings,
  index: number,
  config: Config,
  { clock, log, store, stateFolder, agent }: SinkSurroundings,
): Promise<Output> {
  const before = config.sinks.slice(0, index).filter(({ type }) => type === settings.type).length;
  // A source of the same kind is called by the kind alone.
  const base = `${settings.type}-output`;
  const name = before === 0 ? base : `${base}-${before + 1}`;
  switch (settings.type) {
    case 'mqtt': {
      const { payload } = settings;
      if (payload.type === 'sparkplug') {
        const { createSparkplugSink } = await import('../sinks/mqtt/sparkplug/sink.ts');
        const { birthCountIn } = await import('../sinks/mqtt/sparkplug/birth-count.ts');
        const births = birthCountIn(sinkFolder(stateFolder, index, settings.type), log);
        const around = { clock, log, name, lines: config.lines, knowledge: agent, births };
        return { settings, sink: createSparkplugSink({ ...settings, payload }, around) };
      }
      const { createMqttSink } = await import('../sinks/mqtt/sink.ts');
      const spooled = spoolOf(settings.spool, name, store);
      return {
        settings,
        sink: createMqttSink(settings, { clock, log, name, spool: spooled.spool }),
        spooled,
      };
    }
    case 'opcua': {
      const { createOpcUaSink } = await import('../sinks/opcua/sink.ts');
      const folder = sinkFolder(stateFolder, index, settings.type);
      const { lines } = config;
      const around = { clock, log, name, lines, knowledge: agent, stateFolder: folder };
      const sink = createOpcUaSink(settings, around);
      return { settings, sink };
    }
    case 'influx': {
      const { createInfluxSink } = await import('../sinks/influx/sink.ts');
      const spooled = spoolOf(settings.spool, name, store);
      const figures = () => agent.figures();
      const sink = createInfluxSink(settings, { clock, log, name, figures, spool: spooled.spool });
      return { settings, sink, spooled };
    }
  }
}

type SpoolConfig = Extract<SinkSettings, { spool: unknown }>['spool'];

function spoolOf(
  { max_mb, max_age_h, overflow }: SpoolConfig,
  name: string,
  store: Pick<Store, 'spool'>,
): Spooled {
  const room_bytes = max_mb * 1e6;
  return {
    spool: store.spool(name, { bytes: room_bytes, age_ms: max_age_h * 3_600_000, overflow }),
    room_bytes,
  };
}
