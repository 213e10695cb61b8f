import type { Outage } from '../../../core/messages.ts';
import type { Sign } from '../book.ts';
import { quiet, type Watch } from '../watch.ts';

export interface SourceStaleState {
  /** Holes that have begun and not ended. */
  readonly open: readonly Hole[];
}

type Hole = Pick<Outage, 'source' | 'reason' | 'time_ms' | 'detail'>;

const LASTING: ReadonlySet<Outage['reason']> = new Set(['disconnected', 'stale', 'bad-quality']);
const MOST_HOLES = 64;
/** An outage whose end nobody tells is forgotten after this (ms). */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** A source, or one of its tags, tells nothing or nothing good, by the outages that it told itself. */
export function sourceStaleWatch(): Watch<SourceStaleState> {
  return {
    name: 'source-stale',
    start: () => ({ open: [] }),
    step(state, seen) {
      if (seen.kind === 'machine') {
        const open = state.open.filter(({ time_ms }) => seen.time_ms - time_ms < FORGOTTEN_AFTER_MS);
        if (open.length === state.open.length) return quiet(state);
        return { state: { open }, out: ended(state.open, open, 'nothing has been heard of it for an hour') };
      }
      if (seen.kind !== 'outage' || !LASTING.has(seen.reason)) return quiet(state);
      const { source, reason, time_ms, detail } = seen;
      const others = state.open.filter(
        (hole) => !(hole.source === source && hole.reason === reason && hole.time_ms === time_ms),
      );
      if (seen.until_ms === undefined) {
        const open = [...others, { source, reason, time_ms, detail }].slice(-MOST_HOLES);
        return { state: { open }, out: [{ alarm: 'source-stale', subject: source, present: true, detail }] };
      }
      return others.length === state.open.length
        ? quiet(state)
        : { state: { open: others }, out: ended(state.open, others, detail) };
    },
  };
}

/** For each source that had a hole and has none left. */
function ended(before: readonly Hole[], after: readonly Hole[], detail: string): Sign[] {
  const left = new Set(after.map(({ source }) => source));
  const over = new Set(before.map(({ source }) => source).filter((source) => !left.has(source)));
  return [...over].map((subject) => ({ alarm: 'source-stale', subject, present: false, detail }));
}
