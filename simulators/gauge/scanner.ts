import type { WebEdge } from '../../src/core/messages.ts';
import type { Random } from '../../src/core/random.ts';
import type { LineParameters } from '../physics/parameters.ts';
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
}

/** What is wrong with the gauge just now. */
export interface GaugeState {
  /** Added to every reading (mg/cm²): drift, dust, lost calibration. */
  readonly bias_mg_cm2: number;
  isDead(location: number): boolean;
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
): Scanner {
  const gaussian = pairedNormals(random);
  const relativeNoise = line.location_noise_percent / 100;
  let startedAt: WebEdge = 'operator';
  let loading = new Float64Array(0);
  let measured = 0;
  let scanNoise = 0;
  let run: number | undefined;
  let oneRun = true;
  let steady = true;
  let sum = 0;

  return {
    begin(edge) {
      startedAt = edge;
      loading = new Float64Array(LOCATIONS);
      measured = 0;
      scanNoise = line.scan_noise_mg_cm2 * random.normal();
      run = undefined;
      oneRun = true;
      steady = true;
      sum = 0;
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

      const coated = shape.relative[location] as number;
      const noise = gaussian();
      const film_mg_cm2 =
        coated > 0 && level > 0
          ? level * coated + (film?.tilt_mg_cm2 ?? 0) * (shape.lever[location] as number) + scanNoise
          : 0;
      const sd = line.location_noise_floor_mg_cm2 + relativeNoise * Math.abs(film_mg_cm2);
      loading[measured] = state.isDead(location)
        ? Number.NaN
        : line.bare_foil_mg_cm2 + film_mg_cm2 + state.bias_mg_cm2 + sd * noise;
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
