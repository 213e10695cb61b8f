import type { Random } from '../../src/core/random.ts';
import type { LineParameters } from './parameters.ts';
import type { Patch } from './patch.ts';

/**
 * Dry loading (mg/cm²) on the other side of the foil, by the web length that has passed this head when the place
 * passes it; in patches where this side has them.
 */
export type OtherSide = (web_m: number, patch?: Patch) => number;

const WAVES = 8;

/**
 * What an earlier pass has left: a level and a slow wander along the web. The wander is a sum of sine waves with drawn
 * lengths and phases, which is nearly Gaussian, and a function of the place alone, so that gauges at different places
 * see the same film.
 */
export function createOtherSide(line: LineParameters, random: Random): OtherSide {
  const level = line.other_side_mg_cm2;
  const waves = Array.from({ length: WAVES }, () => ({
    turns_per_m: (0.4 + 1.6 * random.uniform()) / line.other_side_length_m,
    phase: random.uniform(),
  }));
  // The variance of a sine is one half.
  const amplitude = line.other_side_sd_mg_cm2 * Math.sqrt(2 / WAVES);
  return (web_m, patch) => {
    if (level <= 0) return 0;
    if (patch) {
      const pitch_m = patch.coat_m + patch.skip_m;
      const inside_m = (web_m + line.other_side_register_mm / 1000 + pitch_m) % pitch_m;
      if (inside_m > patch.coat_m) return 0;
    }
    let wander = 0;
    for (const { turns_per_m, phase } of waves) {
      wander += Math.sin(2 * Math.PI * (web_m * turns_per_m + phase));
    }
    return Math.max(0, level + amplitude * wander);
  };
}
