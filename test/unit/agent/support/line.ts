import { BehaviorSubject, Subject } from 'rxjs';
import { AbstractionKeeper } from '../../../../src/agent/abstraction-keeper.ts';
import { Forecaster } from '../../../../src/agent/forecaster.ts';
import { Learner, type LearnerState } from '../../../../src/agent/learner.ts';
import { LineAgent } from '../../../../src/agent/line-agent.ts';
import { stateShape } from '../../../../src/agent/processor.ts';
import { exactSolver } from '../../../../src/causal/exact/index.ts';
import { abstractionSchema } from '../../../../src/config/abstraction.ts';
import { alarmsSchema } from '../../../../src/config/alarms.ts';
import { pipelineSchema } from '../../../../src/config/pipeline.ts';
import { VirtualClock } from '../../../../src/core/clock.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import type { LineMessage } from '../../../../src/core/messages.ts';
import type { AdapterStatus, Arrival, Source } from '../../../../src/core/source.ts';
import { linePipeline } from '../../../../src/pipeline/line.ts';
import { labExpectation } from '../../../../src/pipeline/pairing/sequence/expectation.ts';
import { hierarchicalPredictor } from '../../../../src/predict/hierarchical/predictor.ts';
import { readLabTable } from '../../../../src/sources/tables/lab.ts';
import type { Store } from '../../../../src/store/store.ts';

const lab = readLabTable('config/lab/lrcs-cunha-2020.csv').groups;
const predictor = hierarchicalPredictor();
/** So low that a short line raises and clears some. */
const testAlarms = alarmsSchema.parse({
  prediction_drift: { reference_sd: 0.1, limit_sd: 1 },
  coverage_low: { runs: 5, significance: 0.15, over_significance: 0.5 },
  abstraction_error: { limit: 0.3, rise: 0.02, least_observations: 5 },
  judged_after_scans: 3,
});

/** A source that a test speaks through. */
export class TestSource implements Source {
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

/**
 * The agent of one line with alarms that are easily raised.
 *
 * @param mayKeep asked before each snapshot; false: it never comes to the disk, as if the process had died.
 */
export function agentOn(
  store: Store,
  snapshotEveryMessages: number,
  mayKeep: () => boolean = () => true,
): { agent: LineAgent; source: TestSource } {
  const snapshots = store.snapshots('coater-1', stateShape);
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
    alarms: { alarms: testAlarms, target_mg_cm2: 18, tolerance_mg_cm2: 2 },
    journal: store.journal('coater-1'),
    snapshots: {
      ...snapshots,
      save: async (position, state) => {
        if (mayKeep()) await snapshots.save(position, state);
      },
    },
    history: store.history(),
    snapshotEveryMessages,
    pendingLimit: 100_000,
    clock: new VirtualClock(0),
    log: silentLogger,
  });
  return { agent, source };
}
