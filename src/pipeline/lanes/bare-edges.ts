import { median } from '../../core/median.ts';

/** What the foil beside the coating reads (mg/cm², medians): at either edge, and over both together. */
export interface BareEdges {
  readonly first_mg_cm2: number;
  readonly last_mg_cm2: number;
  readonly both_mg_cm2: number;
}

/** Share of the web at each edge that is taken for bare. */
const EDGE = 0.03;
/** Fewer locations than this are no profile. */
const LEAST_LOCATIONS = 100;
/** The middle has so much more than the edges, or the coating goes to the edge (mg/cm²). */
const BARE_BELOW_MG_CM2 = 5;

/** Undefined where the edges are not seen to be bare: by a coating between them, for foil alone reads alike everywhere. */
export function bareEdges(profile: Float64Array): BareEdges | undefined {
  if (profile.length < LEAST_LOCATIONS) return undefined;
  const width = Math.floor(EDGE * profile.length);
  const first = finite(profile.subarray(0, width));
  const last = finite(profile.subarray(profile.length - width));
  const third = Math.floor(profile.length / 3);
  const both_mg_cm2 = median([...first, ...last]);
  const middle_mg_cm2 = median(finite(profile.subarray(third, 2 * third)));
  return middle_mg_cm2 - both_mg_cm2 >= BARE_BELOW_MG_CM2
    ? { first_mg_cm2: median(first), last_mg_cm2: median(last), both_mg_cm2 }
    : undefined;
}

const finite = (values: Float64Array): number[] => [...values].filter(Number.isFinite);
