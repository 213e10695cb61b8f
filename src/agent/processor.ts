import { Subject } from 'rxjs';
import type { AlarmAction, AlarmReport } from '../core/alarm.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { LineMessage } from '../core/messages.ts';
import type { Report } from '../core/report.ts';
import type { Cell, LinePipeline, PipelineOutput, PipelineState } from '../pipeline/line.ts';
import type { StateShape } from '../store/snapshots.ts';
import { type ProcessAlarmSettings, type ProcessAlarmState, ProcessAlarms } from './alarms/process-alarms.ts';
import { type CountingDeadLetters, countingDeadLetters, type DeadLetterCounts } from './dead-letters.ts';
import type { Learner, LearnerState } from './learner.ts';

export interface ProcessorParts {
  readonly line: string;
  readonly pipeline: LinePipeline;
  /** A learner that goes on from a stored state, or a new one. */
  readonly learner: (state?: LearnerState) => Learner;
  readonly alarms: ProcessAlarmSettings;
  readonly log: Logger;
  readonly tell: (report: Report) => void;
}

/** All that a restart needs, apart from the journal behind it. Plain data. */
export interface ProcessorState {
  /** Of the newest message (ms). */
  readonly time_ms: number;
  readonly pipeline: PipelineState;
  readonly learner: LearnerState;
  /** Absent in a state from before there were alarms. */
  readonly alarms?: ProcessAlarmState;
  readonly deadLetters: DeadLetterCounts;
}

/** Of which release the state is; to be raised with each change to it. */
export const stateVersion = 2;

/** The version, and what leads to it from older ones. */
export const stateShape: StateShape = {
  version: stateVersion,
  migrations: {
    // Before there were alarms and lasting counts of dead letters.
    1: (state) => ({
      time_ms: 0,
      deadLetters: {},
      ...(state as Pick<ProcessorState, 'pipeline' | 'learner'>),
    }),
  },
};

/**
 * What a line makes of its messages, one by one, without I/O and without the wall clock: the same messages lead to
 * the same reports and the same state, bit for bit. Between two messages the state is whole.
 */
export class Processor {
  readonly #line: string;
  readonly #tell: (report: Report) => void;
  readonly #pipeline: LinePipeline;
  readonly #cell: Cell<PipelineState>;
  readonly #messages = new Subject<LineMessage>();
  readonly #letters: CountingDeadLetters;
  readonly learner: Learner;
  readonly alarms: ProcessAlarms;
  #time_ms: number;

  constructor(parts: ProcessorParts, state?: ProcessorState) {
    this.#line = parts.line;
    this.#tell = parts.tell;
    this.#pipeline = parts.pipeline;
    this.#time_ms = state?.time_ms ?? 0;
    this.#letters = countingDeadLetters({
      line: parts.line,
      now_ms: () => this.#time_ms,
      log: parts.log,
      tell: parts.tell,
      ...(state && { counts: state.deadLetters }),
    });
    this.#cell = { state: state?.pipeline ?? parts.pipeline.initial() };
    this.learner = parts.learner(state?.learner);
    const failed = (watch: string, why: string) => this.#failed(`alarm ${watch}`, why);
    this.alarms = new ProcessAlarms(parts.line, parts.alarms, failed, state?.alarms);
    this.#messages
      .pipe(parts.pipeline.through(this.#cell, this.#letters))
      .subscribe((output) => this.#take(output));
  }

  get state(): ProcessorState {
    return {
      time_ms: this.#time_ms,
      pipeline: this.#cell.state,
      learner: this.learner.state,
      alarms: this.alarms.state,
      deadLetters: this.#letters.counts,
    };
  }

  get deadLetterCounts(): DeadLetterCounts {
    return this.#letters.counts;
  }

  /** Tells everything that follows from the message, before it returns. Alarms come last. */
  process(message: Exclude<LineMessage, AlarmAction>): void {
    this.#time_ms = message.time_ms;
    if (message.kind === 'machine' && message.line === this.#line) this.#told(message);
    this.#messages.next(message);
    for (const alarm of this.alarms.settle(message.time_ms)) this.#tell(alarm);
  }

  /** @throws BadInputError for an action that can't be done (any more), saying why. */
  act(action: AlarmAction): AlarmReport {
    const alarm = this.alarms.act(action);
    this.#tell(alarm);
    return alarm;
  }

  /** For finite recordings: has the pipeline decide what still waits. The line can't go on from there. */
  finish(): void {
    for (const output of this.#pipeline.finish(this.#cell, this.#letters)) this.#take(output);
    for (const alarm of this.alarms.settle(this.#time_ms)) this.#tell(alarm);
  }

  #take(output: PipelineOutput): void {
    this.#told(output);
    if (output.kind !== 'observation') return;
    try {
      for (const report of this.learner.learn(output)) this.#told(report);
      const run = this.learner.forecaster.run(output.run);
      const abstraction = this.learner.abstraction.current;
      if (run)
        this.alarms.see({
          kind: 'learnt',
          time_ms: output.time_ms,
          run,
          ...(abstraction && { abstraction }),
        });
    } catch (error) {
      this.#failed(`learner: scan ${output.scan} of ${output.gauge}`, messageOf(error));
    }
  }

  #told(report: Report): void {
    this.#tell(report);
    this.alarms.see(report);
  }

  #failed(where: string, detail: string): void {
    this.#letters.take({ source: 'agent', line: this.#line, where, reason: 'stage-failed', detail });
  }
}
