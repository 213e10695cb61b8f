import { describe, expect, test } from 'vitest';
import { machineParameters } from '../../../simulators/coater/parameters.ts';
import { encodeScan } from '../../../simulators/gauge/payload.ts';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import type { Scan } from '../../../src/core/messages.ts';

const scenario = scenarioOf({
  name: 'messages',
  parameters: { web_length_m: 2 },
  gauge: { dead_locations: [5], standardise: { every_s: 300, pause_s: 40 } },
  tail_s: 400,
  runs: [{ bar_mm: 0.11, roll_ratio_percent: 130, duration_s: 300 }],
});
const line = generate(scenario, 1);
const messages = [...line];
const scans = messages.filter((m) => m.kind === 'scan');
const machine = messages.filter((m) => m.kind === 'machine');

describe('coater', () => {
  test('every second has every parameter, finite and within its range', () => {
    expect(machine.map((m) => m.time_ms)).toEqual(machine.map((_, i) => line.start_ms + i * 1000));
    for (const { values } of machine) {
      expect(Object.keys(values)).toEqual(machineParameters.map((p) => p.name));
      for (const { name, low, high } of machineParameters) {
        expect(values[name], name).toBeGreaterThanOrEqual(low);
        expect(values[name], name).toBeLessThanOrEqual(high);
      }
    }
  });

  test('the published formula gives the gap back: bar × 1000 × ratio / 100', () => {
    const coating = machine.filter((m) => m.values['line_state'] === 2).slice(5);
    expect(coating.length).toBeGreaterThan(280);
    const gaps = coating.map(({ values }) => {
      const bar_mm = ((values['bar_operator_mm'] ?? 0) + (values['bar_gear_mm'] ?? 0)) / 2;
      return bar_mm * 10 * (values['roll_ratio_percent'] ?? 0);
    });
    for (const gap of gaps.slice(0, 280)) expect(Math.abs(gap - 143)).toBeLessThan(2);
    const closed = machine.slice(0, 25).map((m) => Math.abs(m.values['bar_operator_mm'] ?? 9));
    expect(Math.max(...closed)).toBeLessThan(0.02);
  });

  test('the encoder is the integral of the speed', () => {
    const speed = machine.map((m) => m.values['web_speed_m_min'] ?? 0);
    let length = 0;
    for (let i = 1; i < machine.length; i++) {
      length += ((speed[i - 1] ?? 0) + (speed[i] ?? 0)) / 120;
      expect(machine[i]?.values['encoder_m']).toBeCloseTo(length, 2);
    }
  });
});

describe('gauge', () => {
  test('800 locations every 8 s, from either edge in turn, numbered without holes', () => {
    expect(scans.map((s) => s.scan)).toEqual(scans.map((_, i) => i));
    expect(scans.map((s) => s.startedAt)).toEqual(scans.map((_, i) => (i % 2 ? 'gear' : 'operator')));
    expect(scans.every((s) => s.loading_mg_cm2.length === 800)).toBe(true);
    const steps = scans.slice(1).map((s, i) => s.time_ms - (scans[i]?.time_ms ?? 0));
    expect(new Set(steps)).toEqual(new Set([8000, 48_000]));
  });

  test('a tilted line leans the other way in every second scan as measured', () => {
    const tilted = generate(scenarioOf({ ...scenario, parameters: { web_length_m: 2, bar_tilt_um: 30 } }), 1);
    const steady = [...tilted].filter((m) => m.kind === 'scan' && tilted.truth.truthOf(m)?.steady) as Scan[];
    expect(steady.length).toBeGreaterThan(10);
    for (const { startedAt, loading_mg_cm2: l } of steady) {
      const lean = l.slice(600, 700).reduce((a, b) => a + b) - l.slice(100, 200).reduce((a, b) => a + b);
      expect(Math.sign(lean)).toBe(startedAt === 'operator' ? 1 : -1);
    }
  });

  test('bare foil reads 0.1 g/m², the dead location nothing', () => {
    const scan = scans[3] as Scan;
    const values = [...scan.loading_mg_cm2].filter((v) => !Number.isNaN(v));
    expect(values).toHaveLength(799);
    expect(Number.isNaN(scan.loading_mg_cm2[794])).toBe(true);
    expect(values.reduce((a, b) => a + b) / 799).toBeCloseTo(0.01, 2);
  });
});

describe('payloads', () => {
  const scan = { ...(scans[20] as Scan) };
  const json = (corrupt?: Parameters<typeof encodeScan>[2]) =>
    encodeScan(scan, { format: 'json', header: true }, corrupt).toString();

  test('JSON in g/m² to two decimals, invalid locations null', () => {
    const document = JSON.parse(json());
    expect(Object.keys(document)).toEqual(['scan', 'time', 'duration_ms', 'started_at', 'loading_g_m2']);
    expect(Date.parse(document.time)).toBe(scan.time_ms);
    for (const [i, value] of document.loading_g_m2.entries()) {
      const wanted = scan.loading_mg_cm2[i] as number;
      if (Number.isNaN(wanted)) expect(value).toBeNull();
      else expect(value / 10).toBeCloseTo(wanted, 3);
    }
  });

  test.each([
    ['float32-le', true, 4],
    ['float32-be', false, 4],
    ['float64-le', true, 8],
    ['float64-be', false, 8],
  ] as const)('%s: header and values where the table says', (format, little, bytes) => {
    const payload = encodeScan(scan, { format, header: true });
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    expect(payload.subarray(0, 4).toString()).toBe('GWS1');
    expect(view.getUint8(4)).toBe(bytes);
    expect(view.getUint8(5)).toBe(scan.startedAt === 'operator' ? 0 : 1);
    expect(view.getUint16(6, little)).toBe(800);
    expect(view.getUint32(8, little)).toBe(scan.scan);
    expect(view.getUint32(12, little)).toBe(8000);
    expect(view.getFloat64(16, little)).toBe(scan.time_ms);
    const at = 24 + bytes * 400;
    const value_g_m2 = bytes === 4 ? view.getFloat32(at, little) : view.getFloat64(at, little);
    expect(value_g_m2 / 10).toBeCloseTo(scan.loading_mg_cm2[400] as number, 3);
    const bare = encodeScan(scan, { format, header: false });
    expect(bare).toEqual(payload.subarray(24));
  });

  test('spoilt payloads are spoilt in the way that they say', () => {
    expect(() => JSON.parse(json('not-json'))).toThrow();
    expect(() => JSON.parse(json('truncated'))).toThrow();
    expect(json('empty')).toBe('');
    expect(json('nan')).toMatch(/\bNaN\b/);
    expect(JSON.parse(json('wrong-length')).loading_g_m2).toHaveLength(799);
    expect(Date.parse(JSON.parse(json('negative-time')).time)).toBe(-scan.time_ms);
    expect(Math.max(...JSON.parse(json('out-of-range')).loading_g_m2)).toBeGreaterThan(1e6);
    expect(json('too-large').length).toBeGreaterThan(262_144);
  });
});
