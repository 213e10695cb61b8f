import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineMessage } from '../../../src/core/messages.ts';
import { decodeMessage, encodeMessage } from '../../../src/store/message-codec.ts';
import { packNumbers, unpackNumbers } from '../../../src/store/numbers.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot-codec.ts';

const line = fc.string({ minLength: 1, maxLength: 20 });
const time_ms = fc.integer({ min: 0, max: 4e12 });
const number = fc.oneof(fc.double(), fc.float(), fc.constantFrom(-0, Number.NaN, 22.5));
const name = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('7', '__proto__', 'constructor'));

const scan = fc.record(
  {
    kind: fc.constant('scan' as const),
    line,
    gauge: fc.string(),
    scan: fc.nat(),
    time_ms,
    duration_ms: fc.double({ min: 1, max: 1e5 }),
    startedAt: fc.constantFrom('operator' as const, 'gear' as const),
    loading_mg_cm2: fc.oneof(
      fc.float64Array({ maxLength: 30 }),
      fc.array(fc.float(), { maxLength: 30 }).map((g_m2) => Float64Array.from(g_m2, (value) => value / 10)),
    ),
    aggregated: fc.boolean(),
  },
  {
    requiredKeys: ['kind', 'line', 'gauge', 'scan', 'time_ms', 'duration_ms', 'startedAt', 'loading_mg_cm2'],
  },
);

const machine = fc.record(
  {
    kind: fc.constant('machine' as const),
    line,
    time_ms,
    values: fc.array(fc.tuple(name, number), { maxLength: 8 }).map((entries) => Object.fromEntries(entries)),
    bad: fc.array(name, { maxLength: 4 }),
  },
  { requiredKeys: ['kind', 'line', 'time_ms', 'values'] },
);

const outage = fc.record(
  {
    kind: fc.constant('outage' as const),
    line,
    source: fc.string(),
    time_ms,
    until_ms: time_ms,
    reason: fc.constantFrom('stale' as const, 'overflow' as const),
    detail: fc.string(),
  },
  { requiredKeys: ['kind', 'line', 'source', 'time_ms', 'reason', 'detail'] },
);

/** Keys in their order, numbers told apart as Object.is does: what a replay can notice. */
function bits(value: unknown): unknown {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : value;
  if (value instanceof Float64Array) return { float64: [...value].map(bits) };
  if (Array.isArray(value)) return value.map(bits);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, inner]) => [key, bits(inner)]);
}

describe('messages', () => {
  test('come back from the journal bit for bit', () => {
    fc.assert(
      fc.property(fc.oneof(scan, machine, outage), (message) => {
        const back = decodeMessage(encodeMessage(message as LineMessage));
        expect(Object.fromEntries(Object.entries(back).map(([k, v]) => [k, bits(v)]))).toEqual(
          Object.fromEntries(Object.entries(message).map(([k, v]) => [k, bits(v)])),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('of a gauge that reports float32 g/m² take half the room', () => {
    const g_m2 = Float64Array.from({ length: 800 }, (_, i) => Math.fround(220.37 + i / 1000));
    const numbers = g_m2.map((value) => value / 10);
    const packed = packNumbers(numbers);
    expect(packed.length).toBe(1 + 4 * 800);
    expect(unpackNumbers(packed)).toEqual(numbers);
    expect(packNumbers(numbers.with(7, 1 / 3)).length).toBe(1 + 8 * 800);
  });

  test('that no version wrote are refused by name', () => {
    expect(() => decodeMessage(encodeSnapshot({}))).toThrow(/journal record|Data/);
    const future = Buffer.from(encodeMessage({ kind: 'machine', line: 'a', time_ms: 1, values: {} }));
    // The version is the array's first element, right behind its one-byte head.
    expect(future[1]).toBe(1);
    future[1] = 9;
    expect(() => decodeMessage(future)).toThrow('journal record of format 9 (allowed: format 1)');
  });
});

describe('snapshots', () => {
  const state = {
    count: -0,
    nan: Number.NaN,
    absent: undefined,
    big: 2 ** 53 - 1,
    text: 'µm',
    runs: new Map<string, unknown>([
      ['z', new Float64Array([1, -0, Number.NaN])],
      ['a', [new Set(['x']), null]],
    ]),
    view: new Float64Array([9, 1, 2, 9]).subarray(1, 3),
    counts: new Int32Array([1, -1]),
  };

  test('give the state back, order of keys and maps, -0 and typed arrays included', () => {
    const back = decodeSnapshot(encodeSnapshot(state)).state as typeof state;
    expect(back).toStrictEqual(state);
    expect(Object.is(back.count, -0)).toBe(true);
    expect([...back.runs.keys()]).toEqual(['z', 'a']);
    expect(Object.keys(back)).toEqual(Object.keys(state));
    expect(back.view.length).toBe(2);
  });

  test('notice any flipped bit and any cut', () => {
    const bytes = encodeSnapshot(state);
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => decodeSnapshot(damaged)).toThrow();
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(() => decodeSnapshot(bytes.subarray(0, length))).toThrow();
      }),
      { numRuns: 100 },
    );
  });

  test('of another version are refused by number', () => {
    const bytes = encodeSnapshot(state);
    bytes[4] = 3;
    expect(() => decodeSnapshot(bytes)).toThrow('snapshot of format 3 (allowed: format 1 to 2)');
  });
});
