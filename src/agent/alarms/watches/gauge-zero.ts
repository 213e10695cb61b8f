import type { GaugeZeroConfig } from '../../../config/alarms.ts';
import { median } from '../../../core/median.ts';
import type { Profile } from '../../../core/observation.ts';
import { quiet, signed, type Watch } from '../watch.ts';

export interface GaugeZeroState {
  readonly gauges: Readonly<Record<string, GaugeZero>>;
}

interface GaugeZero {
  /** What the bare edges read at first (mg/cm²); NaN until enough scans are in. */
  readonly usual_mg_cm2: number;
  /** The latest readings, oldest first. */
  readonly recent_mg_cm2: readonly number[];
  readonly present: boolean;
}

const unheard: GaugeZero = { usual_mg_cm2: Number.NaN, recent_mg_cm2: [], present: false };

const MOST_GAUGES = 64;
/** Scans for a reading that chance does not move. */
const SCANS = 20;
/** Share of the web at each edge that is taken for bare. */
const EDGE = 0.03;
/** Fewer locations than this are no profile. */
const LEAST_LOCATIONS = 100;
/** The middle has so much more than the edges, or the coating goes to the edge (mg/cm²). */
const BARE_BELOW_MG_CM2 = 5;

/**
 * The bare foil beside the coating reads other than it did at first: the gauge's zero has moved, so that every
 * loading is off by as much. It tells a gauge that has lost its calibration from a coating that has changed.
 */
export function gaugeZeroWatch({ limit_mg_cm2 }: GaugeZeroConfig): Watch<GaugeZeroState> {
  return {
    name: 'gauge-zero',
    start: () => ({ gauges: {} }),
    step(state, seen) {
      if (seen.kind !== 'profile') return quiet(state);
      const zero_mg_cm2 = bareReading(seen);
      const known = state.gauges[seen.gauge];
      if (zero_mg_cm2 === undefined || (!known && Object.keys(state.gauges).length >= MOST_GAUGES))
        return quiet(state);
      const { usual_mg_cm2, recent_mg_cm2, present: was } = known ?? unheard;
      const recent = [...recent_mg_cm2, zero_mg_cm2].slice(-SCANS);
      const now_mg_cm2 = recent.length < SCANS ? Number.NaN : median(recent);
      const off = now_mg_cm2 - usual_mg_cm2;
      const present = Math.abs(off) > (was ? limit_mg_cm2 / 2 : limit_mg_cm2);
      const usual = Number.isNaN(usual_mg_cm2) ? now_mg_cm2 : usual_mg_cm2;
      const gauge = { usual_mg_cm2: usual, recent_mg_cm2: recent, present };
      const next = { gauges: { ...state.gauges, [seen.gauge]: gauge } };
      if (!present && !was) return quiet(next);
      const detail = `bare foil at the edges reads ${signed(off)} mg/cm² against the first scans: loadings are off by as much`;
      return { state: next, out: [{ alarm: 'gauge-zero', subject: seen.gauge, present, detail }] };
    },
  };
}

/** Median over both edges (mg/cm²); undefined where they are not seen to be bare. */
function bareReading({ loading_mg_cm2: all }: Profile): number | undefined {
  if (all.length < LEAST_LOCATIONS) return undefined;
  const width = Math.floor(EDGE * all.length);
  const edges = [...all.subarray(0, width), ...all.subarray(all.length - width)].filter(Number.isFinite);
  const third = Math.floor(all.length / 3);
  const middle = [...all.subarray(third, 2 * third)].filter(Number.isFinite);
  const zero = median(edges);
  return median(middle) - zero >= BARE_BELOW_MG_CM2 ? zero : undefined;
}
