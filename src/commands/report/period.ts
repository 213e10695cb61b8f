import { BadInputError, ConfigError } from '../../core/errors.ts';

/** A stretch of event time, both ends included (ms since 1970), and how its clock reads. */
export interface Period {
  readonly from_ms: number;
  readonly to_ms: number;
  /** What the clock on the wall is ahead of UTC (ms). */
  readonly offset_ms: number;
}

const HOUR_MS = 3_600_000;

/**
 * A day by the clock on the wall, or some hours of it; hours that end before they begin reach into the next day.
 *
 * @param day `YYYY-MM-DD`; @param hours `06:00-14:00`; @param offset `+01:00`.
 * @throws ConfigError naming the option.
 */
export function periodOf(day: string, hours: string | undefined, offset: string): Period {
  const offset_ms = offsetOf(offset);
  const midnight_ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // Date.parse lets 31 February through on some days; what it made of the text must read the same.
  if (Number.isNaN(midnight_ms) || new Date(midnight_ms).toISOString().slice(0, 10) !== day) {
    throw new ConfigError(`"${day}" is no day`, { where: '--day', allowed: 'YYYY-MM-DD' });
  }
  const [from, until] = hours === undefined ? [0, 24] : hoursOf(hours);
  const begin_ms = midnight_ms - offset_ms;
  return {
    from_ms: begin_ms + from * HOUR_MS,
    to_ms: begin_ms + (until > from ? until : until + 24) * HOUR_MS - 1,
    offset_ms,
  };
}

export function offsetOf(text: string): number {
  const match = /^([+-])(\d\d):([0-5]\d)$/.exec(text);
  if (!match) throw new ConfigError(`"${text}" is no offset`, { where: '--offset', allowed: 'like +01:00' });
  const [, sign, hours, minutes] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60) * HOUR_MS;
}

function hoursOf(text: string): readonly [number, number] {
  const match = /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  if (!match) throw new ConfigError(`"${text}" are no hours`, { where: '--hours', allowed: '06:00-14:00' });
  const [, h0, m0, h1, m1] = match;
  return [Number(h0) + Number(m0) / 60, Number(h1) + Number(m1) / 60];
}

const wall = (time_ms: number, offset_ms: number): string => {
  if (!Number.isFinite(time_ms)) throw new BadInputError(`${time_ms} is no time`);
  return new Date(time_ms + offset_ms).toISOString();
};

export const dayText = (time_ms: number, { offset_ms }: Pick<Period, 'offset_ms'>): string =>
  wall(time_ms, offset_ms).slice(0, 10);

export const clockText = (time_ms: number, { offset_ms }: Pick<Period, 'offset_ms'>): string =>
  wall(time_ms, offset_ms).slice(11, 19);

/** Steps between the ticks of a time axis (min). */
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];

/** Round times of day, at most a dozen. */
export function timeTicks({ from_ms, to_ms, offset_ms }: Period): { value: number; text: string }[] {
  const step_ms = 60_000 * (STEPS_MIN.find((step) => (to_ms - from_ms) / (60_000 * step) <= 12) ?? 720);
  const first = Math.ceil((from_ms + offset_ms) / step_ms);
  const last = Math.floor((to_ms + 1 + offset_ms) / step_ms);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step_ms - offset_ms;
    return { value, text: wall(value, offset_ms).slice(11, 16) };
  });
}
