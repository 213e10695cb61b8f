/**
 * The documents of the HTTP API, as its server writes them and the operator's page (or any other client) reads
 * them. Numbers that can be unknown are `null`, because JSON has no NaN. Times are event time, milliseconds since
 * the Unix epoch.
 */
import type { Outage } from './messages.ts';
import type { Extrapolation, Interval } from './prediction.ts';
import type { AbstractionReport, AdapterReport } from './report.ts';

/** `GET /api/v1/lines` */
export interface LinesDocument {
  readonly lines: readonly LineSummary[];
}

export interface LineSummary {
  readonly line: string;
  readonly title: string;
  /** Event time of the line's latest report. */
  readonly time_ms: number | null;
}

/**
 * `GET /api/v1/lines/:line/state`: all that a page needs that has just loaded. Events with a higher `sequence`
 * continue it; those up to and including it are already part of it.
 */
export interface LineState {
  readonly line: string;
  readonly title: string;
  readonly sequence: number;
  readonly time_ms: number | null;
  readonly tolerance: Tolerance | null;
  readonly lab: readonly LabPoint[];
  readonly gap_now: GapNow | null;
  readonly gaps: GapPoints;
  readonly profiles: ProfileRows;
  readonly scans: readonly ScanPoint[];
  readonly runs: readonly RunRow[];
  readonly curve: CurveDocument | null;
  /** Every version kept, oldest first. */
  readonly abstractions: readonly AbstractionReport[];
  readonly adapters: readonly AdapterReport[];
  readonly outages: readonly Outage[];
  readonly dropped: readonly Tally[];
  readonly dead_letters: readonly Tally[];
}

/**
 * One server-sent event `batch` of `GET /api/v1/lines/:line/events`. Points (`gaps`, `profiles`, `scans`,
 * `abstractions`, `outages`) are to be appended; rows (`runs`, `adapters`, `dropped`, `dead_letters`) replace the
 * row of the same run, adapter or reason; the rest replaces what was there.
 */
export interface LineBatch {
  readonly sequence: number;
  readonly time_ms: number;
  readonly gap_now?: GapNow;
  readonly gaps?: GapPoints;
  readonly profiles?: ProfileRows;
  readonly scans?: readonly ScanPoint[];
  readonly runs?: readonly RunRow[];
  readonly curve?: CurveDocument;
  readonly abstractions?: readonly AbstractionReport[];
  readonly adapters?: readonly AdapterReport[];
  readonly outages?: readonly Outage[];
  readonly dropped?: readonly Tally[];
  readonly dead_letters?: readonly Tally[];
}

/** The range in which a run's mean loading is as ordered. */
export interface Tolerance {
  readonly low_mg_cm2: number;
  readonly high_mg_cm2: number;
}

/** A group of lab coatings at one gap. */
export interface LabPoint {
  readonly gap_um: number;
  readonly mean_mg_cm2: number;
  readonly sd_mg_cm2: number | null;
  readonly n: number;
}

export interface GapNow {
  readonly time_ms: number;
  readonly gap_um: number;
  readonly operator_um: number;
  readonly gear_um: number;
}

/** Comma gap over time, thinned: a straight line between neighbours stays within half a micrometre of the truth. */
export interface GapPoints {
  readonly time_ms: readonly number[];
  readonly gap_um: readonly number[];
}

/** Profiles across the web, operator side first; the rows stand one after another in `data`. */
export interface ProfileRows {
  /** Locations in each row. */
  readonly columns: number;
  /** What one step of the integers in `data` is worth (mg/cm²). */
  readonly resolution_mg_cm2: number;
  readonly scan: readonly number[];
  readonly time_ms: readonly number[];
  /** Base64 of little-endian 16-bit signed integers; -32768 marks an invalid location. */
  readonly data: string;
}

/** One accepted scan. */
export interface ScanPoint {
  readonly scan: number;
  readonly time_ms: number;
  readonly run: number;
  readonly gap_um: number;
  readonly mean_mg_cm2: number;
  readonly lanes_mg_cm2: readonly number[];
  readonly cross_web_2sigma_mg_cm2: number | null;
}

/** A coating run: what the coater did, what was predicted for it and what the gauge then saw. */
export interface RunRow {
  readonly run: number;
  readonly gap_um: number;
  readonly start_ms: number;
  /** `null` while the run goes on. */
  readonly end_ms: number | null;
  /** Made before the run's first scan. */
  readonly predicted: Forecast | null;
  /** The latest, shrunk towards the run's own scans. */
  readonly now: Forecast | null;
  readonly measured: RunFigures | null;
}

export interface Forecast {
  readonly mean_mg_cm2: number;
  readonly interval50_mg_cm2: Interval;
  readonly interval90_mg_cm2: Interval;
}

export interface RunFigures {
  readonly scans: number;
  readonly level_mg_cm2: number;
  readonly spread_mg_cm2: number | null;
}

/** Loading of the line's next run over comma gap; all arrays have one element for each gap, ascending. */
export interface CurveDocument {
  readonly version: string;
  readonly time_ms: number;
  readonly gap_um: readonly number[];
  readonly mean_mg_cm2: readonly number[];
  readonly low50_mg_cm2: readonly number[];
  readonly high50_mg_cm2: readonly number[];
  readonly low90_mg_cm2: readonly number[];
  readonly high90_mg_cm2: readonly number[];
  readonly extrapolation: readonly Extrapolation[];
}

/** Things counted by reason, with the latest of them in words. */
export interface Tally {
  readonly reason: string;
  readonly count: number;
  readonly last_ms: number;
  readonly last: string;
}

/** `GET /api/v1/lines/:line/predict?gap=120,140` */
export interface PredictDocument {
  readonly line: string;
  readonly predictions: readonly PredictionDocument[];
}

/** The same form as `gapwise predict --json`. */
export interface PredictionDocument {
  readonly gap_um: number;
  readonly mean_mg_cm2: number;
  readonly sd: number;
  readonly interval50: Interval;
  readonly interval90: Interval;
  readonly interval95: Interval;
  readonly lanes: readonly { readonly mean_mg_cm2: number; readonly interval90: Interval }[];
  readonly distance_um: number | null;
  readonly extrapolation: Extrapolation;
  readonly version: string;
}

/** `GET /api/v1/lines/:line/advise?loading=22.5&tolerance=0.5`; the same form as `gapwise advise --json`. */
export interface AdviceDocument {
  readonly line: string;
  readonly wanted_mg_cm2: number;
  readonly tolerance_mg_cm2: number | null;
  readonly gap_um: number;
  readonly interval90: Interval;
  /** Probability; `null` without a tolerance. */
  readonly inTolerance: number | null;
  readonly extrapolation: Extrapolation;
  readonly remarks: readonly string[];
  readonly version: string;
}

/** `GET /api/v1/health` */
export interface HealthDocument {
  readonly status: 'ok' | 'degraded';
  readonly lines: readonly { readonly line: string; readonly adapters: readonly AdapterReport[] }[];
  readonly clients: number;
  readonly slow_clients_dropped: number;
  readonly reports_of_unknown_lines: number;
}

/** The body of every answer that is not a success. */
export interface ErrorDocument {
  readonly error: { readonly what: string; readonly where: string | null; readonly allowed: string | null };
}
