import type { AlarmReport, AlarmState } from '../../../core/alarm.ts';
import type { Outage } from '../../../core/messages.ts';
import type { AdapterReport, DeadLetterReport } from '../../../core/report.ts';
import type { AdapterStatus } from '../../../core/source.ts';
import type { Instant } from '../instant.ts';
import { flag, type PointParts, whole } from '../point.ts';

/** What happened to line and agent. States carry a number beside their name, for thresholds. */

const alarmCodes = {
  NORM: 0,
  SHLVD: 1,
  RTNUN: 2,
  ACKED: 3,
  UNACK: 4,
} as const satisfies Record<AlarmState, number>;

export function alarmPoints(report: AlarmReport, at: Instant): PointParts[] {
  const { line, alarm, subject, priority, state } = report;
  const fields = {
    state,
    state_code: whole(alarmCodes[state]),
    active: flag(report.active),
    active_s: report.active ? (report.time_ms - report.since_ms) / 1000 : undefined,
    detail: report.detail,
    by: report.by,
    comment: report.comment,
  };
  return [{ measurement: 'alarm', tags: { line, alarm, subject, priority }, fields, at }];
}

export function outagePoints(outage: Outage, at: Instant): PointParts[] {
  const { line, source, reason, time_ms, until_ms, detail } = outage;
  // A clock that went back ends its outage before it began.
  const known = until_ms !== undefined && until_ms >= time_ms;
  const fields = { detail, duration_s: known ? (until_ms - time_ms) / 1000 : undefined };
  return [{ measurement: 'outage', tags: { line, source, reason }, fields, at }];
}

const adapterCodes = {
  stopped: 0,
  disconnected: 1,
  connecting: 2,
  degraded: 3,
  connected: 4,
} as const satisfies Record<AdapterStatus['state'], number>;

export function adapterPoints({ line, adapter, state, detail }: AdapterReport, at: Instant): PointParts[] {
  const fields = { state, state_code: whole(adapterCodes[state]), detail };
  return [{ measurement: 'adapter', tags: { line, adapter }, fields, at }];
}

export function deadLetterPoints(letter: DeadLetterReport, at: Instant): PointParts[] {
  const { line = '', source, reason, count, where, detail } = letter;
  const fields = { count: whole(count), where, detail };
  return [{ measurement: 'dead_letter', tags: { line, source, reason }, fields, at }];
}
