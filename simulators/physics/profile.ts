import type { Random } from '../../src/core/random.ts';
import type { LineParameters } from './parameters.ts';

/** Locations across the web that the gauge reports per scan. */
export const LOCATIONS = 800;

/** The line's own cross-web shape, operator side first. */
export interface CrossWebShape {
  /** Loading over the run's level for each location; 0 on bare foil. Mean 1 over the inside of the stripes. */
  readonly relative: Float64Array;
  /** Place across the web for tilt: -0.5 at the operator side of the coating to 0.5 at its gear side; 0 on foil. */
  readonly lever: Float64Array;
}

/** Share of a stripe's width, at either edge, that counts as edge and not as inside. */
const EDGE_SHARE = 0.05;

/**
 * Beads rise at the edges of each stripe and decay inwards; a crown lies across the whole web; streaks are narrow
 * and stay where a particle sits under the bar. `random` places the streaks.
 */
export function crossWebShape(line: LineParameters, random: Random): CrossWebShape {
  const relative = new Float64Array(LOCATIONS);
  const lever = new Float64Array(LOCATIONS);
  const from = Math.round(line.coated_from);
  const width = Math.round(line.coated_to) - from;
  const lanes = Math.round(line.lane_count);
  const pitch = (width + line.lane_gap_locations) / lanes;
  const stripe = pitch - line.lane_gap_locations;
  const streaks = Array.from({ length: Math.round(line.streak_count) }, () => ({
    centre: from + width * (EDGE_SHARE + (1 - 2 * EDGE_SHARE) * random.uniform()),
    width: 1 + 2 * random.uniform(),
  }));

  let sum = 0;
  let inside = 0;
  for (let i = from; i < from + width; i++) {
    const place = (i + 0.5 - from) % pitch;
    if (place >= stripe) continue;
    const across = (i + 0.5 - from) / width - 0.5;
    const edge = Math.min(place, stripe - place);
    const bead = (line.edge_bead_percent / 100) * Math.exp(-edge / line.edge_bead_locations);
    const crown = (line.crown_percent / 100) * Math.cos(2 * Math.PI * across);
    let value = 1 + bead + crown;
    for (const streak of streaks) {
      const z = (i - streak.centre) / streak.width;
      value += (line.streak_percent / 100) * Math.exp(-0.5 * z * z);
    }
    relative[i] = value;
    lever[i] = across;
    if (edge > EDGE_SHARE * stripe) {
      sum += value;
      inside++;
    }
  }
  const mean = inside > 0 ? sum / inside : 1;
  return { relative: relative.map((value) => value / mean), lever };
}
