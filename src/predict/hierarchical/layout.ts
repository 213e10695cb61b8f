import type { PredictorSettings } from '../../config/predictor.ts';
import type { LabGroup, LineRun, Slurry } from '../../core/prediction.ts';
import { type SlurryReference, slurryKey, slurryReference } from './slurry.ts';
import { knotsUpTo } from './smooth.ts';

/**
 * Where each unknown of the linear model stands in its vector of weights:
 *
 *     lab(g, s)  = intercept + zero(s) + slope(s)·g + m·k·g·ln g + smooth(g)
 *     slope(s)   = slope + solids·z₁ + am·z₂ + viscosity·z₃ + own(s)
 *     line(g)    = lab(g) + zero + (ρ - 1)·k·g + μ·k·g·ln g
 *
 * with g in 100 µm; zero, ρ and μ have a share common to all lines, and an own one for each.
 *
 * A bar meters by a power law: film share ∝ g^m, so loading ∝ g^(1 + m) ≈ g + m·g·ln g for small exponents. What
 * the lab's coater adds to that is `smooth`; a line has no bend but that of another exponent, m + μ, for its slurry
 * thins otherwise under another bar. The products (ρ - 1)·lab(g), m and μ are taken at the lab's expected slope k,
 * which makes the whole linear in its weights: exact algebra.
 */
export interface Layout {
  readonly size: number;
  readonly knots: number;
  readonly smooth: number;
  /** Place of each slurry's own zero; its own slope stands behind it. */
  readonly slurries: ReadonlyMap<string, number>;
  /** Place of each line's own zero; its own ratio and bend stand behind it. */
  readonly lines: ReadonlyMap<string, number>;
  readonly reference: SlurryReference;
  /** Expected slope of the average slurry (mg/cm² per 100 µm) before any data, and its standard deviation. */
  readonly slope: number;
  readonly slope_sd: number;
  /** Lines of which slurry figures are known: on the others, zero and ratio carry the slurry. */
  readonly linesWithSlurry: ReadonlySet<string>;
}

export const at = {
  intercept: 0,
  slope: 1,
  solids: 2,
  am: 3,
  viscosity: 4,
  bend: 5,
  commonZero: 6,
  commonRatio: 7,
  commonBend: 8,
} as const;
const FIXED = 9;
const WEIGHTS_OF_SLURRY = 2;
const WEIGHTS_OF_LINE = 3;

/** A wet film of 100 µm holds ten times its solids per volume (g/cm³) in mg/cm². */
const MG_CM2_PER_G_CM3 = 10;

export function layoutOf(
  lab: readonly LabGroup[],
  runs: readonly LineRun[],
  settings: PredictorSettings,
): Layout {
  const gaps = [...lab, ...runs].map(({ gap_um }) => gap_um);
  const knots = knotsUpTo(Math.max(400, ...gaps));
  const keys = [...new Set(lab.map(({ table, slurry }) => slurryKey(table, slurry)))];
  const lines = [...new Set(runs.map(({ line }) => line))];
  const slurriesFrom = FIXED + knots;
  const linesFrom = slurriesFrom + WEIGHTS_OF_SLURRY * keys.length;
  const reference = slurryReference(lab);
  const fullFilm = MG_CM2_PER_G_CM3 * reference.solids_g_cm3;
  const slope = settings.film_share * fullFilm;
  const unknown_sd = reference.solidsKnown ? 0 : (slope * settings.unknown_solids_sd_percent) / 100;
  return {
    size: linesFrom + WEIGHTS_OF_LINE * lines.length,
    knots,
    smooth: FIXED,
    slurries: new Map(keys.map((key, i) => [key, slurriesFrom + WEIGHTS_OF_SLURRY * i])),
    lines: new Map(lines.map((line, i) => [line, linesFrom + WEIGHTS_OF_LINE * i])),
    reference,
    slope,
    slope_sd: Math.hypot(settings.film_share_sd * fullFilm, unknown_sd),
    linesWithSlurry: new Set(runs.filter(({ slurry }) => slurryKnown(slurry)).map(({ line }) => line)),
  };
}

export const slurryKnown = (slurry: Slurry | undefined): boolean =>
  slurry !== undefined && Object.values(slurry).some((value) => value !== undefined);

/** What a prior leaves to the hyperparameters. */
export interface PriorScales {
  readonly smooth_sd: number;
  readonly slurry_sd: number;
  readonly session_sd: number;
}

export function priorMean(layout: Layout, settings: PredictorSettings): Float64Array {
  const mean = new Float64Array(layout.size);
  mean[at.intercept] = settings.intercept_mg_cm2;
  mean[at.slope] = layout.slope;
  mean[at.solids] = settings.solids_effect;
  return mean;
}

/** Prior variances; all weights are independent before any data. */
export function priorVariance(
  layout: Layout,
  settings: PredictorSettings,
  scales: PriorScales,
): Float64Array {
  const variance = new Float64Array(layout.size);
  const { slope } = layout;
  const put = (place: number, sd: number) => {
    variance[place] = sd * sd;
  };
  put(at.intercept, settings.intercept_sd_mg_cm2);
  put(at.slope, layout.slope_sd);
  put(at.solids, settings.solids_effect_sd);
  put(at.am, (slope * settings.active_material_sd_percent) / 100);
  put(at.viscosity, (slope * settings.viscosity_sd_percent) / 100);
  put(at.bend, slope * settings.bend_exponent_sd);
  for (let k = 0; k < layout.knots; k++) put(layout.smooth + k, scales.smooth_sd);
  for (const place of layout.slurries.values()) {
    put(place, scales.session_sd);
    put(place + 1, scales.slurry_sd);
  }
  // Half of a line's deviation is shared by all lines, half is its own.
  const zero = settings.bar_zero_sd_mg_cm2 / Math.SQRT2;
  const ratio = settings.transfer_sd / Math.SQRT2;
  const bend = (slope * settings.line_bend_exponent_sd) / Math.SQRT2;
  for (const place of [at.commonZero, ...layout.lines.values()]) {
    put(place, zero);
    put(place + 1, ratio);
    put(place + 2, bend);
  }
  return variance;
}
