import type { AlarmAction, AlarmReport } from '../core/alarm.ts';
import type { Advice, Interval, LabGroup, LineRun } from '../core/prediction.ts';
import type { NextGap } from '../predict/advice/next-gap.ts';
import type { ExplainedPrediction } from '../predict/explained.ts';

/** What the server asks about lines that no report tells. */
export interface LineDirectory {
  /** The names of all lines, in the order in which a page lists them. */
  lines(): readonly string[];
  /** Called often: it is to be cheap. `undefined` for a line that does not exist. */
  describe(line: string): LineDescription | undefined;
}

export interface LineDescription {
  /** For people; the line's name where it is absent. */
  readonly title?: string;
  readonly lab: readonly LabGroup[];
  readonly runs: readonly LineRun[];
  /** Gaps that can be set on this line (µm); by default those of ordinary machines. */
  readonly gapRange_um?: Interval;
  /** What the line is to make, and half the width of what is still good. */
  readonly target_mg_cm2?: number | undefined;
  readonly tolerance_mg_cm2?: number | undefined;
}

/**
 * Answers from the line's model as it now stands. Both throw (or reject with) `BadInputError` for a question that
 * has no answer, which becomes 400, and `RetryableError` while there is no model yet, which becomes 503.
 */
export interface LineAdvisor {
  /** One prediction for each gap, in the order asked. */
  predict(line: string, gaps_um: readonly number[]): Answer<readonly ExplainedPrediction[]>;
  advise(line: string, wanted_mg_cm2: number, tolerance_mg_cm2?: number): Answer<Advice>;
  /**
   * The gap worth running next so as to know the loading at `at_um` better; `undefined` where the model can't tell.
   * Not every advisor knows.
   */
  nextGap?(line: string, at_um: number): Answer<NextGap | undefined>;
}

export type Answer<T> = Versioned<T> | Promise<Versioned<T>>;

export interface Versioned<T> {
  /** The model's version. */
  readonly version: string;
  readonly answer: T;
}

/** The alarms of all lines, and the one way to do something about them. */
export interface AlarmDesk {
  /** Those of a line that are not simply normal. */
  alarms(line: string): readonly AlarmReport[];
  /**
   * Returns, or resolves, once the action is journaled and has had its effect; with what is of no matter here.
   *
   * @throws BadInputError for an alarm that does not exist or to which this can't be done, RetryableError while
   * nothing can be written down.
   */
  act(action: AlarmAction): unknown;
}

/** What else is amiss in this process: sentences for people, empty where nothing is. */
export interface HealthTeller {
  /** Called at every probe: it is to be cheap. */
  troubles(): readonly string[];
}
