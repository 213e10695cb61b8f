/** What is known of a slurry; an absent figure is unknown, never zero. */
export interface Slurry {
  readonly am_percent?: number | undefined;
  readonly solid_to_liquid_percent?: number | undefined;
  readonly viscosity_pa_s?: number | undefined;
}

/** Laboratory coatings of one slurry at one comma gap. */
export interface LabGroup {
  readonly table: string;
  readonly gap_um: number;
  readonly slurry: Slurry;
  readonly n: number;
  readonly mean_mg_cm2: number;
  /** Sample standard deviation (mg/cm²); NaN for a single coating. */
  readonly sd_mg_cm2: number;
  /** The coatings one by one (mg/cm²), where the table has rows instead of figures. */
  readonly rows_mg_cm2?: readonly number[];
}

/** Robust figures of one coating run on the line. The run is the unit of learning, not the scan. */
export interface LineRun {
  readonly line: string;
  readonly run: number;
  readonly gap_um: number;
  readonly scans: number;
  /** Median over the scans of the web's mean loading (mg/cm²). */
  readonly level_mg_cm2: number;
  /** Robust standard deviation of the scans about that level (mg/cm²); NaN where it can't be known. */
  readonly spread_mg_cm2: number;
  /** Median over the scans for each lane (mg/cm²), operator side first. */
  readonly lanes_mg_cm2: readonly number[];
  readonly start_ms: number;
  readonly slurry?: Slurry;
}

/** All that a predictor learns from. */
export interface Evidence {
  readonly lab: readonly LabGroup[];
  readonly line: readonly LineRun[];
}

export interface PredictionQuery {
  readonly gap_um: number;
  /** What is to be predicted: a coming run of the line (default) or a coating in the lab. */
  readonly target?: 'line' | 'lab';
  readonly line?: string;
  readonly slurry?: Slurry;
  /** A run under way at this gap: the prediction shrinks towards its own running level. */
  readonly run?: LineRun;
}

export type Interval = readonly [low: number, high: number];

/** Loading of the next run (or lab coating) at a gap, as a distribution (mg/cm²). */
export interface Prediction {
  readonly gap_um: number;
  readonly mean_mg_cm2: number;
  readonly sd_mg_cm2: number;
  readonly interval50_mg_cm2: Interval;
  /** Equal-tailed 90 % credible interval. */
  readonly interval90_mg_cm2: Interval;
  readonly interval95_mg_cm2: Interval;
  /** Operator side first; empty where no lane is known. */
  readonly lanes: readonly LanePrediction[];
  /** Distance (µm) from the gap to the nearest gap with data on the line; and whether it lies outside all data. */
  readonly distanceToLine_um: number;
  readonly extrapolation: Extrapolation;
}

export interface LanePrediction {
  readonly mean_mg_cm2: number;
  readonly interval90_mg_cm2: Interval;
}

/** `none`: the line has run this gap; `within`: between gaps that it ran; `outside`: beyond all of them. */
export type Extrapolation = 'none' | 'within' | 'outside';

/**
 * Learns mass loading over comma gap. Fitting is pure and deterministic: the same evidence (and seed in the
 * predictor's settings) gives the same model; the evidence is left unchanged.
 */
export interface Predictor {
  readonly name: string;
  /** @throws BadInputError where the evidence is empty or not finite. */
  fit(evidence: Evidence): PredictorModel;
}

export interface PredictorModel {
  predict(query: PredictionQuery): Prediction;
  /** The model with one more run, or with newer figures for a run that it already has; this one stays as it is. */
  withRun(run: LineRun): PredictorModel;
  /** Plain data from which the same predictor restores a model with equal predictions. */
  save(): unknown;
}

/** Which gap to set for a wanted loading. Advice only: gapwise never writes to the machine. */
export interface Advice {
  readonly wanted_mg_cm2: number;
  /** Half-width of what is still good (mg/cm²), where one was asked for. */
  readonly tolerance_mg_cm2?: number | undefined;
  /** False where no gap of any machine gives the wanted loading; `gap_um` is then the nearest end of the range. */
  readonly reachable: boolean;
  readonly gap_um: number;
  readonly interval90_um: Interval;
  /** Probability that a run at that gap lies within the tolerance; NaN without one. */
  readonly inTolerance: number;
  readonly extrapolation: Extrapolation;
  /** Plain words for the operator: limits reached, outside the data, and the like. */
  readonly remarks: readonly string[];
}
