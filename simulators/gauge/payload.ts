import type { Scan } from '../../src/core/messages.ts';
import type { Corruption } from '../emission.ts';

/** Formats in which each message stands for itself. Sparkplug's do not: see `sparkplug.ts`. */
export type PayloadFormat = 'json' | 'float32-le' | 'float32-be' | 'float64-le' | 'float64-be';

export interface PayloadOptions {
  readonly format: PayloadFormat;
  /** float32 and float64 only: whether the header below goes before the values. */
  readonly header: boolean;
}

/**
 * The float32 and float64 formats begin with this header, in the byte order of the values:
 *
 * | offset | type    | field                                                |
 * | ------ | ------- | ---------------------------------------------------- |
 * | 0      | 4 bytes | ASCII `GWS1`                                         |
 * | 4      | uint8   | bytes of one value: 4 or 8                           |
 * | 5      | uint8   | started at: 0 operator side, 1 gear side             |
 * | 6      | uint16  | number of values                                     |
 * | 8      | uint32  | scan number                                          |
 * | 12     | uint32  | duration of the traverse (ms)                        |
 * | 16     | float64 | end of the traverse (ms since the Unix epoch)        |
 *
 * Then the values in g/m², in the order measured, NaN where invalid. Without the header: the values alone.
 */
export const FLOAT_HEADER_BYTES = 24;
const MAGIC = 'GWS1';

const MG_CM2_PER_G_M2 = 0.1;

/** The payload of one scan. The gauge's unit is g/m² = 10 × mg/cm²; two decimals, as its own display has. */
export function encodeScan(scan: Scan, options: PayloadOptions, corrupt?: Corruption): Buffer {
  const spoilt = corrupt ? spoil(scan, corrupt) : scan;
  const payload =
    options.format === 'json' ? encodeJson(spoilt, corrupt === 'nan') : encodeFloats(spoilt, options);
  return spoilBytes(payload, corrupt);
}

/** A payload of more bytes than any gauge has reason to send. */
const TOO_LARGE_BYTES = 1_000_000;

/** What happens to the bytes of a payload, whatever its format. */
export function spoilBytes(payload: Buffer, corrupt: Corruption | undefined): Buffer {
  switch (corrupt) {
    case 'not-json':
      return Buffer.from('<html>502 Bad Gateway</html>');
    case 'truncated':
      return payload.subarray(0, payload.length >> 1);
    case 'empty':
      return Buffer.alloc(0);
    case 'too-large':
      // Blanks mean nothing behind a JSON document; behind any other one they are what is too much.
      return Buffer.concat([payload, Buffer.alloc(TOO_LARGE_BYTES, ' ')]);
    default:
      return payload;
  }
}

/** Invalid locations are `null`; with `bareNaN` they are the literal `NaN`, as careless writers send them. */
function encodeJson(scan: Scan, bareNaN: boolean): Buffer {
  const values = Array.from(scan.loading_mg_cm2, (value) =>
    Number.isNaN(value) ? (bareNaN ? 'NaN' : 'null') : gauge_g_m2(value).toString(),
  );
  const head = {
    scan: scan.scan,
    time: timeText(scan.time_ms),
    duration_ms: scan.duration_ms,
    started_at: scan.startedAt,
  };
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"loading_g_m2":[${values.join(',')}]}`);
}

function encodeFloats(scan: Scan, { format, header }: PayloadOptions): Buffer {
  const little = format.endsWith('-le');
  const valueBytes = format.startsWith('float32') ? 4 : 8;
  const from = header ? FLOAT_HEADER_BYTES : 0;
  const payload = Buffer.alloc(from + valueBytes * scan.loading_mg_cm2.length);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (header) {
    payload.write(MAGIC, 0, 'ascii');
    view.setUint8(4, valueBytes);
    view.setUint8(5, scan.startedAt === 'operator' ? 0 : 1);
    view.setUint16(6, scan.loading_mg_cm2.length, little);
    view.setUint32(8, scan.scan, little);
    view.setUint32(12, scan.duration_ms, little);
    view.setFloat64(16, scan.time_ms, little);
  }
  scan.loading_mg_cm2.forEach((value, i) => {
    if (valueBytes === 4) view.setFloat32(from + 4 * i, gauge_g_m2(value), little);
    else view.setFloat64(from + 8 * i, gauge_g_m2(value), little);
  });
  return payload;
}

/** As the gauge tells it (g/m²). */
export const gauge_g_m2 = (loading_mg_cm2: number) =>
  Math.round((loading_mg_cm2 / MG_CM2_PER_G_M2) * 100) / 100;

/** A time before 1970 is a valid date; what a reader has to refuse is a time that no scan can have. */
const timeText = (time_ms: number) => new Date(time_ms).toISOString();

/** A scan that no reader may take, where the fault lies in its figures and not in its bytes. */
export function spoil(scan: Scan, how: Corruption): Scan {
  const loading_mg_cm2 = scan.loading_mg_cm2.slice(0, how === 'wrong-length' ? -1 : undefined);
  if (how === 'nan') loading_mg_cm2[Math.floor(loading_mg_cm2.length / 2)] = Number.NaN;
  if (how === 'out-of-range') loading_mg_cm2[Math.floor(loading_mg_cm2.length / 2)] = 1e9;
  return { ...scan, loading_mg_cm2, time_ms: how === 'negative-time' ? -scan.time_ms : scan.time_ms };
}
