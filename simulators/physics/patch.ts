import type { LineParameters } from './parameters.ts';

/** Intermittent coating: so much coated, so much left bare, again and again along the web. */
export interface Patch {
  readonly coat_m: number;
  readonly skip_m: number;
}

/** A place on the web and the film there over that of a continuous coating. */
export interface PatchPlace {
  readonly web_m: number;
  /** 0 in a skip. */
  readonly factor: number;
  /** In the flat of a patch, away from its two ends. */
  readonly flat: boolean;
}

/** Length over which the film begins and ends (m). */
const EDGE_M = 0.001;
/** The leading edge counts as decayed after so many of its decay lengths. */
const DECAYED = 4;

/**
 * Where the film of the stretch (from, to] of web changes, ascending, its end included: between neighbouring places it
 * changes linearly. A patch begins with a bead, where the valve opens, that decays along the web. Patches lie at
 * whole multiples of coat + skip from the origin of the encoder.
 */
export function patchPlaces(from_m: number, to_m: number, patch: Patch, line: LineParameters): PatchPlace[] {
  const pitch_m = patch.coat_m + patch.skip_m;
  const decay_m = line.patch_edge_mm / 1000;
  const factorAt = (inside_m: number): number =>
    inside_m > patch.coat_m ? 0 : 1 + (line.patch_edge_percent / 100) * Math.exp(-inside_m / decay_m);
  const isFlat = (inside_m: number) =>
    inside_m > DECAYED * decay_m && inside_m < patch.coat_m - DECAYED * EDGE_M;

  const places: PatchPlace[] = [];
  const add = (start_m: number, inside_m: number, factor = factorAt(inside_m)) => {
    const web_m = start_m + inside_m;
    if (web_m > from_m && web_m <= to_m) places.push({ web_m, factor, flat: isFlat(inside_m) });
  };
  for (let i = Math.floor(from_m / pitch_m); i * pitch_m - EDGE_M <= to_m; i++) {
    const start_m = i * pitch_m;
    if (i > 0) add(start_m, -EDGE_M, 0);
    for (const lengths of [0, 0.5, 1, 2, DECAYED]) {
      if (lengths * decay_m < patch.coat_m) add(start_m, lengths * decay_m);
    }
    add(start_m, patch.coat_m);
    add(start_m, patch.coat_m + EDGE_M);
  }
  if (places.at(-1)?.web_m !== to_m) {
    const inside_m = to_m % pitch_m;
    places.push({ web_m: to_m, factor: factorAt(inside_m), flat: isFlat(inside_m) });
  }
  return places;
}
