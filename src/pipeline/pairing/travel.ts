import type { PairingConfig } from '../../config/pipeline.ts';
import type { CoaterPoint } from '../events.ts';
import { append, dropFirst, emptyQueue, itemAt, partitionPoint, type Queue } from '../queue.ts';

/**
 * Web length that has passed the coating head, over time: knots that ascend in time and never fall in length,
 * with straight lines between them. The origin is arbitrary.
 */
export interface Travel {
  readonly knots: Queue<Knot>;
  /** The last point that told how far the web was. */
  readonly last?: CoaterPoint;
  /** Length by the counters alone; the knots follow it but never go back with it. */
  readonly raw_m: number;
}

export interface Knot {
  readonly time_ms: number;
  readonly length_m: number;
}

export const noTravel: Travel = { knots: emptyQueue(), raw_m: 0 };

/** Points farther apart than this (ms) count as an interruption of the speed signal. */
const CLOSE_MS = 5000;
/** Speeds before and after an interruption that agree to this share say that the web ran on evenly. */
const EVEN_SPEED = 0.05;
/** An encoder may swing back by this much (m) where the web stands. */
const BACKLASH_M = 0.5;

/**
 * With one more point. Where neither encoder nor speed tells how far the web went since the point before, the way
 * is lost: travel begins anew, and what was coated before can't be told any more.
 */
export function withTravel(travel: Travel, point: CoaterPoint, config: PairingConfig): Travel {
  if (Number.isNaN(point.encoder_m) && Number.isNaN(point.webSpeed_m_min)) return travel;
  const step_m = travel.last ? stepLength(travel.last, point, config) : Number.NaN;
  if (!travel.last || Number.isNaN(step_m)) {
    const knots = append(emptyQueue<Knot>(), { time_ms: point.time_ms, length_m: 0 });
    return { knots, last: point, raw_m: 0 };
  }
  const raw_m = travel.raw_m + step_m;
  const length_m = Math.max(raw_m, newest(travel)!.length_m);
  return { knots: append(travel.knots, { time_ms: point.time_ms, length_m }), last: point, raw_m };
}

/** Web length between two points (m); NaN where it can't be known. */
function stepLength(from: CoaterPoint, to: CoaterPoint, config: PairingConfig): number {
  const minutes = (to.time_ms - from.time_ms) / 60_000;
  const byEncoder = encoderStep(from.encoder_m, to.encoder_m, minutes, config);
  return Number.isNaN(byEncoder) ? speedStep(from, to, minutes, config) : byEncoder;
}

/** NaN for a restart of the counter, or an impossible step. */
function encoderStep(from_m: number, to_m: number, minutes: number, config: PairingConfig): number {
  const step = to_m - from_m;
  const possible = (s: number) => s >= -BACKLASH_M && s <= config.maximum_speed_m_min * minutes + BACKLASH_M;
  if (possible(step)) return step;
  const wrapped = step + (config.encoder_wrap_m ?? Number.NaN);
  return possible(wrapped) ? wrapped : Number.NaN;
}

function speedStep(from: CoaterPoint, to: CoaterPoint, minutes: number, config: PairingConfig): number {
  const [v0, v1] = [from.webSpeed_m_min, to.webSpeed_m_min];
  const apart_ms = to.time_ms - from.time_ms;
  const even = Math.abs(v1 - v0) <= EVEN_SPEED * Math.max(v0, v1);
  const known = apart_ms <= CLOSE_MS || (even && apart_ms <= config.bridge_s * 1000);
  return known ? Math.max(0, ((v0 + v1) / 2) * minutes) : Number.NaN;
}

export const newest = ({ knots }: Travel): Knot | undefined =>
  knots.length > 0 ? itemAt(knots, knots.length - 1) : undefined;

export const oldest = ({ knots }: Travel): Knot | undefined =>
  knots.length > 0 ? itemAt(knots, 0) : undefined;

/** Length passed at a time; NaN outside the knots. */
export function lengthAt({ knots }: Travel, time_ms: number): number {
  const after = partitionPoint(knots, (k) => k.time_ms >= time_ms);
  if (after === knots.length) return Number.NaN;
  const b = itemAt(knots, after);
  if (b.time_ms === time_ms) return b.length_m;
  if (after === 0) return Number.NaN;
  const a = itemAt(knots, after - 1);
  return a.length_m + ((b.length_m - a.length_m) * (time_ms - a.time_ms)) / (b.time_ms - a.time_ms);
}

/**
 * When that length passed the head: the first such moment, or the last where the web stood just then; NaN outside
 * the knots (and for `last`, while it is still at the head).
 */
export function timeAt({ knots }: Travel, length_m: number, which: 'first' | 'last'): number {
  const after = partitionPoint(knots, (k) =>
    which === 'first' ? k.length_m >= length_m : k.length_m > length_m,
  );
  if (after === knots.length) return Number.NaN;
  const b = itemAt(knots, after);
  if (after === 0) return b.length_m === length_m ? b.time_ms : Number.NaN;
  const a = itemAt(knots, after - 1);
  return a.time_ms + ((b.time_ms - a.time_ms) * (length_m - a.length_m)) / (b.length_m - a.length_m);
}

/** Without knots that no later question needs: those before `length_m`, and those older than `time_ms`. */
export function forget(travel: Travel, length_m: number, time_ms: number): Travel {
  const keepFrom = partitionPoint(travel.knots, (k) => k.length_m >= length_m && k.time_ms >= time_ms) - 1;
  return keepFrom <= 0 ? travel : { ...travel, knots: dropFirst(travel.knots, keepFrom) };
}
