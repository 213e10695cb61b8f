import { quiet, type Watch, type Witnessed } from '../watch.ts';

export interface FrozenState {
  /** Gauges that have been heard of, and since when (ms) they repeat themselves; 0 = they don't. */
  readonly gauges: Readonly<Record<string, number>>;
}

const MOST_GAUGES = 64;

/** A gauge tells the same profile again and again: it hangs, or its scanner stands. Over with its next new profile. */
export function gaugeFrozenWatch(): Watch<FrozenState> {
  return {
    name: 'gauge-frozen',
    start: () => ({ gauges: {} }),
    step(state, seen) {
      const { gauges } = state;
      if (seen.kind === 'profile') {
        if (seen.gauge in gauges || Object.keys(gauges).length >= MOST_GAUGES) return quiet(state);
        return quiet({ gauges: { ...gauges, [seen.gauge]: 0 } });
      }
      if (seen.kind === 'outage') {
        const begins = seen.reason === 'stale' && seen.until_ms === undefined && seen.source in gauges;
        if (!begins) return quiet(state);
        const { source: subject, detail } = seen;
        return {
          state: { gauges: { ...gauges, [subject]: seen.time_ms } },
          out: [{ alarm: 'gauge-frozen', subject, present: true, detail }],
        };
      }
      if (!isNewProfile(seen)) return quiet(state);
      const since_ms = gauges[seen.gauge] ?? 0;
      if (since_ms === 0 || seen.time_ms <= since_ms) return quiet(state);
      const detail = `scan ${seen.scan} differs again`;
      return {
        state: { gauges: { ...gauges, [seen.gauge]: 0 } },
        out: [{ alarm: 'gauge-frozen', subject: seen.gauge, present: false, detail }],
      };
    },
  };
}

type Verdict = Extract<Witnessed, { kind: 'observation' | 'dropped' }>;

/** A verdict on a scan, other than that it repeats the one before. */
const isNewProfile = (seen: Witnessed): seen is Verdict =>
  seen.kind === 'observation' ||
  (seen.kind === 'dropped' && seen.reason !== 'standardising' && seen.reason !== 'duplicate');
