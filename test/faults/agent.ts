import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject, Subject } from 'rxjs';
import { AbstractionKeeper } from '../../src/agent/abstraction-keeper.ts';
import { Forecaster } from '../../src/agent/forecaster.ts';
import { Learner, type LearnerState } from '../../src/agent/learner.ts';
import { LineAgent } from '../../src/agent/line-agent.ts';
import { stateShape } from '../../src/agent/processor.ts';
import { exactSolver } from '../../src/causal/exact/index.ts';
import { abstractionSchema } from '../../src/config/abstraction.ts';
import { alarmsSchema } from '../../src/config/alarms.ts';
import { type PipelineConfig, pipelineSchema } from '../../src/config/pipeline.ts';
import { type Clock, VirtualClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage, Outage } from '../../src/core/messages.ts';
import type { DroppedScan, Observation } from '../../src/core/observation.ts';
import type { DeadLetterReport, Report } from '../../src/core/report.ts';
import type { AdapterStatus, Arrival, DeadLetters, Source } from '../../src/core/source.ts';
import { linePipeline } from '../../src/pipeline/line.ts';
import { labExpectation } from '../../src/pipeline/pairing/sequence/expectation.ts';
import { hierarchicalPredictor } from '../../src/predict/hierarchical/predictor.ts';
import { readLabTable } from '../../src/sources/tables/lab.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const lab = readLabTable('config/lab/lrcs-cunha-2020.csv').groups;
const predictor = hierarchicalPredictor();

/** A source that a test speaks through. */
export class Mouth implements Source {
  readonly name = 'test';
  readonly #arrivals = new Subject<Arrival>();
  readonly arrivals = this.#arrivals.asObservable();
  readonly status = new BehaviorSubject<AdapterStatus>({ state: 'connected', detail: '' });

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  say(message: LineMessage): void {
    this.#arrivals.next({ message, acknowledge: () => {}, refuse: () => {} });
  }
}

export interface AgentOptions {
  readonly line: string;
  readonly pipeline?: Record<string, unknown>;
  readonly sources?: (letters: DeadLetters) => readonly Source[];
  /** For retries and alarms about adapters. */
  readonly realTime?: Clock;
}

/** The agent of one line as `gapwise run` makes it, on a store of the caller's. */
export function lineAgent(store: Store, { line, pipeline, sources, realTime }: AgentOptions) {
  const mouth = new Mouth();
  const config: PipelineConfig = pipelineSchema.parse(pipeline ?? {});
  const learner = (state?: LearnerState) =>
    new Learner(
      new Forecaster(
        predictor,
        { line, lab, slurry: { am_percent: 96 }, curve_um: [150] },
        state?.forecaster,
      ),
      new AbstractionKeeper(
        { line, lab, abstraction: abstractionSchema.parse({}), bins: config.bins, solver: exactSolver },
        state?.abstraction,
      ),
    );
  const agent = new LineAgent({
    line,
    sources: (letters) => sources?.(letters) ?? [mouth],
    pipeline: linePipeline(config, { line, expectedLoading: labExpectation(lab) }),
    learner,
    alarms: { alarms: alarmsSchema.parse({}) },
    journal: store.journal(line),
    snapshots: store.snapshots(line, stateShape),
    snapshotEveryMessages: 5000,
    pendingLimit: 1_000_000,
    clock: new VirtualClock(0),
    ...(realTime && { realTime }),
    log: silentLogger,
  });
  const reports: Report[] = [];
  agent.reports.subscribe((report) => reports.push(report));
  return { agent, mouth, reports };
}

export interface Told {
  readonly reports: readonly Report[];
  readonly agent: LineAgent;
  readonly outages: readonly Outage[];
  readonly drops: readonly DroppedScan[];
  readonly letters: readonly DeadLetterReport[];
  readonly observations: readonly Observation[];
}

/** Plays messages through an agent with a store of its own, to their end. */
export async function told(
  messages: Iterable<LineMessage>,
  line: string,
  pipeline?: Record<string, unknown>,
): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-faults-'));
  const store = await openStore(folder);
  try {
    const { agent, mouth, reports } = lineAgent(store, { line, ...(pipeline && { pipeline }) });
    await agent.start();
    for (const message of messages) mouth.say(message);
    await agent.stop();
    agent.finish();
    return { agent, reports, ...sorted(reports) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function sorted(reports: readonly Report[]): Omit<Told, 'agent' | 'reports'> {
  return {
    outages: reports.filter((report) => report.kind === 'outage'),
    drops: reports.filter((report) => report.kind === 'dropped'),
    letters: reports.filter((report) => report.kind === 'dead-letter'),
    observations: reports.filter((report) => report.kind === 'observation'),
  };
}
