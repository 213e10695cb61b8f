import { dataType } from './types.ts';

/** A metric to be sent (Sparkplug 3.0, 6.4.6). In data messages the alias stands for name and data type. */
export interface OutgoingMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly timestamp_ms: number;
  /** Decides how the value is written, also where it is not sent. */
  readonly datatype: number;
  /** Births name the data type, data messages that follow an alias need not. */
  readonly sendDatatype?: boolean;
  /** Undefined for null. */
  readonly value: OutgoingValue | undefined;
  /** Strings and 32-bit integers, e.g. the unit. */
  readonly properties?: Readonly<Record<string, string | number>>;
}

/** Integers up to 2^53; times are milliseconds since the epoch. */
export type OutgoingValue = number | string | boolean | ArrayLike<number> | readonly string[];

/**
 * A Sparkplug B payload as protobuf (Sparkplug 3.0, 6.4.1).
 *
 * @param seq 0 to 255; deaths and commands of hosts have none.
 */
export function encodeSparkplug(
  timestamp_ms: number,
  seq: number | undefined,
  metrics: readonly OutgoingMetric[],
): Buffer {
  return Buffer.concat([
    integer(1, timestamp_ms),
    ...metrics.map((metric) => bytes(2, encodeMetric(metric))),
    ...(seq === undefined ? [] : [integer(3, seq)]),
  ]);
}

/** A command to an edge node: send your births again (Sparkplug 3.0, 6.4.22: Node Control/Rebirth = true). */
export const rebirthCommand = (time_ms: number): Buffer =>
  encodeSparkplug(time_ms, undefined, [
    {
      name: 'Node Control/Rebirth',
      timestamp_ms: time_ms,
      datatype: dataType.Boolean,
      sendDatatype: true,
      value: true,
    },
  ]);

function encodeMetric(metric: OutgoingMetric): Buffer {
  const { name, alias, timestamp_ms, datatype, sendDatatype, value, properties } = metric;
  return Buffer.concat([
    ...(name === undefined ? [] : [text(1, name)]),
    ...(alias === undefined ? [] : [integer(2, alias)]),
    integer(3, timestamp_ms),
    ...(sendDatatype ? [integer(4, datatype)] : []),
    ...(value === undefined ? [integer(7, 1)] : []),
    ...(properties === undefined ? [] : [bytes(9, encodeProperties(properties))]),
    ...(value === undefined ? [] : [encodeValue(datatype, value)]),
  ]);
}

/** A PropertySet: keys, then as many values (6.4.7 and 6.4.8). */
function encodeProperties(properties: Readonly<Record<string, string | number>>): Buffer {
  const entries = Object.entries(properties);
  return Buffer.concat([
    ...entries.map(([key]) => text(1, key)),
    ...entries.map(([, value]) =>
      bytes(
        2,
        typeof value === 'string'
          ? Buffer.concat([integer(1, dataType.String), text(8, value)])
          : Buffer.concat([integer(1, dataType.Int32), integer(3, value)]),
      ),
    ),
  ]);
}

function encodeValue(datatype: number, value: OutgoingValue): Buffer {
  if (typeof value === 'string') return text(15, value);
  if (typeof value === 'boolean') return integer(14, value ? 1 : 0);
  if (typeof value !== 'number') return bytes(16, encodeArray(datatype, value));
  switch (datatype) {
    case dataType.Double:
      return Buffer.concat([tag(13, 1), doubles([value])]);
    case dataType.Int64:
    case dataType.UInt64:
    case dataType.DateTime:
      return integer(11, value);
    default:
      return integer(10, value);
  }
}

/** Packed and little-endian; strings end with a zero byte each (6.4.17). */
function encodeArray(datatype: number, values: ArrayLike<number> | readonly string[]): Buffer {
  if (datatype === dataType.StringArray) {
    return Buffer.from(
      Array.from(values as readonly string[], (one) => `${one.replaceAll('\0', '')}\0`).join(''),
    );
  }
  const numbers = values as ArrayLike<number>;
  if (datatype === dataType.DoubleArray) return doubles(numbers);
  const room = Buffer.alloc(4 * numbers.length);
  for (let i = 0; i < numbers.length; i++) room.writeUInt32LE(numbers[i] ?? 0, 4 * i);
  return room;
}

function doubles(values: ArrayLike<number>): Buffer {
  const room = Buffer.alloc(8 * values.length);
  for (let i = 0; i < values.length; i++) room.writeDoubleLE(values[i] ?? Number.NaN, 8 * i);
  return room;
}

const tag = (field: number, wireType: number): Buffer => varint(field * 8 + wireType);
const integer = (field: number, value: number): Buffer => Buffer.concat([tag(field, 0), varint(value)]);
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
const bytes = (field: number, content: Uint8Array): Buffer =>
  Buffer.concat([tag(field, 2), varint(content.length), content]);

/** Negative numbers travel as the unsigned 64-bit number of the same bits. */
function varint(value: number): Buffer {
  const parts: number[] = [];
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    for (; rest > 127n; rest >>= 7n) parts.push(Number(rest & 127n) | 128);
    return Buffer.from([...parts, Number(rest)]);
  }
  let rest = Math.trunc(value);
  for (; rest >= 128; rest = Math.floor(rest / 128)) parts.push((rest % 128) + 128);
  return Buffer.from([...parts, rest]);
}
