import type { LineParameters } from './parameters.ts';

/** What the coating head sees at one instant. */
export interface HeadConditions {
  /** Coating-roll gear ratio (%); 100 = roll and web at equal speed. */
  readonly rollRatio_percent: number;
  readonly webSpeed_m_min: number;
  readonly viscosity_pa_s: number;
  readonly headPressure_kpa: number;
}

const REFERENCE_GAP_UM = 100;
const REFERENCE_SPEED_M_MIN = 2;
const REFERENCE_VISCOSITY_PA_S = 4;
/** The power laws have no meaning below these; a film that thin isn't metered by the bar any more. */
const LEAST_GAP_UM = 1;
const LEAST_SPEED_M_MIN = 0.05;

/** Fresh slurry, web at its reference speed, roll and web at equal speed. */
export const ordinaryConditions = (line: LineParameters): HeadConditions => ({
  rollRatio_percent: 100,
  webSpeed_m_min: REFERENCE_SPEED_M_MIN,
  viscosity_pa_s: line.viscosity_pa_s,
  headPressure_kpa: line.head_pressure_kpa,
});

/**
 * Wet film (µm) on the web for a comma gap read as `gap_um` (bar position × gear ratio).
 *
 * Drag alone drags half the gap through; the head's pressure and shear thinning bring it near the whole gap, less
 * so as the gap grows, which a power law describes over 50 to 400 µm (LRCS). The error of the bar's zero goes
 * through the gear ratio like the bar's reading does.
 */
export function wetFilm_um(line: LineParameters, gap_um: number, at: HeadConditions): number {
  const opening_um = gap_um + (line.bar_zero_um * at.rollRatio_percent) / 100;
  if (opening_um < LEAST_GAP_UM) return 0;
  const speed = Math.max(at.webSpeed_m_min, LEAST_SPEED_M_MIN);
  const ratio =
    line.metering_ratio *
    (opening_um / REFERENCE_GAP_UM) ** line.metering_exponent *
    (at.viscosity_pa_s / REFERENCE_VISCOSITY_PA_S) ** line.viscosity_exponent *
    (speed / REFERENCE_SPEED_M_MIN) ** line.speed_exponent *
    (1 + line.head_sensitivity * (at.headPressure_kpa / line.head_pressure_kpa - 1));
  return ratio * opening_um;
}

/** Mass of solids in a volume of slurry (g/cm³), volumes taken as additive. */
export function solidsPerVolume_g_cm3(line: LineParameters): number {
  const w = line.solids_fraction;
  return w / (w / line.solids_density_g_cm3 + (1 - w) / line.solvent_density_g_cm3);
}

/** µm of film × g/cm³ of solids = 0.1 mg/cm². */
const MG_CM2_PER_UM_G_CM3 = 0.1;

/** Dry mass loading (mg/cm²) that a steady head leaves at a gap: what a run has before its own offset. */
export function dryLoading_mg_cm2(
  line: LineParameters,
  gap_um: number,
  at: HeadConditions = ordinaryConditions(line),
): number {
  return (
    MG_CM2_PER_UM_G_CM3 * line.transfer_factor * solidsPerVolume_g_cm3(line) * wetFilm_um(line, gap_um, at)
  );
}

/** Loading per gap (mg/cm² per µm) at a gap, by central difference over 2 µm. */
export function loadingSlope_mg_cm2_um(line: LineParameters, gap_um: number, at: HeadConditions): number {
  return (dryLoading_mg_cm2(line, gap_um + 1, at) - dryLoading_mg_cm2(line, gap_um - 1, at)) / 2;
}
