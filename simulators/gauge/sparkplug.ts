import type { Scan } from '../../src/core/messages.ts';
import type { Corruption } from '../emission.ts';
import { gauge_g_m2, spoil, spoilBytes } from './payload.ts';

/**
 * Sparkplug B payloads of a gauge (Sparkplug 3.0, chapter 6: a protobuf message; numbers of fields and data types are
 * the specification's). The metrics are those that the births name:
 *
 * | metric         | type       | alias | what                                              |
 * | -------------- | ---------- | ----- | ------------------------------------------------- |
 * | Scan/Number    | Int64      | 1     | running number of the scan                        |
 * | Scan/Duration  | Int32      | 2     | duration of the traverse (ms)                     |
 * | Scan/StartedAt | String     | 3     | operator or gear                                  |
 * | Scan/Loading   | FloatArray | 4     | values in g/m², in the order measured, NaN where invalid; its time is the end of the traverse |
 */
const TYPE = { int32: 3, int64: 4, uint64: 8, boolean: 11, string: 12, floats: 30 } as const;

interface Metric {
  readonly name: string;
  readonly alias?: number;
  readonly type: number;
  readonly time_ms?: number;
  readonly value: Buffer;
}

export const REBIRTH = 'Node Control/Rebirth';

/** NBIRTH of the edge node. `bdSeq` ties it to the NDEATH that its connection has left with the broker. */
export const nodeBirth = (time_ms: number, bdSeq: number): Buffer =>
  payload(time_ms, 0, [bdSeqMetric(bdSeq), { name: REBIRTH, type: TYPE.boolean, value: integer(14, 0) }]);

/** NDEATH, which the broker sends when the connection is lost. It has no sequence number. */
export const nodeDeath = (time_ms: number, bdSeq: number): Buffer =>
  payload(time_ms, undefined, [bdSeqMetric(bdSeq)]);

/** DBIRTH of the gauge: its metrics by name and alias, with its latest scan or, before the first one, nulls. */
export const deviceBirth = (time_ms: number, seq: number, scan: Scan | undefined): Buffer =>
  payload(time_ms, seq, scanMetrics(scan, 'birth'));

/** DDATA with one scan, its metrics by alias alone. */
export function deviceData(time_ms: number, seq: number, scan: Scan, corrupt?: Corruption): Buffer {
  const spoilt = corrupt ? spoil(scan, corrupt) : scan;
  return spoilBytes(payload(time_ms, seq, scanMetrics(spoilt, 'data')), corrupt);
}

function scanMetrics(scan: Scan | undefined, message: 'birth' | 'data'): Metric[] {
  const known = (value: (scan: Scan) => Buffer) => (scan ? value(scan) : integer(7, 1));
  const metrics = [
    { name: 'Scan/Number', type: TYPE.int64, value: known((s) => integer(11, s.scan)) },
    { name: 'Scan/Duration', type: TYPE.int32, value: known((s) => integer(10, s.duration_ms)) },
    { name: 'Scan/StartedAt', type: TYPE.string, value: known((s) => bytes(15, Buffer.from(s.startedAt))) },
    { name: 'Scan/Loading', type: TYPE.floats, value: known((s) => bytes(16, floats(s))) },
  ];
  return metrics.map((metric, i) => ({
    ...metric,
    name: message === 'birth' ? metric.name : '',
    alias: i + 1,
    ...(scan && { time_ms: scan.time_ms }),
  }));
}

const bdSeqMetric = (bdSeq: number): Metric => ({
  name: 'bdSeq',
  type: TYPE.uint64,
  value: integer(11, bdSeq),
});

function payload(time_ms: number, seq: number | undefined, metrics: readonly Metric[]): Buffer {
  return Buffer.concat([
    integer(1, time_ms),
    ...metrics.map((metric) => bytes(2, encodeMetric(metric))),
    ...(seq === undefined ? [] : [integer(3, seq)]),
  ]);
}

function encodeMetric({ name, alias, type, time_ms, value }: Metric): Buffer {
  return Buffer.concat([
    ...(name === '' ? [] : [bytes(1, Buffer.from(name))]),
    ...(alias === undefined ? [] : [integer(2, alias)]),
    ...(time_ms === undefined ? [] : [integer(3, time_ms)]),
    integer(4, type),
    value,
  ]);
}

function floats(scan: Scan): Buffer {
  const room = Buffer.alloc(4 * scan.loading_mg_cm2.length);
  for (const [i, value] of scan.loading_mg_cm2.entries()) room.writeFloatLE(gauge_g_m2(value), 4 * i);
  return room;
}

// Protobuf: a field is its number and wire type, then a varint (0) or a length and so many bytes (2).

const integer = (field: number, value: number): Buffer =>
  Buffer.from([...varint(field << 3), ...varint(value)]);

const bytes = (field: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(content.length)]), content]);

/** Seven bits at a time, the lowest first; a negative number as the unsigned one of the same 64 bits. */
function varint(value: number): number[] {
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
  return [...groups, Number(rest)];
}
