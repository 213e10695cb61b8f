import type { AlarmReport } from './alarm.ts';
import type { MachineSample, Outage } from './messages.ts';
import type { DroppedScan, GapReading, Observation, Profile, RunEvent } from './observation.ts';
import type { LineRun, Prediction } from './prediction.ts';
import type { AdapterStatus, DeadLetter } from './source.ts';

/** Everything an agent tells the world, in the order in which it came to know it. */
export type Report =
  | Profile
  | GapReading
  | RunEvent
  | Observation
  | DroppedScan
  | Outage
  | MachineSample
  | PredictionReport
  | RunForecast
  | AbstractionReport
  | AlarmReport
  | AdapterReport
  | DeadLetterReport;

export type ReportKind = Report['kind'];

/** Loading over comma gap as the line's model now sees it. */
export interface PredictionReport {
  readonly kind: 'prediction';
  readonly line: string;
  readonly time_ms: number;
  /** Names the state of the model: equal versions give equal predictions. */
  readonly version: string;
  /** Ascending in the gap. */
  readonly curve: readonly Prediction[];
  /** The gap under way and what was predicted for it before its first scan, then as its scans came in. */
  readonly current?: {
    readonly run: number;
    readonly before: Prediction;
    readonly now: Prediction;
    /** What its scans have shown so far. */
    readonly measured?: LineRun;
  };
}

/** What was predicted for a run before its first scan: told once, when that scan came. */
export interface RunForecast {
  readonly kind: 'forecast';
  readonly line: string;
  readonly time_ms: number;
  readonly run: number;
  readonly prediction: Prediction;
  /** Of the model that predicted. */
  readonly version: string;
}

/** A version of the learned abstraction between line and lab. */
export interface AbstractionReport {
  readonly kind: 'abstraction';
  readonly line: string;
  readonly time_ms: number;
  /** Counts from 1. */
  readonly version: number;
  /** Why it replaced the one before. */
  readonly reason: string;
  readonly solver: string;
  /** Largest Jensen-Shannon distance over the interventions; `lowerBound` equal to it certifies the optimum. */
  readonly error: number;
  readonly lowerBound: number;
  /** For each line gap, ascending. */
  readonly errors: readonly number[];
  readonly lineGaps_um: readonly number[];
  readonly labGaps_um: readonly number[];
  /** Index of the lab gap for each line gap. */
  readonly alphaGap: readonly number[];
  /** Line outcome, e.g. `"2,2"`, to lab bin. */
  readonly alphaLoading: Readonly<Record<string, number>>;
  /** Upper and lower edges of the loading bins (mg/cm²), ascending; one more than there are bins. */
  readonly edges_mg_cm2: readonly number[];
  /** Pairs of maps that reach the same error. */
  readonly ties: number;
  readonly observations: number;
}

export interface AdapterReport extends AdapterStatus {
  readonly kind: 'adapter';
  readonly line: string;
  readonly adapter: string;
  readonly time_ms: number;
}

export interface DeadLetterReport extends DeadLetter {
  readonly kind: 'dead-letter';
  readonly time_ms: number;
  /** Dead letters of this line and reason so far. */
  readonly count: number;
}
