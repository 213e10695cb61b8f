import type { Prediction } from '../../core/prediction.ts';
import type { AbstractionReport, Report } from '../../core/report.ts';
import type { Stage, Step } from '../../core/stage.ts';
import type { RunRecord } from '../forecaster.ts';
import type { Sign } from './book.ts';

/** What a watch gets to see: all that the line tells, and what it has just learnt. */
export type Witnessed = Report | Learnt | Judged;

/** An observation has been learnt from. */
export interface Learnt {
  readonly kind: 'learnt';
  readonly time_ms: number;
  /** The observation's run, with that observation. */
  readonly run: RunRecord;
  /** The version in force, with its errors as they now are. */
  readonly abstraction?: AbstractionReport;
}

/** A run has shown its level, so that what was predicted for it can be judged; once for each run. */
export interface Judged {
  readonly kind: 'judged';
  readonly time_ms: number;
  readonly run: number;
  readonly gap_um: number;
  readonly level_mg_cm2: number;
  /** Made before its first scan. */
  readonly before: Prediction;
}

/** Looks out for the condition of one alarm: pure, with a state that is plain data. */
export type Watch<State> = Stage<Witnessed, Sign, State>;

/** Nothing new to say. */
export const quiet = <State>(state: State): Step<State, Sign> => ({ state, out: [] });

/** A figure for people, with its sign. */
export const signed = (value: number, digits = 2): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
