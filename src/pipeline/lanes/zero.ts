import type { LanesConfig } from '../../config/pipeline.ts';
import { median } from '../../core/median.ts';
import { bareEdges } from './bare-edges.ts';

/** The zero of a gauge in its last scans that showed it (mg/cm²), oldest first. */
export type Zeros = readonly number[];

/** So many scans outvote one that misread its edges. */
const SCANS = 5;
/** Edges that differ by more are not both bare: a scan over a patch edge, or web that runs askew (mg/cm²). */
const ALIKE_MG_CM2 = 1;
/** Beyond this it is rather a thin coating that goes to the edge than foil and an error of the gauge (mg/cm²). */
const GREATEST_MG_CM2 = 5;

/** What bare foil reads in this very scan (mg/cm²); undefined where it does not show any beside a coating. */
export function zeroIn(profile: Float64Array): number | undefined {
  const edges = bareEdges(profile);
  if (!edges || !(Math.abs(edges.first_mg_cm2 - edges.last_mg_cm2) <= ALIKE_MG_CM2)) return undefined;
  return Math.abs(edges.both_mg_cm2) <= GREATEST_MG_CM2 ? edges.both_mg_cm2 : undefined;
}

export const withZero = (zeros: Zeros, zero_mg_cm2: number | undefined): Zeros =>
  zero_mg_cm2 === undefined ? zeros : [...zeros, zero_mg_cm2].slice(-SCANS);

/**
 * What counts as coated, above what this gauge reads on bare foil: in the scan itself, or else, where that is foil
 * alone, in those before. A zero that is off by less than half the threshold leaves it as it is configured.
 */
export function aboveBare(config: LanesConfig, zeros: Zeros, zero_mg_cm2: number | undefined): LanesConfig {
  const bare_mg_cm2 = zero_mg_cm2 ?? median(zeros);
  const { coated_above_mg_cm2 } = config;
  if (!(Math.abs(bare_mg_cm2) > coated_above_mg_cm2 / 2)) return config;
  return { ...config, coated_above_mg_cm2: coated_above_mg_cm2 + bare_mg_cm2 };
}
