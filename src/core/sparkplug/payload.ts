import { BadInputError } from '../errors.ts';
import { type WireField, wireFields } from './wire.ts';

/** What is needed of a Sparkplug B payload (Sparkplug 3.0, 6.4). Names and numbers of fields are the specification's. */
export interface SparkplugPayload {
  readonly timestamp_ms: number | undefined;
  readonly seq: number | undefined;
  readonly metrics: readonly SparkplugMetric[];
}

export interface SparkplugMetric {
  readonly name: string | undefined;
  readonly alias: bigint | undefined;
  readonly timestamp_ms: number | undefined;
  /** Absent where the birth has said it. */
  readonly datatype: number | undefined;
  /** Undefined for null and for kinds of values that no scan has. */
  readonly raw: WireField | undefined;
  /** Members of a template. */
  readonly members: readonly SparkplugMetric[];
}

export type SparkplugValue = number | string | boolean | Float64Array;

/** Far beyond any birth; the depth of templates is bounded too, against payloads made to exhaust. */
const mostMetrics = 10_000;
const deepestTemplate = 8;

/** @throws BadInputError where the bytes are no such payload. */
export function decodeSparkplug(payload: Uint8Array): SparkplugPayload {
  const budget = { metrics: mostMetrics };
  const metrics: SparkplugMetric[] = [];
  let [timestamp_ms, seq]: (number | undefined)[] = [];
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (const field of wireFields(view)) {
    if (field.number === 1) timestamp_ms = integerOf(field);
    else if (field.number === 2) metrics.push(metric(bytesOf(field), 0, budget));
    else if (field.number === 3) seq = integerOf(field);
  }
  return { timestamp_ms, seq, metrics };
}

function metric(message: DataView, depth: number, budget: { metrics: number }): SparkplugMetric {
  if (--budget.metrics < 0 || depth > deepestTemplate) throw new BadInputError('too many metrics');
  let name: string | undefined;
  let alias: bigint | undefined;
  let [timestamp_ms, datatype]: (number | undefined)[] = [];
  let raw: WireField | undefined;
  let isNull = false;
  let members: SparkplugMetric[] = [];
  for (const field of wireFields(message)) {
    if (field.number === 1) name = textOf(bytesOf(field));
    else if (field.number === 2 && field.kind === 'varint') alias = field.varint;
    else if (field.number === 3) timestamp_ms = integerOf(field);
    else if (field.number === 4) datatype = integerOf(field);
    else if (field.number === 7) isNull = integerOf(field) !== 0;
    else if (field.number >= 10 && field.number <= 16) raw = field;
    else if (field.number === 18) members = templateMembers(bytesOf(field), depth + 1, budget);
  }
  return { name, alias, timestamp_ms, datatype, raw: isNull ? undefined : raw, members };
}

function templateMembers(template: DataView, depth: number, budget: { metrics: number }): SparkplugMetric[] {
  const members: SparkplugMetric[] = [];
  for (const field of wireFields(template)) {
    if (field.number === 2) members.push(metric(bytesOf(field), depth, budget));
  }
  return members;
}

/** The value under the data type that the metric or its birth names; undefined for null. */
export function metricValue(
  { raw }: SparkplugMetric,
  datatype: number | undefined,
): SparkplugValue | undefined {
  if (raw === undefined) return undefined;
  switch (raw.number) {
    case 10:
    case 11:
      return integer(raw, datatype);
    case 12:
      return raw.kind === 'fixed32' ? raw.bytes.getFloat32(0, true) : undefined;
    case 13:
      return raw.kind === 'fixed64' ? raw.bytes.getFloat64(0, true) : undefined;
    case 14:
      return raw.kind === 'varint' ? raw.varint !== 0n : undefined;
    case 15:
      return raw.kind === 'bytes' ? textOf(raw.bytes) : undefined;
    case 16:
      return raw.kind === 'bytes' ? numbers(raw.bytes, datatype) : undefined;
    default:
      return undefined;
  }
}

/** Signed types travel as the unsigned number of the same bits. */
function integer(raw: WireField, datatype: number | undefined): number | undefined {
  if (raw.kind !== 'varint') return undefined;
  const signedBits = { 1: 8, 2: 16, 3: 32, 4: 64 }[datatype ?? 0];
  return Number(signedBits === undefined ? raw.varint : BigInt.asIntN(signedBits, raw.varint));
}

type ReadNumber = (view: DataView, at: number) => number;

/** Packed arrays, little-endian (Sparkplug 3.0, 6.4.17), by data type. */
const elements: Readonly<Record<number, readonly [size: number, read: ReadNumber]>> = {
  22: [1, (view, at) => view.getInt8(at)],
  23: [2, (view, at) => view.getInt16(at, true)],
  24: [4, (view, at) => view.getInt32(at, true)],
  25: [8, (view, at) => Number(view.getBigInt64(at, true))],
  26: [1, (view, at) => view.getUint8(at)],
  27: [2, (view, at) => view.getUint16(at, true)],
  28: [4, (view, at) => view.getUint32(at, true)],
  29: [8, (view, at) => Number(view.getBigUint64(at, true))],
  30: [4, (view, at) => view.getFloat32(at, true)],
  31: [8, (view, at) => view.getFloat64(at, true)],
};

function numbers(bytes: DataView, datatype: number | undefined): Float64Array | undefined {
  const [size, read] = elements[datatype ?? 0] ?? [];
  if (size === undefined || read === undefined || bytes.byteLength % size !== 0) return undefined;
  return Float64Array.from({ length: bytes.byteLength / size }, (_, i) => read(bytes, i * size));
}

const utf8 = new TextDecoder('utf-8', { fatal: false });
const textOf = (bytes: DataView): string => utf8.decode(bytes);

function bytesOf(field: WireField): DataView {
  if (field.kind === 'bytes') return field.bytes;
  throw new BadInputError(`field ${field.number} is a number`);
}

function integerOf(field: WireField): number {
  if (field.kind === 'varint') return Number(field.varint);
  throw new BadInputError(`field ${field.number} is no integer`);
}
