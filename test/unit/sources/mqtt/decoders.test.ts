import { describe, expect, test } from 'vitest';
import { mqttSource } from '../../../../src/config/sources.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import type { Decoded, DecodedScan } from '../../../../src/sources/mqtt/decoder.ts';
import { type PlainPayloadSettings, scanDecoder } from '../../../../src/sources/mqtt/formats.ts';
import { mutated, mutations, mutationTime_ms } from './mutations.ts';
import { binaryPayload, jsonPayload } from './payloads.ts';

const settings = (payload: object) =>
  mqttSource.parse({ type: 'mqtt', payload }).payload as PlainPayloadSettings;

const json = scanDecoder(settings({ type: 'json' }), 'refuse');
const float32 = scanDecoder(settings({ type: 'float32' }), 'refuse');

function scanOf(decoded: Decoded): DecodedScan {
  if (!decoded.ok) throw new Error(`refused: ${decoded.reason}, ${decoded.detail}`);
  return decoded.value;
}

const reasonOf = (decoded: Decoded): string => (decoded.ok ? 'taken' : decoded.reason);

describe('JSON scans', () => {
  test('become mg/cm² in the order measured', () => {
    const scan = scanOf(json(jsonPayload({ started_at: 'gear' })));
    expect(scan).toMatchObject({ scan: 17, duration_ms: 8000, startedAt: 'gear' });
    expect(scan.time_ms).toBe(1_604_484_444_000);
    expect(scan.loading_mg_cm2).toHaveLength(800);
    expect(scan.loading_mg_cm2[0]).toBe(22);
    expect(scan.loading_mg_cm2[6]).toBeCloseTo(22.06, 12);
  });

  test('take the time as milliseconds too', () => {
    expect(scanOf(json(jsonPayload({ time: 1_604_484_444_000 }))).time_ms).toBe(1_604_484_444_000);
  });

  test('find figures under the names and in the unit of the configuration', () => {
    const decode = scanDecoder(
      settings({
        type: 'json',
        fields: { scan: 'head.no', loading: 'body.values', line: 'head.line', gauge: 'head.gauge' },
        unit: 'mg/cm2',
        locations: 2,
      }),
      'refuse',
    );
    const payload = {
      head: { no: 3, line: 'A', gauge: 'dry' },
      time: '2020-11-04T10:07:24Z',
      body: { values: [22.5, 23] },
    };
    const scan = scanOf(decode(Buffer.from(JSON.stringify(payload))));
    expect(scan).toMatchObject({ scan: 3, line: 'A', gauge: 'dry' });
    expect([...scan.loading_mg_cm2]).toEqual([22.5, 23]);
    expect(scan.duration_ms).toBeUndefined();
  });

  test('with null at a location are refused, or marked where that is configured', () => {
    const values: (number | null)[] = Array.from({ length: 800 }, () => 220);
    values[5] = null;
    const payload = jsonPayload({ loading_g_m2: values });
    expect(reasonOf(json(payload))).toBe('not-a-number');
    const marked = scanOf(scanDecoder(settings({ type: 'json' }), 'mark')(payload));
    expect(marked.loading_mg_cm2[5]).toBeNaN();
    expect(marked.loading_mg_cm2[6]).toBe(22);
  });

  test.each<[string, Buffer, string]>([
    ['text', Buffer.from('hello'), 'malformed'],
    ['nothing', Buffer.alloc(0), 'malformed'],
    ['a bare NaN, which JSON has not', Buffer.from('{"scan":NaN}'), 'malformed'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'malformed'],
    ['an array', Buffer.from('[1,2]'), 'malformed'],
    ['no scan number', jsonPayload({ scan: undefined }), 'malformed'],
    ['an unknown edge', jsonPayload({ started_at: 'left' }), 'malformed'],
    ['a scan number with a fraction', jsonPayload({ scan: 1.5 }), 'out-of-range'],
    ['a negative scan number', jsonPayload({ scan: -1 }), 'out-of-range'],
    ['799 values', jsonPayload({}, 799), 'wrong-length'],
    ['801 values', jsonPayload({}, 801), 'wrong-length'],
    ['a text among the values', jsonPayload({ loading_g_m2: [...Array(799).fill(1), '1'] }), 'not-a-number'],
    ['an absurd loading', jsonPayload({ loading_g_m2: Array(800).fill(1e38) }), 'out-of-range'],
    ['a negative time', jsonPayload({ time: -1 }), 'invalid-time'],
    ['a time in seconds', jsonPayload({ time: 1_604_484_444 }), 'invalid-time'],
    ['a time without zone', jsonPayload({ time: '2020-11-04T10:07:24' }), 'invalid-time'],
    ['no time', jsonPayload({ time: undefined }), 'invalid-time'],
    ['a traverse backwards', jsonPayload({ duration_ms: -8000 }), 'out-of-range'],
    ['inherited names', Buffer.from('{"__proto__":{"scan":1}}'), 'malformed'],
  ])('with %s are refused as such', (_, payload, reason) => {
    expect(reasonOf(json(payload))).toBe(reason);
  });
});

