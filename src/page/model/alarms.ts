import type { AlarmReport } from '../../core/alarm.ts';
import { en, type MessageKey } from '../messages/en.ts';
import { t } from '../messages/text.ts';

const waiting: ReadonlySet<AlarmReport['state']> = new Set(['UNACK', 'RTNUN']);
const rank: Record<AlarmReport['priority'], number> = { high: 0, medium: 1, low: 2 };

/** Alarms that nobody has taken note of yet, the gravest first. */
export const unacknowledged = (alarms: readonly AlarmReport[]): AlarmReport[] =>
  ordered(alarms.filter(({ state }) => waiting.has(state)));

export const shelved = (alarms: readonly AlarmReport[]): AlarmReport[] =>
  ordered(alarms.filter(({ state }) => state === 'SHLVD'));

/** Alarms that somebody knows of and whose condition is still there. */
export const acknowledged = (alarms: readonly AlarmReport[]): AlarmReport[] =>
  ordered(alarms.filter(({ state }) => state === 'ACKED'));

const ordered = (alarms: readonly AlarmReport[]): AlarmReport[] =>
  [...alarms].sort((a, b) => rank[a.priority] - rank[b.priority] || b.since_ms - a.since_ms);

/** The alarm's name in words; one that the catalogue does not know keeps its own. */
export function alarmName({ alarm, subject }: Pick<AlarmReport, 'alarm' | 'subject'>): string {
  const name = worded('alarm', alarm);
  return subject === '' ? name : `${name}: ${subject}`;
}

const keys = {
  alarm: (name: string) => `alarm.${name}`,
  dropped: (name: string) => `dropped.${name}`,
  letter: (name: string) => `letter.${name}`,
} as const;

/** What the agent calls by a short name, in words where the catalogue has them. */
export function worded(family: keyof typeof keys, name: string): string {
  const key = keys[family](name);
  return key in en ? t(key as MessageKey) : name;
}
