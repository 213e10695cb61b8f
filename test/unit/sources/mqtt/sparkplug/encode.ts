/** Sparkplug B payloads for tests, written from the specification's protobuf schema, independently of the reader. */
export interface Metric {
  readonly name?: string;
  readonly alias?: number;
  readonly time_ms?: number;
  readonly type?: number;
  readonly value?: number | bigint | string | boolean | readonly number[] | readonly Metric[] | null;
}

export const type = {
  int32: 3,
  int64: 4,
  uint64: 8,
  double: 10,
  boolean: 11,
  string: 12,
  template: 19,
  float: 30,
  doubles: 31,
};

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const tag = (field: number, wire: number) => varint(field * 8 + wire);
const bytes = (field: number, content: Uint8Array) =>
  Buffer.concat([Buffer.from([...tag(field, 2), ...varint(content.length)]), content]);
const integer = (field: number, value: number | bigint) => Buffer.from([...tag(field, 0), ...varint(value)]);

function encoded(kind: number | undefined, value: Metric['value']): Buffer {
  if (value === null) return integer(7, 1);
  if (typeof value === 'string') return bytes(15, Buffer.from(value));
  if (typeof value === 'boolean') return integer(14, value ? 1 : 0);
  if (typeof value === 'bigint') return integer(11, value);
  if (typeof value === 'number' && kind === type.double) {
    const room = Buffer.alloc(8);
    room.writeDoubleLE(value);
    return Buffer.concat([Buffer.from(tag(13, 1)), room]);
  }
  if (typeof value === 'number')
    return integer(kind === type.uint64 ? 11 : 10, value < 0 ? value + 2 ** 32 : value);
  if (value === undefined) return Buffer.alloc(0);
  if (kind === type.template) {
    return bytes(18, Buffer.concat((value as readonly Metric[]).map((member) => bytes(2, metric(member)))));
  }
  const numbers = value as readonly number[];
  const size = kind === type.float ? 4 : 8;
  const room = Buffer.alloc(numbers.length * size);
  for (const [i, number] of numbers.entries()) {
    if (size === 4) room.writeFloatLE(number, 4 * i);
    else room.writeDoubleLE(number, 8 * i);
  }
  return bytes(16, room);
}

function metric({ name, alias, time_ms, type: kind, value }: Metric): Buffer {
  return Buffer.concat([
    ...(name === undefined ? [] : [bytes(1, Buffer.from(name))]),
    ...(alias === undefined ? [] : [integer(2, alias)]),
    ...(time_ms === undefined ? [] : [integer(3, time_ms)]),
    ...(kind === undefined ? [] : [integer(4, kind)]),
    encoded(kind, value),
  ]);
}

export function payload(
  seq: number | undefined,
  metrics: readonly Metric[],
  time_ms = 1_604_484_444_000,
): Buffer {
  return Buffer.concat([
    integer(1, time_ms),
    ...metrics.map((one) => bytes(2, metric(one))),
    ...(seq === undefined ? [] : [integer(3, seq)]),
  ]);
}
