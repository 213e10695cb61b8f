import { type Finding, ok, warning } from '../core/finding.ts';

/** Loadings that the lab has seen (mg/cm²). */
export interface LabRange {
  readonly low_mg_cm2: number;
  readonly high_mg_cm2: number;
}

/** The level of the coated web in a profile (mg/cm²): bare edges and single wild values don't move it. */
export function coatedLevel(profile: ArrayLike<number>): number {
  const finite = Float64Array.from(profile).filter(Number.isFinite).sort();
  const high = finite[Math.floor(0.95 * (finite.length - 1))] ?? Number.NaN;
  const coated = finite.filter((value) => value >= high / 2);
  return coated[coated.length >> 1] ?? Number.NaN;
}

/**
 * Whether a coated level may be meant in the configured unit: g/m² and mg/cm² differ by ten, and nothing but the lab's
 * range tells one from the other. Undefined for what says nothing, such as bare foil.
 */
export function checkLoading(level_mg_cm2: number, lab: LabRange): Finding | undefined {
  const subject = 'unit of the loading';
  const plausible = (level: number) => level >= lab.low_mg_cm2 / 2 && level <= 2 * lab.high_mg_cm2;
  const range = `the lab has ${lab.low_mg_cm2.toFixed(1)} to ${lab.high_mg_cm2.toFixed(1)} mg/cm²`;
  const level = `a coated level of ${level_mg_cm2.toPrecision(3)} mg/cm²`;
  if (plausible(level_mg_cm2)) return ok(subject, `${level}; ${range}`);
  if (plausible(level_mg_cm2 / 10)) {
    return warning(subject, `${level} is ten times too high: ${range}`, 'set unit: g/m2 for the scans');
  }
  if (plausible(level_mg_cm2 * 10)) {
    return warning(subject, `${level} is ten times too low: ${range}`, 'set unit: mg/cm2 for the scans');
  }
  return undefined;
}
