import { headerBytes, magic } from '../../../../src/sources/mqtt/binary.ts';

/** A valid JSON payload as the simulated gauge sends it, with some figures replaced. */
export function jsonPayload(replaced: Record<string, unknown> = {}, locations = 800): Buffer {
  const payload = {
    scan: 17,
    time: '2020-11-04T10:07:24.000Z',
    duration_ms: 8_000,
    started_at: 'operator',
    loading_g_m2: Array.from({ length: locations }, (_, i) => 220 + (i % 7) / 10),
    ...replaced,
  };
  return Buffer.from(JSON.stringify(payload));
}

export interface BinaryScan {
  valueBytes: 4 | 8;
  little: boolean;
  edge: number;
  scan: number;
  duration_ms: number;
  time_ms: number;
  values: readonly number[];
}

/** Written from the documented header, independently of the decoder; it starts at an odd offset on purpose. */
export function binaryPayload(replaced: Partial<BinaryScan> = {}): Buffer {
  const scan: BinaryScan = {
    valueBytes: 4,
    little: true,
    edge: 1,
    scan: 17,
    duration_ms: 8_000,
    time_ms: Date.UTC(2020, 10, 4, 10, 7, 24),
    values: Array.from({ length: 800 }, (_, i) => 220 + (i % 8) / 8),
    ...replaced,
  };
  const { little } = scan;
  const room = Buffer.alloc(1 + headerBytes + scan.values.length * scan.valueBytes);
  const bytes = room.subarray(1);
  bytes.write(magic, 0, 'ascii');
  bytes.writeUInt8(scan.valueBytes, 4);
  bytes.writeUInt8(scan.edge, 5);
  if (little) {
    bytes.writeUInt16LE(scan.values.length, 6);
    bytes.writeUInt32LE(scan.scan, 8);
    bytes.writeUInt32LE(scan.duration_ms, 12);
    bytes.writeDoubleLE(scan.time_ms, 16);
  } else {
    bytes.writeUInt16BE(scan.values.length, 6);
    bytes.writeUInt32BE(scan.scan, 8);
    bytes.writeUInt32BE(scan.duration_ms, 12);
    bytes.writeDoubleBE(scan.time_ms, 16);
  }
  scan.values.forEach((value, i) => {
    const at = headerBytes + i * scan.valueBytes;
    if (scan.valueBytes === 4) little ? bytes.writeFloatLE(value, at) : bytes.writeFloatBE(value, at);
    else little ? bytes.writeDoubleLE(value, at) : bytes.writeDoubleBE(value, at);
  });
  return bytes;
}
