import type { WebEdge } from '../../src/core/messages.ts';
import type { Random } from '../../src/core/random.ts';
import type { LineParameters } from '../physics/parameters.ts';
import type { Patch } from '../physics/patch.ts';
import { type CrossWebShape, LOCATIONS } from '../physics/profile.ts';
import type { WebReader } from '../transport/web.ts';

export const SCAN_MS = 8000;
/** Time from one location to the next. */
export const LOCATION_MS = SCAN_MS / LOCATIONS;

export interface Traverse {
  readonly startedAt: WebEdge;
  /** In the order measured; NaN at dead locations. */
  readonly loading_mg_cm2: Float64Array;
  /** The run of all its film; -1 for bare foil or film of several runs. */
  readonly run: number;
  readonly steady: boolean;
  readonly level_mg_cm2: number;
  /** Mean true comma gap behind its film (µm); NaN where none of it was under the bar. */
  readonly trueGap_um: number;
}

/** What is wrong with the gauge just now. */
export interface GaugeState {
  /** Added to every reading (mg/cm²): drift, dust, lost calibration. */
  readonly bias_mg_cm2: number;
  isDead(location: number): boolean;
}

/** What the gauge sees through the foil besides this side's film. */
export interface Beneath {
  readonly shape: CrossWebShape;
  /** Loading (mg/cm²) of the other side at a place of the web. */
  at(web_m: number, patch?: Patch): number;
  /** The gauge takes the other side away, as it was measured at the same spot before the head. */
  readonly subtracted: boolean;
}

/**
 * The gauge above the web: `begin` starts a traverse from the given edge, `measure` goes on by some locations at
 * given places of the web (m past the head), `end` gives the whole scan.
 */
export interface Scanner {
  begin(startedAt: WebEdge): void;
  /** @param web_m web length under the gauge at the moment of the next location; below 0 = before the first film. */
  measure(web_m: number, state: GaugeState): void;
  end(): Traverse;
}

export function createScanner(
  line: LineParameters,
  shape: CrossWebShape,
  web: WebReader,
  random: Random,
  beneath?: Beneath,
): Scanner {
  const gaussian = pairedNormals(random);
  const relativeNoise = line.location_noise_percent / 100;
  const sameSpot = random.fork('same spot');
  let startedAt: WebEdge = 'operator';
  let loading = new Float64Array(0);
  let measured = 0;
  let scanNoise = 0;
  let spotError = 0;
  let run: number | undefined;
  let oneRun = true;
  let steady = true;
  let sum = 0;
  let gapSum_um = 0;
  let gaps = 0;

  return {
    begin(edge) {
      startedAt = edge;
      loading = new Float64Array(LOCATIONS);
      measured = 0;
      scanNoise = line.scan_noise_mg_cm2 * random.normal();
      spotError = beneath?.subtracted ? line.same_spot_sd_mg_cm2 * sameSpot.normal() : 0;
      run = undefined;
      oneRun = true;
      steady = true;
      sum = 0;
      gapSum_um = 0;
      gaps = 0;
    },
    measure(web_m, state) {
      const location = startedAt === 'operator' ? measured : LOCATIONS - 1 - measured;
      const film = web_m < 0 ? undefined : web.at(web_m);
      const level = film?.level_mg_cm2 ?? 0;
      const mark = film?.mark;
      sum += level;
      run ??= mark?.run ?? -1;
      if (run !== (mark?.run ?? -1)) oneRun = false;
      if (!mark?.steady) steady = false;
      if (mark && mark.run >= 0) {
        gapSum_um += mark.trueGap_um;
        gaps++;
      }

      const coated = shape.relative[location] as number;
      const noise = gaussian();
      const film_mg_cm2 =
        coated > 0 && level > 0
          ? level * coated + (film?.tilt_mg_cm2 ?? 0) * (shape.lever[location] as number) + scanNoise
          : 0;
      const other_mg_cm2 = beneath
        ? beneath.at(web_m, mark?.patch) * (beneath.shape.relative[location] as number)
        : 0;
      // Rays are lost in all that they pass, so the noise follows the sum of both sides.
      const sd = line.location_noise_floor_mg_cm2 + relativeNoise * Math.abs(film_mg_cm2 + other_mg_cm2);
      const told_mg_cm2 = beneath?.subtracted ? (other_mg_cm2 > 0 ? spotError : 0) : other_mg_cm2;
      loading[measured] = state.isDead(location)
        ? Number.NaN
        : line.bare_foil_mg_cm2 + film_mg_cm2 + told_mg_cm2 + state.bias_mg_cm2 + sd * noise;
      measured++;
    },
    end() {
      const whole = oneRun ? (run ?? -1) : -1;
      return {
        startedAt,
        loading_mg_cm2: loading,
        run: whole,
        steady: steady && whole >= 0,
        level_mg_cm2: sum / LOCATIONS,
        trueGap_um: gaps > 0 ? gapSum_um / gaps : Number.NaN,
      };
    },
  };
}

/** Both of Box and Muller's numbers: a scan takes 800, so the second one is worth keeping. */
function pairedNormals(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const second = spare;
      spare = undefined;
      return second;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
