import { merge, type Observable, Subject, takeUntil } from 'rxjs';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { LineMessage } from '../core/messages.ts';
import type { Report } from '../core/report.ts';
import type { Source } from '../core/source.ts';
import type { Cell, LinePipeline, PipelineOutput, PipelineState } from '../pipeline/line.ts';
import type { Journal } from '../store/journal.ts';
import type { Snapshots } from '../store/snapshots.ts';
import { countingDeadLetters } from './dead-letters.ts';
import { type Kept, throughJournal } from './intake.ts';
import type { Learner, LearnerState } from './learner.ts';

export interface LineAgentParts {
  readonly line: string;
  /** Made once the agent can take their dead letters. */
  readonly sources: (deadLetters: ReturnType<typeof countingDeadLetters>) => readonly Source[];
  readonly pipeline: LinePipeline;
  /** A learner that goes on from a stored state, or a new one. */
  readonly learner: (state?: LearnerState) => Learner;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly snapshotEveryMessages: number;
  readonly pendingLimit: number;
  /** Stamps what no message tells the time of. */
  readonly clock: Pick<Clock, 'now_ms'>;
  readonly log: Logger;
}

/** All that a restart needs, apart from the journal behind it. */
export interface AgentState {
  readonly pipeline: PipelineState;
  readonly learner: LearnerState;
}

/**
 * One line, from its sources to its reports. A message is journaled, acknowledged, taken through the pipeline and
 * learnt from before the next one is looked at, so that between two messages the state is whole: a snapshot of it
 * and the journal behind it give the same agent again, bit for bit.
 */
export class LineAgent {
  readonly line: string;
  readonly #parts: LineAgentParts;
  readonly #log: Logger;
  readonly #reports = new Subject<Report>();
  readonly #processed = new Subject<Kept>();
  readonly #messages = new Subject<LineMessage>();
  readonly #stopping = new Subject<void>();
  readonly #deadLetters: ReturnType<typeof countingDeadLetters>;
  readonly #sources: readonly Source[];
  readonly #cell: Cell<PipelineState>;
  #learner: Learner;
  #position = 0;
  #snapshotPosition = 0;
  #snapshot: Promise<void> | undefined;
  #done: Promise<void> = Promise.resolve();

  /** In the order of the messages that made them; never ends by an error. */
  readonly reports: Observable<Report> = this.#reports.asObservable();
  /** Each message, once everything that follows from it has been reported. */
  readonly processed: Observable<Kept> = this.#processed.asObservable();

  constructor(parts: LineAgentParts) {
    this.line = parts.line;
    this.#parts = parts;
    this.#log = parts.log.child({ line: parts.line });
    this.#deadLetters = countingDeadLetters(parts.line, parts.clock, this.#log, (report) =>
      this.#report(report),
    );
    this.#sources = parts.sources(this.#deadLetters);
    this.#cell = { state: parts.pipeline.initial() };
    this.#learner = parts.learner();
    this.#messages
      .pipe(parts.pipeline.through(this.#cell, this.#deadLetters))
      .subscribe((output) => this.#take(output));
  }

  get learner(): Learner {
    return this.#learner;
  }

  /** Resolves when every source has come to its end (recordings) or the agent was stopped. */
  get done(): Promise<void> {
    return this.#done;
  }

  get deadLetterCounts(): Readonly<Record<string, number>> {
    return this.#deadLetters.counts();
  }

  /** Restores the state, then lets the sources in. @throws ConfigError where a source can't ever work. */
  async start(): Promise<void> {
    this.#restore();
    for (const report of this.#learner.reports(this.#parts.clock.now_ms())) this.#report(report);
    this.#watchAdapters();
    this.#done = new Promise((resolve) => {
      merge(...this.#sources.map(({ arrivals }) => arrivals))
        .pipe(
          takeUntil(this.#stopping),
          throughJournal((message) => this.#parts.journal.append(message), {
            pendingLimit: this.#parts.pendingLimit,
            onRefused: (message, why) =>
              this.#log.error(
                { event: 'message-refused', kind: message.kind, time_ms: message.time_ms },
                why,
              ),
          }),
        )
        .subscribe({ next: (kept) => this.#process(kept), complete: resolve });
    });
    for (const source of this.#sources) await source.start();
  }

  /** For finite recordings: has the pipeline decide what still waits. The line can't go on from there. */
  finish(): void {
    for (const output of this.#parts.pipeline.finish(this.#cell, this.#deadLetters)) this.#take(output);
  }

  /** Stops the sources, works off what was taken in, and keeps the state. Safe to call twice. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    this.#stopping.next();
    await this.#done;
    await this.#snapshot;
    if (this.#position > this.#snapshotPosition) await this.#save();
  }

  #restore(): void {
    const { snapshots, journal } = this.#parts;
    const snapshot = snapshots.latest();
    if (snapshot) {
      const state = snapshot.state as AgentState;
      this.#cell.state = state.pipeline;
      this.#learner = this.#parts.learner(state.learner);
      this.#position = this.#snapshotPosition = snapshot.position;
    }
    let replayed = 0;
    for (const kept of journal.read(this.#position + 1)) {
      this.#process(kept);
      replayed++;
    }
    this.#log.info(
      { event: 'restored', snapshot: snapshot?.position ?? null, replayed },
      `restored from ${snapshot ? `the snapshot at ${snapshot.position}` : 'nothing'} and ${replayed} messages`,
    );
  }

  #process(kept: Kept): void {
    this.#messages.next(kept.message);
    this.#position = kept.position;
    this.#processed.next(kept);
    if (this.#position - this.#snapshotPosition >= this.#parts.snapshotEveryMessages && !this.#snapshot) {
      this.#snapshot = this.#save().finally(() => {
        this.#snapshot = undefined;
      });
    }
  }

  /** The state is taken at once, before the next message; a failure costs time at the next start, not data. */
  async #save(): Promise<void> {
    const { snapshots, journal } = this.#parts;
    const state: AgentState = { pipeline: this.#cell.state, learner: this.#learner.state };
    this.#snapshotPosition = this.#position;
    try {
      await snapshots.save(this.#position, state);
      await journal.trim(snapshots.oldestPosition() + 1);
    } catch (error) {
      this.#log.error({ event: 'snapshot-failed', position: this.#position }, messageOf(error));
    }
  }

  #take(output: PipelineOutput): void {
    this.#report(output);
    if (output.kind !== 'observation') return;
    try {
      for (const report of this.#learner.learn(output)) this.#report(report);
    } catch (error) {
      this.#deadLetters.take({
        source: 'learner',
        line: this.line,
        where: `scan ${output.scan} of ${output.gauge}`,
        reason: 'stage-failed',
        detail: messageOf(error),
      });
    }
  }

  #watchAdapters(): void {
    for (const { name, status } of this.#sources) {
      status.pipe(takeUntil(this.#stopping)).subscribe((now) =>
        this.#report({
          ...now,
          kind: 'adapter',
          line: this.line,
          adapter: name,
          time_ms: this.#parts.clock.now_ms(),
        }),
      );
    }
  }

  #report(report: Report): void {
    this.#reports.next(report);
  }
}
