import type { AlarmAction, AlarmPriority, AlarmReport } from '../../core/alarm.ts';
import { type AlarmEvent, normal, type Standing, transition } from './isa.ts';

/** How an alarm is treated, whatever its condition. */
export interface AlarmRule {
  readonly priority: AlarmPriority;
  /** The condition has to be there for so long before it counts (ms, event time): against chattering. */
  readonly on_delay_ms: number;
  /** And away for so long before it counts as gone (ms). */
  readonly off_delay_ms: number;
}

/** One alarm of a line, as plain data. */
export interface AlarmEntry {
  readonly alarm: string;
  readonly subject: string;
  readonly standing: Standing;
  /** When the condition last came (ms). */
  readonly since_ms: number;
  readonly detail: string;
  /** A change of the condition that has not lasted long enough yet. */
  readonly pending?: { readonly present: boolean; readonly since_ms: number; readonly detail: string };
  readonly by?: string;
  readonly comment?: string;
  readonly until_ms?: number;
}

export const newEntry = (alarm: string, subject: string, time_ms: number): AlarmEntry => ({
  alarm,
  subject,
  standing: normal,
  since_ms: time_ms,
  detail: '',
});

/** Nothing is known of it that a new entry would not know. */
export const isIdle = ({ standing, pending }: AlarmEntry): boolean => standing.state === 'NORM' && !pending;

/** Takes note of whether the condition is there. */
export function noted(entry: AlarmEntry, present: boolean, detail: string, time_ms: number): AlarmEntry {
  if (present === entry.standing.active) return without(entry, 'pending');
  if (entry.pending?.present === present) return { ...entry, pending: { ...entry.pending, detail } };
  return { ...entry, pending: { present, since_ms: time_ms, detail } };
}

/** What the time does to it: delays run out, and so does the time on the shelf. */
export function advanced(entry: AlarmEntry, rule: AlarmRule, time_ms: number): AlarmEntry {
  let next = entry;
  const { pending } = entry;
  if (pending && time_ms - pending.since_ms >= (pending.present ? rule.on_delay_ms : rule.off_delay_ms)) {
    next = pending.present
      ? { ...moved(next, 'raise'), since_ms: pending.since_ms, detail: pending.detail }
      : moved(next, 'clear');
    next = without(next, 'pending');
  }
  return next.until_ms !== undefined && time_ms >= next.until_ms
    ? without(moved(next, 'unshelve'), 'until_ms')
    : next;
}

/** What somebody does about it. */
export function acted(entry: AlarmEntry, action: AlarmAction): AlarmEntry {
  const next = moved(entry, action.action);
  if (next.standing.state === entry.standing.state && action.action !== 'shelve') return entry;
  const { by, comment, until_ms } = action;
  const signed = { ...without(next, 'comment'), by, ...(comment !== undefined && { comment }) };
  if (action.action === 'acknowledge') return signed;
  const off = without(signed, 'until_ms');
  return action.action === 'shelve' && until_ms !== undefined ? { ...off, until_ms } : off;
}

export function reportOf(
  entry: AlarmEntry,
  line: string,
  priority: AlarmPriority,
  time_ms: number,
): AlarmReport {
  const { alarm, subject, standing, since_ms, detail, by, comment, until_ms } = entry;
  return {
    kind: 'alarm',
    line,
    alarm,
    subject,
    time_ms,
    priority,
    ...standing,
    since_ms,
    detail,
    ...(by !== undefined && { by }),
    ...(comment !== undefined && { comment }),
    ...(until_ms !== undefined && { until_ms }),
  };
}

/** A new occurrence is nobody's yet. */
function moved(entry: AlarmEntry, event: AlarmEvent): AlarmEntry {
  const standing = transition(entry.standing, event);
  const anew = event === 'raise' && standing.state === 'UNACK';
  return { ...(anew ? without(without(entry, 'by'), 'comment') : entry), standing };
}

function without(entry: AlarmEntry, key: 'pending' | 'by' | 'comment' | 'until_ms'): AlarmEntry {
  const { [key]: _, ...rest } = entry;
  return rest;
}
