import type { Random } from '../../src/core/random.ts';
import { dryLoading_mg_cm2, ordinaryConditions } from './metering.ts';
import { type LineParameters, labCoater } from './parameters.ts';

/** One slurry coated at one gap on the laboratory coater. */
export interface LabSetting {
  readonly gap_um: number;
  /** Mass of solids per mass of slurry. */
  readonly solids_fraction: number;
  readonly repeats: number;
}

/** Slurries of one recipe differ by mixing and age: what is left of the LRCS groups after the fit (5 to 8 %). */
const BATCH_SD = 0.06;
/** Repeats of one slurry at one gap: LRCS, 1 to 6 % with a median of 2 %. */
const REPEAT_SD = 0.02;
/** Viscosity grows steeply with the solids: LRCS at 200 µm, 2.8 Pa·s at 0.67 to 6.4 at 0.73. */
const VISCOSITY_POWER_OF_SOLIDS = 9;

/** Loadings (mg/cm²) of the laboratory's repeats: the wide and coarse data that a line is compared with. */
export function simulateLab(
  { gap_um, solids_fraction, repeats }: LabSetting,
  random: Random,
  coater: LineParameters = labCoater,
): Float64Array {
  const viscosity_pa_s =
    coater.viscosity_pa_s * (solids_fraction / coater.solids_fraction) ** VISCOSITY_POWER_OF_SOLIDS;
  const slurry = { ...coater, solids_fraction, viscosity_pa_s };
  const mean = dryLoading_mg_cm2(slurry, gap_um, ordinaryConditions(slurry));
  const batch = Math.exp(BATCH_SD * random.normal());
  return Float64Array.from({ length: repeats }, () => mean * batch * (1 + REPEAT_SD * random.normal()));
}
