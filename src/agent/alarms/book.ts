import type { AlarmAction, AlarmReport } from '../../core/alarm.ts';
import { BadInputError } from '../../core/errors.ts';
import {
  type AlarmEntry,
  type AlarmRule,
  acted,
  advanced,
  isIdle,
  newEntry,
  noted,
  reportOf,
} from './entry.ts';

/** Whether the condition of an alarm is there. */
export interface Sign {
  readonly alarm: string;
  /** What it is about where there may be several; empty otherwise. */
  readonly subject: string;
  readonly present: boolean;
  /** For the operator, with figures. */
  readonly detail: string;
}

/** Plain data, fit for a snapshot. */
export interface BookState {
  /** The line's time: of the newest message, but not before that of an earlier one (ms). */
  readonly time_ms: number;
  /** Those that are not at rest, in the order in which they were first heard of. */
  readonly entries: readonly AlarmEntry[];
}

/** Subjects come from the data, so that a broken device could invent them without end. */
const MOST_ENTRIES = 500;

/**
 * The alarms of one line: takes note of conditions, lets the time run, and does what people ask. It knows no clock
 * but the times that it is given. Each method returns the alarms that changed, as they then stand.
 */
export class AlarmBook {
  readonly #line: string;
  readonly #rules: ReadonlyMap<string, AlarmRule>;
  #entries: ReadonlyMap<string, AlarmEntry>;
  #time_ms: number;

  /** @param rules by name of the alarm; an alarm without one is switched off. */
  constructor(line: string, rules: ReadonlyMap<string, AlarmRule>, state?: BookState) {
    this.#line = line;
    this.#rules = rules;
    this.#time_ms = state?.time_ms ?? Number.NEGATIVE_INFINITY;
    const known = (state?.entries ?? []).filter(({ alarm }) => rules.has(alarm));
    this.#entries = new Map(known.map((entry) => [keyOf(entry), entry]));
  }

  get state(): BookState {
    return { time_ms: this.#time_ms, entries: [...this.#entries.values()] };
  }

  get time_ms(): number {
    return this.#time_ms;
  }

  /** Every alarm that is not normal. */
  list(): AlarmReport[] {
    const told = [...this.#entries.values()].filter(({ standing }) => standing.state !== 'NORM');
    return told.map((entry) => this.#report(entry));
  }

  /** A device's clock was set: the line's time goes on from `time_ms`, back too; delays under way begin no later. */
  resetTime(time_ms: number): void {
    this.#time_ms = time_ms;
    this.#entries = new Map(
      [...this.#entries].map(([key, entry]) => [key, entry.pending ? begunBy(entry, time_ms) : entry]),
    );
  }

  /** The time is now `time_ms`, and these are the signs of it, in order. */
  see(time_ms: number, signs: readonly Sign[]): AlarmReport[] {
    this.#time_ms = Math.max(this.#time_ms, time_ms);
    if (this.#entries.size === 0 && signs.length === 0) return [];
    const entries = new Map(this.#entries);
    const changed: AlarmReport[] = [];
    const advance = (key: string, entry: AlarmEntry): void => {
      const next = advanced(entry, this.#rules.get(entry.alarm) as AlarmRule, this.#time_ms);
      if (!sameStanding(next, entry)) changed.push(this.#report(next));
      if (isIdle(next)) entries.delete(key);
      else entries.set(key, next);
    };
    // One after the other: what comes and goes at one time has been there.
    for (const { alarm, subject, present, detail } of signs) {
      const key = keyOf({ alarm, subject });
      const known = entries.get(key);
      if (!this.#rules.has(alarm) || (!known && (!present || entries.size >= MOST_ENTRIES))) continue;
      advance(key, noted(known ?? newEntry(alarm, subject, this.#time_ms), present, detail, this.#time_ms));
    }
    for (const [key, entry] of entries) advance(key, entry);
    this.#entries = entries;
    return changed;
  }

  /**
   * Does what somebody asks; what is no use (a second acknowledgement) changes nothing.
   *
   * @throws BadInputError for an alarm that is unknown or switched off, or a shelf without an end to come.
   */
  act(action: AlarmAction): AlarmReport {
    const { alarm, subject, time_ms, until_ms } = action;
    this.check(action);
    this.#time_ms = Math.max(this.#time_ms, time_ms);
    if (action.action === 'shelve' && !(until_ms !== undefined && until_ms > this.#time_ms)) {
      throw new BadInputError('the time on the shelf is over already', {
        where: 'until_ms',
        allowed: `after ${new Date(this.#time_ms).toISOString()}, the line's own time`,
      });
    }
    const key = keyOf(action);
    const next = acted(this.#entries.get(key) ?? newEntry(alarm, subject, time_ms), action);
    const entries = new Map(this.#entries);
    if (isIdle(next)) entries.delete(key);
    else entries.set(key, next);
    this.#entries = entries;
    return this.#report(next);
  }

  /** @throws BadInputError for an alarm that is unknown or switched off. */
  check({ alarm, subject }: Pick<AlarmAction, 'alarm' | 'subject'>): void {
    if (!this.#rules.has(alarm)) {
      throw new BadInputError(`there is no alarm "${alarm}"`, {
        allowed: [...this.#rules.keys()].join(', '),
      });
    }
    if (!this.#entries.has(keyOf({ alarm, subject })) && this.#entries.size >= MOST_ENTRIES) {
      throw new BadInputError('too many alarms stand already', { allowed: `${MOST_ENTRIES} at most` });
    }
  }

  #report(entry: AlarmEntry): AlarmReport {
    const { priority } = this.#rules.get(entry.alarm) as AlarmRule;
    return reportOf(entry, this.#line, priority, this.#time_ms);
  }
}

const begunBy = (entry: AlarmEntry, time_ms: number): AlarmEntry => ({
  ...entry,
  ...(entry.pending && {
    pending: { ...entry.pending, since_ms: Math.min(entry.pending.since_ms, time_ms) },
  }),
});

const keyOf = ({ alarm, subject }: { alarm: string; subject: string }): string => `${alarm}\n${subject}`;

const sameStanding = ({ standing: a }: AlarmEntry, { standing: b }: AlarmEntry): boolean =>
  a.state === b.state && a.active === b.active;
