import { describe, expect, test } from 'vitest';
import { encodeScan, type PayloadFormat } from '../../../simulators/gauge/payload.ts';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { mqttBinaryFormat, mqttJsonFormat } from '../../../src/config/sources.ts';
import type { Scan } from '../../../src/core/messages.ts';
import { scanDecoder } from '../../../src/sources/mqtt/formats.ts';

const scenario = scenarioOf({
  name: 'reading',
  parameters: { web_length_m: 2 },
  gauge: { dead_locations: [700] },
  runs: [{ gap_um: 140, duration_s: 120 }],
});
const scan = [...generate(scenario, 1)].filter((m) => m.kind === 'scan')[18] as Scan;

const readers = [
  ['json', mqttJsonFormat.parse({ type: 'json' })],
  ['float32-le', mqttBinaryFormat.parse({ type: 'float32', byte_order: 'little' })],
  ['float32-be', mqttBinaryFormat.parse({ type: 'float32', byte_order: 'big' })],
] as const satisfies readonly (readonly [PayloadFormat, unknown])[];

describe.each(readers)('%s', (format, settings) => {
  const read = (corrupt?: Parameters<typeof encodeScan>[2], marks: 'mark' | 'refuse' = 'mark') =>
    scanDecoder(settings, marks)(encodeScan(scan, { format, header: true }, corrupt));

  test('what the simulated gauge sends, the MQTT source reads', () => {
    const decoded = read();
    if (!decoded.ok) throw new Error('refused');
    const { scan: number, time_ms, duration_ms, startedAt, loading_mg_cm2 } = decoded.value;
    expect({ number, time_ms, duration_ms, startedAt }).toEqual({
      number: scan.scan,
      time_ms: scan.time_ms,
      duration_ms: scan.duration_ms,
      startedAt: scan.startedAt,
    });
    expect(loading_mg_cm2).toHaveLength(800);
    for (const [i, value] of scan.loading_mg_cm2.entries()) {
      if (Number.isNaN(value)) expect(loading_mg_cm2[i]).toBeNaN();
      else expect(Math.abs((loading_mg_cm2[i] as number) - value)).toBeLessThan(0.001);
    }
  });

  test.each(['not-json', 'truncated', 'empty', 'wrong-length', 'negative-time', 'out-of-range'] as const)(
    'spoilt as %s, it is refused',
    (how) => expect(read(how).ok).toBe(false),
  );

  test('spoilt by a NaN, it is refused where invalid values are', () => {
    expect(read('nan', 'refuse').ok).toBe(false);
  });
});
