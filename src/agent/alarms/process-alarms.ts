import type { AlarmsConfig } from '../../config/alarms.ts';
import type { AlarmAction, AlarmReport } from '../../core/alarm.ts';
import { messageOf } from '../../core/errors.ts';
import { AlarmBook, type BookState, type Sign } from './book.ts';
import { type JudgementState, judge, noJudgement } from './judgement.ts';
import { processRules } from './rules.ts';
import type { Watch, Witnessed } from './watch.ts';
import { abstractionErrorWatch } from './watches/abstraction-error.ts';
import { clockJumpWatch } from './watches/clock-jump.ts';
import { coverageLowWatch } from './watches/coverage-low.ts';
import { gaugeFrozenWatch } from './watches/gauge-frozen.ts';
import { gaugeZeroWatch } from './watches/gauge-zero.ts';
import { toleranceWatch } from './watches/loading-out-of-tolerance.ts';
import { noScansWatch } from './watches/no-scans.ts';
import { predictionDriftWatch } from './watches/prediction-drift.ts';
import { sourceStaleWatch } from './watches/source-stale.ts';

export interface ProcessAlarmSettings {
  readonly alarms: AlarmsConfig;
  readonly target_mg_cm2?: number | undefined;
  readonly tolerance_mg_cm2?: number | undefined;
}

/** Plain data, fit for a snapshot. */
export interface ProcessAlarmState {
  readonly book: BookState;
  readonly judgement: JudgementState;
  /** By name of the alarm. */
  readonly watches: Readonly<Record<string, unknown>>;
}

/**
 * The alarms that follow from a line's messages. It sees everything that the line tells, and settles once a message
 * has been worked off: event time only, so that a replay raises the same alarms at the same messages.
 */
export class ProcessAlarms {
  readonly #line: string;
  readonly #onFailure: (watch: string, why: string) => void;
  #settings: ProcessAlarmSettings;
  #watches: readonly Watch<unknown>[];
  #book: AlarmBook;
  #judgement: JudgementState;
  #states: Readonly<Record<string, unknown>>;
  #signs: Sign[] = [];
  /** A clock was set back by the message that is being worked off. */
  #anew = false;

  constructor(
    line: string,
    settings: ProcessAlarmSettings,
    onFailure: (watch: string, why: string) => void,
    state?: ProcessAlarmState,
  ) {
    this.#line = line;
    this.#onFailure = onFailure;
    this.#settings = settings;
    this.#watches = watchesOf(settings);
    this.#book = new AlarmBook(line, processRules(settings.alarms), state?.book);
    this.#judgement = state?.judgement ?? noJudgement;
    this.#states = this.#statesOf(state?.watches ?? {});
  }

  get state(): ProcessAlarmState {
    return { book: this.#book.state, judgement: this.#judgement, watches: this.#states };
  }

  /** Newest time of the line's data (ms); undefined before the first. */
  get time_ms(): number | undefined {
    return Number.isFinite(this.#book.time_ms) ? this.#book.time_ms : undefined;
  }

  list(): AlarmReport[] {
    return this.#book.list();
  }

  /** Other limits from now on; what is known of each alarm stays. */
  apply(settings: ProcessAlarmSettings): void {
    const { state } = this;
    this.#settings = settings;
    this.#watches = watchesOf(settings);
    this.#book = new AlarmBook(this.#line, processRules(settings.alarms), state.book);
    this.#states = this.#statesOf(state.watches);
  }

  see(seen: Witnessed): void {
    if (seen.kind === 'outage' && seen.reason === 'clock-jump') this.#anew = true;
    for (const watch of this.#watches) {
      try {
        const { state, out } = watch.step(this.#states[watch.name], seen);
        if (state !== this.#states[watch.name]) this.#states = { ...this.#states, [watch.name]: state };
        this.#signs.push(...out);
      } catch (error) {
        this.#onFailure(watch.name, messageOf(error));
      }
    }
    if (seen.kind !== 'learnt') return;
    const { state, judged } = judge(this.#judgement, seen, this.#settings.alarms.judged_after_scans);
    this.#judgement = state;
    for (const one of judged) this.see(one);
  }

  /** Everything that follows from the message of this time has been seen. */
  settle(time_ms: number): AlarmReport[] {
    const signs = this.#signs;
    this.#signs = [];
    if (this.#anew) this.#book.resetTime(time_ms);
    this.#anew = false;
    return this.#book.see(time_ms, signs);
  }

  /** @throws BadInputError for an alarm that is unknown or switched off. */
  check(action: AlarmAction): void {
    this.#book.check(action);
  }

  /** @throws BadInputError for an action that can't be done, saying why. */
  act(action: AlarmAction): AlarmReport {
    return this.#book.act(action);
  }

  #statesOf(known: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#watches.map((watch) => [watch.name, known[watch.name] ?? watch.start()]));
  }
}

function watchesOf({
  alarms,
  target_mg_cm2,
  tolerance_mg_cm2,
}: ProcessAlarmSettings): readonly Watch<unknown>[] {
  const { least_scans } = alarms.loading_out_of_tolerance;
  const ordered = target_mg_cm2 !== undefined &&
    tolerance_mg_cm2 !== undefined && { target_mg_cm2, tolerance_mg_cm2, least_scans };
  const watches = [
    predictionDriftWatch(alarms.prediction_drift),
    coverageLowWatch(alarms.coverage_low),
    abstractionErrorWatch(alarms.abstraction_error),
    ...(ordered ? [toleranceWatch(ordered)] : []),
    gaugeZeroWatch(alarms.gauge_zero),
    gaugeFrozenWatch(),
    clockJumpWatch(),
    noScansWatch(alarms.no_scans),
    sourceStaleWatch(),
  ] as readonly Watch<unknown>[];
  const enabled = processRules(alarms);
  return watches.filter(({ name }) => enabled.has(name));
}
