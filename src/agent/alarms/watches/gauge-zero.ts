import type { GaugeZeroConfig } from '../../../config/alarms.ts';
import { median } from '../../../core/median.ts';
import { bareEdges } from '../../../pipeline/lanes/bare-edges.ts';
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
      const zero_mg_cm2 = bareEdges(seen.loading_mg_cm2)?.both_mg_cm2;
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
