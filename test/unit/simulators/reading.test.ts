import { describe, expect, test } from 'vitest';
import { encodeScan, type PayloadFormat } from '../../../simulators/gauge/payload.ts';
import { deviceBirth, deviceData, nodeBirth, nodeDeath } from '../../../simulators/gauge/sparkplug.ts';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { mqttBinaryFormat, mqttJsonFormat, mqttSparkplugFormat } from '../../../src/config/sources.ts';
import type { Scan } from '../../../src/core/messages.ts';
import { scanDecoder } from '../../../src/sources/mqtt/formats.ts';
import { SparkplugSession } from '../../../src/sources/mqtt/sparkplug/session.ts';

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
  ['float64-le', mqttBinaryFormat.parse({ type: 'float64', byte_order: 'little' })],
  ['float64-be', mqttBinaryFormat.parse({ type: 'float64', byte_order: 'big' })],
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

describe('sparkplug', () => {
  const born = (marks: 'mark' | 'refuse' = 'mark') => {
    const session = new SparkplugSession(mqttSparkplugFormat.parse({ type: 'sparkplug' }), marks);
    session.take('spBv1.0/gapwise/NBIRTH/line-1', nodeBirth(scan.time_ms, 3));
    session.take('spBv1.0/gapwise/DBIRTH/line-1/gauge-1', deviceBirth(scan.time_ms, 1, undefined));
    return session;
  };
  const data = (corrupt?: Parameters<typeof deviceData>[3], seq = 2) =>
    deviceData(scan.time_ms, seq, scan, corrupt);
  const topic = 'spBv1.0/gapwise/DDATA/line-1/gauge-1';

  test('births and data of the simulated gauge are what the MQTT source reads', () => {
    const { scan: read, refusal } = born().take(topic, data());
    expect(refusal).toBeUndefined();
    expect(read).toMatchObject({
      scan: scan.scan,
      time_ms: scan.time_ms,
      duration_ms: scan.duration_ms,
      startedAt: scan.startedAt,
    });
    for (const [i, value] of scan.loading_mg_cm2.entries()) {
      if (Number.isNaN(value)) expect(read?.loading_mg_cm2[i]).toBeNaN();
      else expect(Math.abs((read?.loading_mg_cm2[i] as number) - value)).toBeLessThan(0.001);
    }
  });

  test('a birth before the first scan brings none, a later one the latest', () => {
    const session = born();
    const birth = (of: Scan | undefined) => {
      session.take('spBv1.0/gapwise/NBIRTH/line-1', nodeBirth(scan.time_ms, 3));
      return session.take('spBv1.0/gapwise/DBIRTH/line-1/gauge-1', deviceBirth(scan.time_ms, 1, of));
    };
    expect(birth(undefined)).toEqual({ event: { kind: 'birth', of: 'gapwise/line-1/gauge-1' } });
    expect(birth(scan).scan?.scan).toBe(scan.scan);
  });

  test('the death is that of the birth by its bdSeq', () => {
    const session = born();
    expect(session.take('spBv1.0/gapwise/NDEATH/line-1', nodeDeath(0, 2))).toEqual({});
    expect(session.take('spBv1.0/gapwise/NDEATH/line-1', nodeDeath(0, 3)).event).toMatchObject({
      kind: 'death',
    });
  });

  test.each(['not-json', 'truncated', 'wrong-length', 'negative-time', 'out-of-range'] as const)(
    'spoilt as %s, it is refused',
    (how) => expect(born().take(topic, data(how)).scan).toBeUndefined(),
  );

  test('spoilt by a NaN, it is refused where invalid values are', () => {
    expect(born('refuse').take(topic, data('nan')).refusal?.reason).toBe('not-a-number');
  });
});
