import type { LineMessage, Outage, Scan } from '../core/messages.ts';
import type { DroppedScan, GapReading, Observation, Profile, RunEvent } from '../core/observation.ts';
import type { DeadLetterReason } from '../core/source.ts';

/** What leaves the pipeline. */
export type PipelineOutput = Profile | GapReading | RunEvent | Observation | DroppedScan | Outage;

/**
 * What flows between the stages: one union, so that the two tributaries (coater, gauge) and their join are one
 * chain. Each stage takes the kinds that are its own and passes all others along unchanged.
 */
export type PipelineEvent =
  | LineMessage
  | Instant
  | CoaterPoint
  | Mark
  | OrderedScan
  | LaneScan
  | Rejected
  | EndOfInput
  | PipelineOutput;

/** All machine parameters reported for one source time; instants come in ascending time and are final. */
export interface Instant {
  readonly kind: 'instant';
  readonly line: string;
  readonly time_ms: number;
  readonly values: Readonly<Record<string, number>>;
  readonly bad: readonly string[];
}

/** The coater at one instant, last values held; NaN is unknown. */
export interface CoaterPoint {
  readonly kind: 'point';
  readonly line: string;
  readonly time_ms: number;
  readonly gap_um: number;
  readonly webSpeed_m_min: number;
  readonly encoder_m: number;
  readonly lineState: number;
  /** No sample came for longer than allowed before this one: what happened in between is unknown. */
  readonly afterHole: boolean;
}

/** What the coater was doing from the mark before (exclusive) up to `time_ms`; ascending, decided for good. */
export interface Mark {
  readonly kind: 'mark';
  readonly line: string;
  readonly time_ms: number;
  readonly phase: Phase;
  /** The run, from 1; 0 where there is none. */
  readonly run: number;
  /** Level of the run as known at this time (µm); NaN outside runs. */
  readonly gap_um: number;
}

export type Phase =
  /** Nothing is being coated, or the web stands. */
  | 'idle'
  /** Coating, but not steadily: start, gap change, ramp, interruption, a plateau too short to count. */
  | 'transition'
  /** The first seconds of a plateau. */
  | 'settling'
  | 'steady'
  /** No machine data. */
  | 'unknown';

/** A scan in its place in the order of its gauge, free of duplicates. */
export interface OrderedScan {
  readonly kind: 'ordered-scan';
  readonly scan: Scan;
}

/** A scan as lane means, still without its run. */
export interface LaneScan {
  readonly kind: 'lane-scan';
  readonly line: string;
  readonly gauge: string;
  readonly scan: number;
  readonly time_ms: number;
  readonly duration_ms: number;
  /** NaN in lanes that could not be measured. */
  readonly lanes_mg_cm2: readonly number[];
  readonly mean_mg_cm2: number;
  readonly crossWeb2Sigma_mg_cm2: number;
  readonly aggregated: boolean;
  /** Set when the profile alone tells that the scan can't be used. */
  readonly fault?: { readonly reason: DroppedScan['reason']; readonly detail: string };
}

/** A message that a stage can't use; the composition hands it to the dead letters. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly line: string;
  readonly reason: DeadLetterReason;
  readonly where: string;
  readonly detail: string;
}

/** A finite recording has ended: every stage decides what it still holds. */
export interface EndOfInput {
  readonly kind: 'end';
}

/** Source of the outage that says that the coater's clock was set back: the coater's time begins anew there. */
export const COATER_CLOCK = 'coater clock';

export const isCoaterClockJump = (event: PipelineEvent): boolean =>
  event.kind === 'outage' && event.reason === 'clock-jump' && event.source === COATER_CLOCK;

/** Mean and standard deviation of the loading (mg/cm²) to be expected of a gap, for pairing by sequence. */
export type ExpectedLoading = (gap_um: number) => { mean_mg_cm2: number; sd_mg_cm2: number };

export const dropped = (
  scan: { line: string; gauge: string; scan: number; time_ms: number },
  reason: DroppedScan['reason'],
  detail: string,
): DroppedScan => ({
  kind: 'dropped',
  line: scan.line,
  gauge: scan.gauge,
  scan: scan.scan,
  time_ms: scan.time_ms,
  reason,
  detail,
});
