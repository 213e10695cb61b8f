import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { AbstractionKeeper } from '../agent/abstraction-keeper.ts';
import { Agent, type AgentLine } from '../agent/agent.ts';
import { Forecaster } from '../agent/forecaster.ts';
import { Learner, type LearnerState } from '../agent/learner.ts';
import { LineAgent } from '../agent/line-agent.ts';
import { exactSolver } from '../causal/exact/index.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Config, LineConfig } from '../config/schema.ts';
import type { SourceSettings } from '../config/sources.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import { linePipeline } from '../pipeline/line.ts';
import { labExpectation } from '../pipeline/pairing/sequence/expectation.ts';
import { hierarchicalPredictor } from '../predict/hierarchical/predictor.ts';
import type { SourceDependencies } from '../sources/dependencies.ts';
import { readLabTable } from '../sources/tables/lab.ts';
import type { Store } from '../store/store.ts';
import { sourceFolder } from './source-folder.ts';

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
  const lab = readLabTable(resolve(folder, config.lab.file), {
    columns: config.lab.columns,
    where: Object.entries(config.lab.where).map(([column, value]) => ({ column, value })),
  }).groups;
  const createSource = await sourceFactory(config.sources, folder, around.data);
  const predictor = hierarchicalPredictor(config.predictor);
  const learner = (state?: LearnerState) =>
    new Learner(
      new Forecaster(
        predictor,
        { line, lab, slurry: config.slurry, curve_um: curve(config.curve_um) },
        state?.forecaster,
      ),
      new AbstractionKeeper(
        { line, lab, abstraction: config.abstraction, bins: config.pipeline.bins, solver: exactSolver },
        state?.abstraction,
      ),
    );
  const agent = new LineAgent({
    line,
    sources: (deadLetters) =>
      config.sources.map((settings, index) => {
        const stateFolder = sourceFolder(around.stateFolder, line, index, settings.type);
        mkdirSync(stateFolder, { recursive: true });
        return createSource(settings, { line, clock, log: log.child({ line }), deadLetters, stateFolder });
      }),
    pipeline: linePipeline(config.pipeline, {
      line,
      // Of the lab alone: what the line has learnt so far would make a pairing depend on when it was decided.
      expectedLoading: labExpectation(lab),
    }),
    learner,
    journal: store.journal(line),
    snapshots: store.snapshots(line),
    snapshotEveryMessages: storeSettings.snapshot_every_messages,
    pendingLimit: storeSettings.pending_limit,
    clock: lineClock,
    log,
  });
  return { agent, lab, tolerance_mg_cm2: config.tolerance_mg_cm2 };
}

function curve({ from, to, step }: LineConfig['curve_um']): number[] {
  const points = Math.max(0, Math.floor((to - from) / step + 1e-9)) + 1;
  return Array.from({ length: points }, (_, i) => from + i * step);
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

export async function assembleSinks(config: Config, clock: Clock, log: Logger): Promise<Sink[]> {
  const sinks: Sink[] = [];
  for (const settings of config.sinks) {
    if (settings.type === 'mqtt') {
      const { createMqttSink } = await import('../sinks/mqtt/sink.ts');
      sinks.push(createMqttSink(settings, { clock, log }));
    } else {
      const { createInfluxSink } = await import('../sinks/influx/sink.ts');
      sinks.push(createInfluxSink(settings, { clock, log }));
    }
  }
  return sinks;
}
