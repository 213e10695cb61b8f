import type { Tolerance } from '../core/api.ts';
import type { Advice, LabGroup, LineRun, Prediction } from '../core/prediction.ts';
import type { NextGap } from '../predict/advice/next-gap.ts';

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
  readonly tolerance?: Tolerance;
}

/**
 * Answers from the line's model as it now stands. Both throw (or reject with) `BadInputError` for a question that
 * has no answer, which becomes 400, and `RetryableError` while there is no model yet, which becomes 503.
 */
export interface LineAdvisor {
  /** One prediction for each gap, in the order asked. */
  predict(line: string, gaps_um: readonly number[]): Answer<readonly Prediction[]>;
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
