import { finalize, merge, type Observable, Subject, takeUntil } from 'rxjs';
import type { OnFailure } from '../config/supervision.ts';
import type { AlarmAction, AlarmReport } from '../core/alarm.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { History } from '../core/history.ts';
import type { Logger } from '../core/logger.ts';
import type { LineMessage } from '../core/messages.ts';
import type { Report } from '../core/report.ts';
import type { Dispatch } from '../core/report-id.ts';
import type { AdapterStatus, DeadLetters, Source } from '../core/source.ts';
import type { Journal } from '../store/journal.ts';
import type { Snapshots } from '../store/snapshots.ts';
import { Actions } from './actions.ts';
import type { ProcessAlarmSettings } from './alarms/process-alarms.ts';
import { type CountingDeadLetters, countingDeadLetters, sumOfCounts } from './dead-letters.ts';
import { historyEntry } from './history-keeping.ts';
import { type Kept, throughJournal } from './intake.ts';
import type { Learner } from './learner.ts';
import { LineCounters } from './line-counters.ts';
import { lineFigures } from './line-figures.ts';
import { Processor, type ProcessorParts, type ProcessorState } from './processor.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { Supervisor } from './supervisor.ts';
import { LineSurroundings } from './surroundings.ts';
import { Telling } from './telling.ts';

export interface LineAgentParts extends Omit<ProcessorParts, 'tell'> {
  /** Made once the agent can take their dead letters. */
  readonly sources: (deadLetters: DeadLetters) => readonly Source[];
  /** What becomes of each source that can't start, in the order of the sources; `retry` where it is absent. */
  readonly onFailure?: readonly OnFailure[];
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  /** Remembers what is told, where there is one. */
  readonly history?: Pick<History, 'append'>;
  readonly snapshotEveryMessages: number;
  readonly pendingLimit: number;
  /** Stamps what no message tells the time of. */
  readonly clock: Pick<Clock, 'now_ms'>;
  /** Parts of the line that tell figures of their own. */
  readonly metered?: readonly Metered[];
  /** Real time, for retries, for alarms about connections, and for how long things take. */
  readonly realTime?: Clock;
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
  readonly #realTime: Clock;
  readonly #telling = new Telling();
  readonly #processed = new Subject<Kept>();
  readonly #stopping = new Subject<void>();
  /** Of what never became a message. */
  readonly #letters: CountingDeadLetters;
  readonly #sources: readonly Source[];
  readonly #supervisor: Supervisor;
  readonly #actions = new Actions();
  readonly #surroundings: LineSurroundings;
  readonly #snapshots: SnapshotKeeper;
  readonly #counters: LineCounters;
  readonly #appends = { count: 0, taken_ms: 0 };
  #alarms: ProcessAlarmSettings;
  #processor: Processor;
  #position = 0;
  #running = false;
  #restating = false;
  #done: Promise<void> = Promise.resolve();

  /** In the order of the messages that made them; never ends by an error. */
  readonly reports: Observable<Report> = this.#telling.reports;
  /** The same with their ids, which are those of the last time where a restart tells a report again. */
  readonly dispatches: Observable<Dispatch<Report>> = this.#telling.dispatches;
  /** Each message, once everything that follows from it has been reported. */
  readonly processed: Observable<Kept> = this.#processed.asObservable();