describe.each([
  { type: 'float32', valueBytes: 4, byte_order: 'little' },
  { type: 'float32', valueBytes: 4, byte_order: 'big' },
  { type: 'float64', valueBytes: 8, byte_order: 'little' },
  { type: 'float64', valueBytes: 8, byte_order: 'big' },
] as const)('$type scans, $byte_order endian', ({ type, valueBytes, byte_order }) => {
  const decode = scanDecoder(settings({ type, byte_order }), 'refuse');
  const little = byte_order === 'little';

  test('are read at any alignment', () => {
    const scan = scanOf(decode(binaryPayload({ valueBytes, little })));
    expect(scan).toMatchObject({ scan: 17, duration_ms: 8000, startedAt: 'gear' });
    expect(scan.time_ms).toBe(1_604_484_444_000);
    expect([...scan.loading_mg_cm2.subarray(0, 3)]).toEqual([22, 22.0125, 22.025]);
  });

  test('in the other byte order are refused', () => {
    expect(reasonOf(decode(binaryPayload({ valueBytes, little: !little })))).not.toBe('taken');
  });

  test('refuse a wrong count, a cut payload, NaN and infinity', () => {
    const values = Array.from({ length: 800 }, () => 220);
    expect(reasonOf(decode(binaryPayload({ valueBytes, little, values: values.slice(1) })))).toBe(
      'wrong-length',
    );
    expect(reasonOf(decode(binaryPayload({ valueBytes, little }).subarray(0, -1)))).toBe('wrong-length');
    expect(reasonOf(decode(binaryPayload({ valueBytes, little, values: values.with(3, Number.NaN) })))).toBe(
      'not-a-number',
    );
    expect(reasonOf(decode(binaryPayload({ valueBytes, little, values: values.with(3, Infinity) })))).toBe(
      'out-of-range',
    );
  });
});

test(
  'mutated payloads never throw, and what is taken is sound',
  () => {
    const random = seededRandom(20);
    const rounds = mutations(3_000);
    const seeds = [
      { decode: json, payload: jsonPayload() },
      { decode: float32, payload: binaryPayload() },
    ];
    const counts = new Map<string, number>();
    for (const { decode, payload } of seeds) {
      for (let round = 0; round < rounds; round++) {
        const decoded = decode(mutated(payload, random));
        counts.set(reasonOf(decoded), (counts.get(reasonOf(decoded)) ?? 0) + 1);
        if (!decoded.ok) continue;
        const { scan, time_ms, loading_mg_cm2 } = decoded.value;
        expect(Number.isSafeInteger(scan) && scan >= 0).toBe(true);
        expect(time_ms > 0 && time_ms < Date.UTC(2100, 0, 1)).toBe(true);
        expect(loading_mg_cm2.length).toBe(800);
        expect(loading_mg_cm2.every((value) => Math.abs(value) <= 10_000)).toBe(true);
      }
    }
    expect([...counts.values()].reduce((a, b) => a + b)).toBe(2 * rounds);
    // The mutations must reach the checks, not only the parser.
    for (const reason of ['taken', 'malformed', 'wrong-length', 'out-of-range']) {
      expect(counts.get(reason), reason).toBeGreaterThan(0);
    }
  },
  mutationTime_ms,
);
