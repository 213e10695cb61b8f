import type { LabGroup, Slurry } from '../../core/prediction.ts';

/** The slurry figures that count as ordinary: covariates are differences from these. */
export interface SlurryReference {
  readonly am_percent: number;
  readonly solids_g_cm3: number;
  readonly viscosity_pa_s: number;
  /** Whether any lab table says its solids. */
  readonly solidsKnown: boolean;
}

/** Covariates of the slope; `null` where the figure isn't known. */
export interface SlurryCovariates {
  /** Solids per wet volume over the reference, minus 1. */
  readonly solids: number | null;
  /** Active material minus the reference (%). */
  readonly am: number | null;
  /** Natural logarithm of viscosity over the reference. */
  readonly viscosity: number | null;
}

/** NMC cathode mix (active material 4.7, carbon 1.9, binder 1.8) and NMP, g/cm³. */
const SOLIDS_G_CM3 = 4.4;
const SOLVENT_G_CM3 = 1.03;
const ORDINARY = { am_percent: 95, solid_to_liquid_percent: 68, viscosity_pa_s: 4 } as const;

/**
 * Mass of solids in a volume of slurry (g/cm³) whose solids make up `percent` of its mass, volumes being additive.
 * A wet film of given thickness dries to a loading in proportion to this.
 */
export function solidsPerVolume_g_cm3(percent: number): number {
  const share = percent / 100;
  return share / (share / SOLIDS_G_CM3 + (1 - share) / SOLVENT_G_CM3);
}

/** The mean figures of the lab's slurries, so that "slope" means the slope of their average. */
export function slurryReference(lab: readonly LabGroup[]): SlurryReference {
  const slurries = lab.map(({ slurry }) => slurry);
  const solids = meanKnown(slurries.map((s) => mapKnown(s.solid_to_liquid_percent, solidsPerVolume_g_cm3)));
  return {
    am_percent: meanKnown(slurries.map((s) => s.am_percent)) ?? ORDINARY.am_percent,
    solids_g_cm3: solids ?? solidsPerVolume_g_cm3(ORDINARY.solid_to_liquid_percent),
    viscosity_pa_s: ORDINARY.viscosity_pa_s,
    solidsKnown: solids !== undefined,
  };
}

export function slurryCovariates(slurry: Slurry | undefined, reference: SlurryReference): SlurryCovariates {
  const { am_percent, solid_to_liquid_percent, viscosity_pa_s } = slurry ?? {};
  return {
    solids: mapKnown(solid_to_liquid_percent, (x) => solidsPerVolume_g_cm3(x) / reference.solids_g_cm3 - 1),
    am: mapKnown(am_percent, (am) => am - reference.am_percent),
    viscosity: mapKnown(viscosity_pa_s, (v) => Math.log(v / reference.viscosity_pa_s)),
  };
}

/**
 * Names a slurry: coatings of equal composition are of one slurry. Viscosity is left out, for labs measure it at
 * the shear rate of each gap. Where no composition is known, all coatings of a table count as one slurry.
 */
export const slurryKey = (table: string, { am_percent, solid_to_liquid_percent }: Slurry): string =>
  [table, am_percent ?? '', solid_to_liquid_percent ?? ''].join('|');

function mapKnown(value: number | undefined, f: (value: number) => number): number | null {
  return value === undefined || !Number.isFinite(value) ? null : f(value);
}

function meanKnown(values: readonly (number | null | undefined)[]): number | undefined {
  const known = values.filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  return known.length > 0 ? known.reduce((sum, v) => sum + v, 0) / known.length : undefined;
}