  constructor(parts: LineAgentParts) {
    const { line, clock, journal, snapshots } = parts;
    this.line = line;
    this.#parts = parts;
    this.#log = parts.log.child({ line });
    this.#realTime = parts.realTime ?? systemClock;
    const aside = (report: Report) => this.#telling.aside(report);
    this.#counters = new LineCounters(line);
    // Before any sink, so that the history has a report before a snapshot can know of it.
    this.#telling.dispatches.subscribe((dispatch) => this.#remember(dispatch));
    this.#letters = countingDeadLetters({ line, now_ms: () => clock.now_ms(), log: this.#log, tell: aside });
    this.#sources = parts.sources(this.#letters);
    this.#supervisor = new Supervisor(this.#realTime, this.#log);
    this.#surroundings = new LineSurroundings({
      line,
      alarms: parts.alarms.alarms,
      realTime: this.#realTime,
      now_ms: () => clock.now_ms(),
      tell: aside,
    });
    this.#snapshots = new SnapshotKeeper({
      line,
      snapshots,
      journal,
      everyMessages: parts.snapshotEveryMessages,
      clock: this.#realTime,
      log: this.#log,
      onTrouble: (why) => this.#surroundings.store(why),
    });
    this.#alarms = parts.alarms;
    this.#processor = this.#newProcessor();
  }

  get learner(): Learner {
    return this.#processor.learner;
  }

  /** Resolves when every source has come to its end (recordings) or the agent was stopped. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** The state is restored and messages are taken. */
  get ready(): boolean {
    return this.#running;
  }

  get deadLetterCounts(): Readonly<Record<string, number>> {
    return sumOfCounts(this.#letters.counts, this.#processor.deadLetterCounts);
  }

  /** Restores the state, then lets the sources in. @throws AdapterStopsAgent where a source's policy says so. */
  async start(): Promise<void> {
    this.#surroundings.alarms.start();
    this.#restore();
    this.#restate();
    for (const [i, { status }] of this.#sources.entries()) this.watch(this.#label(i), status);
    this.#done = new Promise((resolve) => {
      const data = merge(...this.#sources.map(({ arrivals }) => arrivals));
      merge(data.pipe(finalize(() => this.#actions.end())), this.#actions.arrivals)
        .pipe(
          takeUntil(this.#stopping),
          throughJournal((message) => this.#append(message), {
            pendingLimit: this.#parts.pendingLimit,
            onRefused: (message, why) => this.#refused(message, why),
          }),
        )
        .subscribe({ next: (kept) => this.#process(kept), complete: resolve });
    });
    this.#running = true;
    for (const [i, source] of this.#sources.entries()) {
      await this.#supervisor.start(source, this.#parts.onFailure?.[i] ?? 'retry');
      this.#noteStart(source.name, this.#label(i));
    }
  }

  /** Tells the state of a source or sink as reports of this line, until the line is stopped. */
  watch(adapter: string, status: Observable<AdapterStatus>): void {
    this.#surroundings.watch(adapter, status, this.#stopping);
  }

  /** How much of its room on the disk the spool of a sink takes, 0 to 1. */
  noteSpool(sink: string, share: number): void {
    this.#surroundings.spool(sink, share);
  }

  /** Every alarm that is not normal: those of the process first. */
  alarms(): readonly AlarmReport[] {
    return [...this.#processor.alarms.list(), ...this.#surroundings.alarms.list()];
  }

  /**
   * Does what somebody asks about an alarm, journaled like any message. Times are taken as the asker's: the action
   * happens now in the time of the line, and a shelf lasts as long as from `time_ms` to `until_ms`.
   *
   * @throws BadInputError for an alarm that does not exist or to which this can't be done.
   * @throws RetryableError while nothing can be written down.
   */
  async act(action: AlarmAction): Promise<AlarmReport> {
    const system = this.#surroundings.alarms;
    const { alarms } = this.#processor;
    const ours = system.knows(action.alarm);
    const time_ms = ours ? this.#realTime.now_ms() : (alarms.time_ms ?? action.time_ms);
    const until_ms = action.until_ms && time_ms + action.until_ms - action.time_ms;
    const message = { ...action, time_ms, ...(until_ms !== undefined && { until_ms }) };
    if (ours) return system.act(message);
    alarms.check(message);
    return this.#actions.ask(message);
  }

  /** Other limits from now on. The state is kept at once, so that a replay never applies them to what came before. */
  async apply(alarms: ProcessAlarmSettings): Promise<void> {
    this.#processor.alarms.apply(alarms);
    this.#surroundings.apply(alarms.alarms);
    this.#alarms = alarms;
    await this.#keep({ always: true });
  }

  /** What is amiss, in sentences; adapters apart, whose state is told anyway. */
  troubles(): string[] {
    const failures = [...this.#supervisor.failures].map(
      ([name, why]) => `${this.line}: ${name} could not start: ${why}`,
    );
    return [...failures, ...this.#surroundings.troubles()];
  }

  *figures(): Iterable<Figure> {
    yield* this.#counters.figures();
    yield* this.#snapshots.figures();
    yield* lineFigures({
      line: this.line,
      position: this.#position,
      last: this.#parts.journal.last,
      appends: this.#appends,
      learner: this.learner,
      deadLetters: this.deadLetterCounts,
      alarms: this.alarms(),
    });
    for (const part of this.#parts.metered ?? []) yield* part.figures();
    for (const source of this.#sources) yield* source.figures?.() ?? [];
  }

  /** For finite recordings: has the pipeline decide what still waits. The line can't go on from there. */
  finish(): void {
    this.#processor.finish();
  }

  /** Stops the sources, works off what was taken in, and keeps the state. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#supervisor.stop();
    const stops = await Promise.allSettled(this.#sources.map((source) => source.stop()));
    for (const [i, stop] of stops.entries()) {
      if (stop.status === 'rejected') {
        this.#log.error(
          { event: 'source-not-stopped', source: this.#sources[i]?.name },
          messageOf(stop.reason),
        );
      }
    }
    this.#running = false;
    this.#stopping.next();
    await this.#done;
    this.#surroundings.alarms.stop();
    await this.#keep({ always: false });
  }

  /** Sources of one kind are told apart by number, from the second on. */
  #label(index: number): string {
    const name = this.#sources[index]?.name ?? '';
    const before = this.#sources.slice(0, index).filter((other) => other.name === name).length;
    return before === 0 ? name : `${name}-${before + 1}`;
  }

  #newProcessor(state?: ProcessorState): Processor {
    const tell = (report: Report) => this.#telling.tell(report);
    return new Processor({ ...this.#parts, alarms: this.#alarms, log: this.#log, tell }, state);
  }

  /** How things stand, for those who have just come; no news, so the history has it already. */
  #restate(): void {
    this.#restating = true;
    for (const report of this.learner.reports(this.#parts.clock.now_ms())) this.#telling.aside(report);
    for (const alarm of this.#processor.alarms.list()) this.#telling.aside(alarm);
    this.#restating = false;
  }

  #restore(): void {
    const { snapshots, journal } = this.#parts;
    const snapshot = snapshots.latest();
    if (snapshot) {
      this.#processor = this.#newProcessor(snapshot.state as ProcessorState);
      this.#position = snapshot.position;
      this.#snapshots.restored(snapshot.position);
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

  async #append(message: LineMessage): Promise<number> {
    const began_ms = this.#realTime.now_ms();
    const position = await this.#parts.journal.append(message);
    this.#appends.count++;
    this.#appends.taken_ms += Math.max(0, this.#realTime.now_ms() - began_ms);
    this.#surroundings.store(undefined);
    return position;
  }

  #refused(message: LineMessage, why: string): void {
    this.#counters.refuse();
    const { kind, time_ms } = message;
    // A full disk refuses every message: the first, the second, the fourth … are enough for a log.
    if (Number.isInteger(Math.log2(this.#counters.refused))) {
      this.#log.error({ event: 'message-refused', kind, time_ms, count: this.#counters.refused }, why);
    }
    this.#surroundings.store(why);
  }

  #noteStart(name: string, label: string): void {
    const why = this.#supervisor.failures.get(name);
    if (why !== undefined) this.#surroundings.away(label, true, `could not start: ${why}`);
  }

  #process(kept: Kept): void {
    const { position, message } = kept;
    this.#telling.following(position, () => {
      if (message.kind === 'action') this.#do(message);
      else this.#processor.process(message);
    });
    this.#position = position;
    this.#counters.processed(message);
    this.#processed.next(kept);
    this.#snapshots.consider(position, () => this.#processor.state);
  }

  #do(action: AlarmAction): void {
    try {
      this.#actions.done(action, this.#processor.act(action));
    } catch (error) {
      this.#log.warn({ event: 'alarm-action-failed', alarm: action.alarm }, messageOf(error));
      this.#actions.failed(action, error);
    }
  }

  #keep(options: { readonly always: boolean }): Promise<void> {
    return this.#snapshots.keep(this.#position, () => this.#processor.state, options);
  }

  #remember(dispatch: Dispatch<Report>): void {
    this.#counters.told(dispatch.report);
    const entry = this.#restating ? undefined : historyEntry(dispatch);
    if (!entry) return;
    try {
      this.#parts.history?.append(entry);
    } catch (error) {
      this.#log.error({ event: 'history-failed', kind: entry.record.kind }, messageOf(error));
    }
  }
}
