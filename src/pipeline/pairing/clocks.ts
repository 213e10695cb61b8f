import type { CoaterPoint } from '../events.ts';
import { mapQueue } from '../queue.ts';
import type { Timeline } from './timeline.ts';
import type { Travel } from './travel.ts';

/** A gauge's clock against the coater's: coater time = gauge time + `offset_ms`, known to within `slack_ms`. */
export interface GaugeClock {
  readonly offset_ms: number;
  readonly slack_ms: number;
}

export const sameClock: GaugeClock = { offset_ms: 0, slack_ms: 0 };

/** A disagreement between clock and encoder below this (ms) is jitter, not a jump. */
const LEAST_JUMP_MS = 2000;
/** One of the two has to say that hardly any time passed (ms); otherwise the web may have stopped in a hole. */
const CLOSE_MS = 6000;
const SLOW_M_MIN = 0.2;
const EVEN_SPEED = 0.05;

/**
 * By how much the coater's clock jumped between two points (ms, > 0 forward), as its own encoder tells: at an even
 * speed the length gone is a clock of its own. 0 without a jump; NaN where nothing can be told.
 */
export function coaterJump(from: CoaterPoint, to: CoaterPoint): number {
  const step_m = to.encoder_m - from.encoder_m;
  const [v0, v1] = [from.webSpeed_m_min, to.webSpeed_m_min];
  const apart_ms = to.time_ms - from.time_ms;
  const even = Math.abs(v1 - v0) <= EVEN_SPEED * Math.max(v0, v1);
  if (!(step_m >= 0) || !even || !(Math.min(v0, v1) > SLOW_M_MIN)) return Number.NaN;
  const gone_ms = (step_m / ((v0 + v1) / 2)) * 60_000;
  const jump_ms = apart_ms - gone_ms;
  if (Math.abs(jump_ms) < LEAST_JUMP_MS) return 0;
  return Math.min(gone_ms, Math.abs(apart_ms)) <= CLOSE_MS || apart_ms < 0 ? jump_ms : Number.NaN;
}

/** The length does not grow although the web runs: the encoder, or all that the coater reports, is frozen. */
export const encoderStill = (from: CoaterPoint, to: CoaterPoint): boolean =>
  to.encoder_m === from.encoder_m && Math.min(from.webSpeed_m_min, to.webSpeed_m_min) > SLOW_M_MIN;

/** The same travel in the terms of a clock that is `by_ms` ahead. */
export const shiftedTravel = (travel: Travel, by_ms: number): Travel => ({
  ...travel,
  knots: mapQueue(travel.knots, (knot) => ({ ...knot, time_ms: knot.time_ms + by_ms })),
  ...(travel.last && { last: { ...travel.last, time_ms: travel.last.time_ms + by_ms } }),
});

export function shiftedTimeline({ closed, open }: Timeline, by_ms: number): Timeline {
  const shifted = <S extends { from_ms: number; to_ms: number }>(segment: S): S => ({
    ...segment,
    from_ms: segment.from_ms + by_ms,
    to_ms: segment.to_ms + by_ms,
  });
  return { closed: mapQueue(closed, shifted), ...(open && { open: shifted(open) }) };
}
