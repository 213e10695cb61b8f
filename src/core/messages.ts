import type { AlarmAction } from './alarm.ts';

/**
 * What sources bring in, already decoded: the raw material of the journal and of every later stage. All times are
 * event time: milliseconds since the Unix epoch on the clock of the device that made the value.
 */
export type LineMessage = MachineSample | Scan | Outage | AlarmAction;

/** Some machine parameters that share one source time. A name that is absent was not reported, not zero. */
export interface MachineSample {
  readonly kind: 'machine';
  readonly line: string;
  readonly time_ms: number;
  readonly values: Readonly<Record<string, number>>;
  /** Names whose status was not good; their values, if any came, are left out of `values`. */
  readonly bad?: readonly string[];
}

/** One traverse of the mass-loading gauge across the web. */
export interface Scan {
  readonly kind: 'scan';
  readonly line: string;
  readonly gauge: string;
  /** The gauge's own running number, an integer ≥ 0; with line and gauge it names the scan for good. */
  readonly scan: number;
  /** End of the traverse on the gauge's clock. */
  readonly time_ms: number;
  readonly duration_ms: number;
  /** The web edge over which the traverse started, i.e. where element 0 lies. */
  readonly startedAt: WebEdge;
  /** Dry mass loading (mg/cm²) for each location in the order measured; NaN where the gauge marked it invalid. */
  readonly loading_mg_cm2: Float64Array;
  /** True where a recording kept only the mean of the whole run: the level is real, the scatter is not known. */
  readonly aggregated?: boolean;
}

/** The two sides of a coater, as its makers name them. */
export type WebEdge = 'operator' | 'gear';

/** A hole in the data is data: it travels with the messages and shows on the page. */
export interface Outage {
  readonly kind: 'outage';
  readonly line: string;
  /** The adapter that noticed, e.g. `opcua`. */
  readonly source: string;
  readonly time_ms: number;
  /** When it ended, where that is known. */
  readonly until_ms?: number;
  readonly reason: OutageReason;
  readonly detail: string;
}

export type OutageReason =
  | 'disconnected'
  | 'stale'
  | 'bad-quality'
  | 'overflow'
  | 'missing-scans'
  | 'clock-jump'
  | 'restarted';

/**
 * Names of machine parameters that the pipeline itself understands; any further name from a tag map is carried
 * along for display and export.
 */
export const parameter = {
  /** Comma bar position, operator side (mm). */
  barOperator_mm: 'bar_operator_mm',
  /** Comma bar position, gear side (mm). */
  barGear_mm: 'bar_gear_mm',
  /** Coating-roll gear ratio (%), 100 = roll and web at equal speed. */
  rollRatio_percent: 'roll_ratio_percent',
  /** Comma gap (µm), for logs in which it is already reconstructed. */
  commaGap_um: 'comma_gap_um',
  webSpeed_m_min: 'web_speed_m_min',
  /** Web length passed at the coating head since some origin (m); it may wrap or restart. */
  encoder_m: 'encoder_m',
  /** 0 stopped, 1 web moving without coating, 2 coating, 3 fault. */
  lineState: 'line_state',
} as const;
