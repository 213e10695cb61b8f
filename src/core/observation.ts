import type { WebEdge } from './messages.ts';

/** A steady stretch of coating at one comma gap, as the coater's parameters show it. */
export interface CoatingRun {
  readonly line: string;
  /** Counts the line's runs, from 1, in order of their start. */
  readonly run: number;
  readonly gap_um: number;
  readonly start_ms: number;
  /** Absent while the run goes on. */
  readonly end_ms?: number;
}

/** What the pipeline makes of one accepted scan. */
export interface Observation {
  readonly kind: 'observation';
  readonly line: string;
  readonly gauge: string;
  readonly scan: number;
  /** End of the traverse, gauge's clock. */
  readonly time_ms: number;
  readonly run: number;
  readonly gap_um: number;
  /** Robust mean over each lane (mg/cm²), operator side first. */
  readonly lanes_mg_cm2: readonly number[];
  /** Mean over the lanes (mg/cm²). */
  readonly mean_mg_cm2: number;
  /** Two standard deviations across the web within this scan (mg/cm²); NaN where there are too few locations. */
  readonly crossWeb2Sigma_mg_cm2: number;
  /** When the coated stretch was under the comma bar, coater's clock. */
  readonly head_ms: number;
  /** How sure the pairing is of the run, 0 to 1. */
  readonly confidence: number;
  readonly aggregated: boolean;
}

/** A scan that was not used, and why. */
export interface DroppedScan {
  readonly kind: 'dropped';
  readonly line: string;
  readonly gauge: string;
  readonly scan: number;
  readonly time_ms: number;
  readonly reason: DropReason;
  readonly detail: string;
}

export type DropReason =
  | 'duplicate'
  | 'late'
  | 'not-coated'
  | 'too-few-valid-locations'
  | 'patch-edge'
  | 'transition'
  | 'settling'
  | 'no-run'
  | 'ambiguous-run'
  | 'standardising';

/** A scan in its cross-web frame, for display: element 0 at the operator side whatever the traverse's direction. */
export interface Profile {
  readonly kind: 'profile';
  readonly line: string;
  readonly gauge: string;
  readonly scan: number;
  readonly time_ms: number;
  readonly startedAt: WebEdge;
  readonly loading_mg_cm2: Float64Array;
}

/** A run began, changed its end, or ended (then `end_ms` is there). */
export interface RunEvent {
  readonly kind: 'run';
  readonly run: CoatingRun;
}

/** The reconstructed comma gap at one instant. */
export interface GapReading {
  readonly kind: 'gap';
  readonly line: string;
  readonly time_ms: number;
  /** µm; the mean of both sides. */
  readonly gap_um: number;
  readonly operator_um: number;
  readonly gear_um: number;
}
