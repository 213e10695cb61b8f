import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject, firstValueFrom, last, Subject, take } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';
import { AbstractionKeeper } from '../../../src/agent/abstraction-keeper.ts';
import { Forecaster } from '../../../src/agent/forecaster.ts';
import { Learner, type LearnerState } from '../../../src/agent/learner.ts';
import { LineAgent } from '../../../src/agent/line-agent.ts';
import { exactSolver } from '../../../src/causal/exact/index.ts';
import { abstractionSchema } from '../../../src/config/abstraction.ts';
import { pipelineSchema } from '../../../src/config/pipeline.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { LineMessage } from '../../../src/core/messages.ts';
import type { Report } from '../../../src/core/report.ts';
import type { AdapterStatus, Arrival, Source } from '../../../src/core/source.ts';
import { linePipeline } from '../../../src/pipeline/line.ts';
import { labExpectation } from '../../../src/pipeline/pairing/sequence/expectation.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { readLabTable } from '../../../src/sources/tables/lab.ts';
import { openStore, type Store } from '../../../src/store/store.ts';

const lab = readLabTable('config/lab/lrcs-cunha-2020.csv').groups;
const predictor = hierarchicalPredictor();

class TestSource implements Source {
  readonly name = 'test';
  readonly #arrivals = new Subject<Arrival>();
  readonly arrivals = this.#arrivals.asObservable();
  readonly status = new BehaviorSubject<AdapterStatus>({ state: 'connected', detail: '' });
  acknowledged = 0;
  refused = 0;

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  send(message: LineMessage): void {
    this.#arrivals.next({
      message,
      acknowledge: () => this.acknowledged++,
      refuse: () => this.refused++,
    });
  }
}

/** @param mayKeep asked before each snapshot; false: it never comes to the disk, as if the process had died. */
function agentOn(
  store: Store,
  snapshotEveryMessages: number,
  mayKeep: () => boolean = () => true,
): { agent: LineAgent; source: TestSource } {
  const snapshots = store.snapshots('coater-1');
  const source = new TestSource();
  const pipeline = pipelineSchema.parse({ pairing: { web_length_m: 8 } });
  const learner = (state?: LearnerState) =>
    new Learner(
      new Forecaster(
        predictor,
        { line: 'coater-1', lab, slurry: {}, curve_um: [100, 200] },
        state?.forecaster,
      ),
      new AbstractionKeeper(
        {
          line: 'coater-1',
          lab,
          abstraction: abstractionSchema.parse({}),
          bins: pipeline.bins,
          solver: exactSolver,
        },
        state?.abstraction,
      ),
    );
  const agent = new LineAgent({
    line: 'coater-1',
    sources: () => [source],
    pipeline: linePipeline(pipeline, {
      line: 'coater-1',
      expectedLoading: labExpectation(lab),
    }),
    learner,
    journal: store.journal('coater-1'),
    snapshots: {
      ...snapshots,
      save: async (position, state) => {
        if (mayKeep()) await snapshots.save(position, state);
      },
    },
    snapshotEveryMessages,
    pendingLimit: 100_000,
    clock: new VirtualClock(0),
    log: silentLogger,
  });
  return { agent, source };
}

const scenario = loadScenario('config/scenarios/demo.yaml');
const messages = [...generate({ ...scenario, runs: scenario.runs.slice(0, 3) }, 3, 'coater-1')];

const folders: string[] = [];
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-agent-'));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What follows from the data alone: reports without adapters' news and without those that repeat after a restart. */
const ofTheData = (reports: readonly Report[]): Report[] =>
  reports.filter(({ kind }) => kind === 'observation' || kind === 'dropped' || kind === 'run');

describe('the agent of one line', () => {
  it('learns from a simulated line: observations, predictions, an abstraction', async () => {
    const store = await openStore(freshFolder());
    const { agent, source } = agentOn(store, 1_000);
    const reports: Report[] = [];
    agent.reports.subscribe((report) => reports.push(report));
    await agent.start();
    for (const message of messages) source.send(message);
    await agent.stop();
    expect(source).toMatchObject({ acknowledged: messages.length, refused: 0 });
    expect(agent.learner.forecaster.runs.length).toBeGreaterThanOrEqual(6);
    expect(agent.learner.abstraction.current).toMatchObject({ solver: 'exact' });
    expect(reports.filter(({ kind }) => kind === 'prediction').length).toBeGreaterThan(100);
    expect(agent.deadLetterCounts).toEqual({});
    await store.close();
  });

  it.each(['in good order', 'by being cut off'])(
    'stands exactly where an undisturbed one does after ending %s',
    async (ending) => {
      const undisturbedStore = await openStore(freshFolder());
      const undisturbed = agentOn(undisturbedStore, 500);
      const expected: Report[] = [];
      undisturbed.agent.reports.subscribe((report) => expected.push(report));
      await undisturbed.agent.start();
      for (const message of messages) undisturbed.source.send(message);
      await undisturbed.agent.stop();

      const folder = freshFolder();
      const seen: Report[] = [];
      const cuts = [0, 0.21, 0.5, 0.83, 1].map((share) => Math.round(share * messages.length));
      for (const [part, from] of cuts.slice(0, -1).entries()) {
        const store = await openStore(folder);
        let ended = false;
        const { agent, source } = agentOn(store, 500, () => !(ended && ending === 'by being cut off'));
        await agent.start();
        agent.reports.subscribe((report) => seen.push(report));
        const batch = messages.slice(from, cuts[part + 1]);
        const worked = firstValueFrom(agent.processed.pipe(take(batch.length), last()));
        for (const message of batch) source.send(message);
        await worked;
        ended = true;
        await agent.stop();
        if (part === cuts.length - 2) {
          expect(agent.learner.state).toEqual(undisturbed.agent.learner.state);
          expect(agent.learner.forecaster.predict(200)).toEqual(
            undisturbed.agent.learner.forecaster.predict(200),
          );
        }
        await store.close();
      }
      expect(ofTheData(seen)).toEqual(ofTheData(expected));
      await undisturbedStore.close();
    },
  );
});
