/** One coated stretch on the coater's log. */
export interface CoaterStretch {
  /** Mean gap while it lasted (µm); NaN where it never was steady. */
  readonly gap_um: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly open?: boolean;
}

/** One coated stretch on the gauge's log. */
export interface GaugeStretch {
  /** Typical loading of its scans (mg/cm²). */
  readonly level_mg_cm2: number;
  readonly start_ms: number;
  readonly end_ms: number;
  /** Still going on: its duration says nothing yet. */
  readonly open?: boolean;
}

/** How far things may differ on the two sides; scales of heavy-tailed (Student t, 4 degrees) distributions. */
export interface AlignmentModel {
  /** Run-to-run scatter of the loading at one gap (mg/cm²), and the share by which the curve itself may be off. */
  readonly loading_sd_mg_cm2: number;
  readonly loading_sd_share: number;
  /** The line may load more or less than expected throughout: standard deviation of that common factor. */
  readonly factor_sd: number;
  /** Of the logarithm of the ratio of durations: the web waits, and runs at another speed at the gauge. */
  readonly duration_sd: number;
  /** Of the interval between two starts: a fixed part (s) and a share of the interval. */
  readonly interval_sd_s: number;
  readonly interval_sd_share: number;
  /** Logarithm of the odds against a stretch that only one side has, between two pairs. */
  readonly skip: number;
  /** The same before the first pair and after the last. */
  readonly skipBefore: number;
  readonly skipAfter: number;
  /** The same for coating after the last pair: small where it may not have reached the gauge yet. */
  readonly skipCoaterAfter: number;
  /** Most stretches skipped in one place on either side. */
  readonly skipsInRow: number;
}

/** For two complete logs of the same period. */
export const defaultModel: AlignmentModel = {
  loading_sd_mg_cm2: 1.2,
  loading_sd_share: 0.03,
  factor_sd: 0.15,
  duration_sd: 0.6,
  interval_sd_s: 45,
  interval_sd_share: 0.2,
  skip: 7,
  skipBefore: 7,
  skipAfter: 7,
  skipCoaterAfter: 7,
  skipsInRow: 4,
};

/** For logs that still grow: the newest coating is on its way, and either log may have begun before the other. */
export const growingLogs: Partial<AlignmentModel> = { skipBefore: 4, skipCoaterAfter: 0.5 };

/** Coating that lasts less than this on one side alone is as good as equal (s): a gauge sees it every few seconds. */
const SHORT_S = 15;

/** Logarithm of Student's t density with 4 degrees of freedom, without its constant. */
const logT4 = (z: number): number => -2.5 * Math.log1p((z * z) / 4);

/**
 * Log-likelihood that this coating made this reading, whatever the neighbours are. `expected_mg_cm2` is the loading
 * to be expected of its gap, NaN where that is not known.
 */
export function pairLikelihood(
  coater: CoaterStretch,
  gauge: GaugeStretch,
  expected_mg_cm2: number,
  model: AlignmentModel,
): number {
  const loading = loadingLikelihood(gauge.level_mg_cm2, expected_mg_cm2, model);
  if (coater.open || gauge.open) return loading;
  const ratio = (duration_s(gauge) + SHORT_S) / (duration_s(coater) + SHORT_S);
  return loading + logT4(Math.log(ratio) / model.duration_sd);
}

/** What a loading that says nothing counts as, in standard deviations: neither a match nor against one. */
const INDIFFERENT = 1.5;

function loadingLikelihood(level_mg_cm2: number, expected_mg_cm2: number, model: AlignmentModel): number {
  if (Number.isNaN(expected_mg_cm2)) return logT4(INDIFFERENT);
  const sd = Math.hypot(model.loading_sd_mg_cm2, model.loading_sd_share * expected_mg_cm2);
  return logT4((level_mg_cm2 - expected_mg_cm2) / sd);
}

/** Log-likelihood of the time between two starts on both sides, for pairs that follow each other. */
export function intervalLikelihood(
  from: { coater: CoaterStretch; gauge: GaugeStretch },
  to: { coater: CoaterStretch; gauge: GaugeStretch },
  model: AlignmentModel,
): number {
  const coater_s = (to.coater.start_ms - from.coater.start_ms) / 1000;
  const gauge_s = (to.gauge.start_ms - from.gauge.start_ms) / 1000;
  const sd_s = model.interval_sd_s + model.interval_sd_share * Math.max(coater_s, gauge_s);
  return logT4((gauge_s - coater_s) / sd_s);
}

const duration_s = ({ start_ms, end_ms }: { start_ms: number; end_ms: number }) =>
  Math.max(0, end_ms - start_ms) / 1000;
