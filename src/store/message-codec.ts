import { Packr } from 'msgpackr';
import type { AlarmAction } from '../core/alarm.ts';
import { BadInputError } from '../core/errors.ts';
import type { LineMessage, MachineSample, Outage, OutageReason, Scan, WebEdge } from '../core/messages.ts';
import { packNumbers, unpackNumbers } from './numbers.ts';

/**
 * Messages as bytes and back, identical to the last bit: a journal that rounds would not replay into the same
 * state. Each record is a MessagePack array that begins with the version of the format and the kind of message;
 * numbers that are measured travel as raw floats, because MessagePack loses the sign of zero. Every message says
 * its line, so that a record means something without its key.
 */
const packr = new Packr({ useRecords: false });
const format = 1;

export function encodeMessage(message: LineMessage): Buffer {
  switch (message.kind) {
    case 'scan':
      return packr.pack([
        format,
        'scan',
        message.line,
        message.time_ms,
        message.gauge,
        message.scan,
        message.duration_ms,
        message.startedAt,
        packNumbers(message.loading_mg_cm2),
        message.aggregated ?? null,
      ]);
    case 'machine':
      return packr.pack([
        format,
        'machine',
        message.line,
        message.time_ms,
        Object.keys(message.values),
        packNumbers(Float64Array.from(Object.values(message.values))),
        message.bad ?? null,
      ]);
    case 'outage':
      return packr.pack([
        format,
        'outage',
        message.line,
        message.time_ms,
        message.source,
        message.until_ms ?? null,
        message.reason,
        message.detail,
      ]);
    case 'action':
      return packr.pack([
        format,
        'action',
        message.line,
        message.time_ms,
        message.action,
        message.alarm,
        message.subject,
        message.by,
        message.comment ?? null,
        message.until_ms ?? null,
      ]);
  }
}

/** @throws BadInputError for bytes that this version of the format did not write. */
export function decodeMessage(bytes: Uint8Array): LineMessage {
  const record: unknown = packr.unpack(bytes);
  if (!Array.isArray(record)) throw new BadInputError('not a journal record');
  const [version, kind, line, time_ms, ...rest] = record as [number, string, string, number, ...unknown[]];
  if (version !== format) {
    throw new BadInputError(`journal record of format ${version}`, { allowed: `format ${format}` });
  }
  switch (kind) {
    case 'scan':
      return scan(line, time_ms, rest as ScanFields);
    case 'machine':
      return machine(line, time_ms, rest as MachineFields);
    case 'outage':
      return outage(line, time_ms, rest as OutageFields);
    case 'action':
      return action(line, time_ms, rest as ActionFields);
    default:
      throw new BadInputError(`journal record of kind ${kind}`, { allowed: 'scan, machine, outage, action' });
  }
}

type ScanFields = [string, number, number, WebEdge, Uint8Array, boolean | null];

function scan(line: string, time_ms: number, fields: ScanFields): Scan {
  const [gauge, number, duration_ms, startedAt, loading, aggregated] = fields;
  return {
    kind: 'scan',
    line,
    gauge,
    scan: number,
    time_ms,
    duration_ms,
    startedAt,
    loading_mg_cm2: unpackNumbers(loading),
    ...(aggregated === null ? {} : { aggregated }),
  };
}

type MachineFields = [string[], Uint8Array, string[] | null];

function machine(line: string, time_ms: number, [names, packed, bad]: MachineFields): MachineSample {
  const numbers = unpackNumbers(packed);
  const values = Object.fromEntries(names.map((name, i) => [name, numbers[i] as number]));
  return { kind: 'machine', line, time_ms, values, ...(bad === null ? {} : { bad }) };
}

type OutageFields = [string, number | null, OutageReason, string];

function outage(line: string, time_ms: number, [source, until_ms, reason, detail]: OutageFields): Outage {
  return {
    kind: 'outage',
    line,
    source,
    time_ms,
    ...(until_ms === null ? {} : { until_ms }),
    reason,
    detail,
  };
}

type ActionFields = [AlarmAction['action'], string, string, string, string | null, number | null];

function action(line: string, time_ms: number, fields: ActionFields): AlarmAction {
  const [what, alarm, subject, by, comment, until_ms] = fields;
  return {
    kind: 'action',
    line,
    time_ms,
    action: what,
    alarm,
    subject,
    by,
    ...(comment === null ? {} : { comment }),
    ...(until_ms === null ? {} : { until_ms }),
  };
}
