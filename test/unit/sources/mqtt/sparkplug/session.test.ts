import { beforeEach, describe, expect, test } from 'vitest';
import { type MqttSparkplugSettings, mqttSparkplugFormat } from '../../../../../src/config/sources.ts';
import { seededRandom } from '../../../../../src/core/random.ts';
import {
  decodeSparkplug,
  metricValue,
  rebirthCommand,
} from '../../../../../src/sources/mqtt/sparkplug/payload.ts';
import { SparkplugSession } from '../../../../../src/sources/mqtt/sparkplug/session.ts';
import { mutated, mutations, mutationTime_ms } from '../mutations.ts';
import { type Metric, payload, type } from './encode.ts';

const t0 = 1_604_484_444_000;
const settings = (more: object = {}): MqttSparkplugSettings =>
  mqttSparkplugFormat.parse({ type: 'sparkplug', locations: 3, ...more });
const topic = (kind: string, device = '') => `spBv1.0/plant/${kind}/edge${device && `/${device}`}`;

const nodeBirth = (seq = 0, bdSeq = 1n) => payload(seq, [{ name: 'bdSeq', type: type.uint64, value: bdSeq }]);
const deviceMetrics = (loading: readonly number[] | null, scan = 0): Metric[] => [
  { name: 'Scan/Number', alias: 1, type: type.int32, value: scan },
  { name: 'Scan/StartedAt', alias: 2, type: type.string, value: 'gear' },
  { name: 'Scan/Duration', alias: 3, type: type.double, value: 8000 },
  { name: 'Scan/Loading', alias: 4, type: type.float, time_ms: t0, value: loading },
];
const data = (seq: number, scan: number, loading: readonly number[]) =>
  payload(seq, [
    { alias: 1, value: scan },
    { alias: 4, type: type.float, time_ms: t0 + 8000 * scan, value: loading },
  ]);

describe('Sparkplug session', () => {
  let session: SparkplugSession;
  beforeEach(() => {
    session = new SparkplugSession(settings(), 'refuse');
  });
  const born = () => {
    expect(session.take(topic('NBIRTH'), nodeBirth()).event).toEqual({ kind: 'birth', of: 'plant/edge' });
    const { event, scan, refusal } = session.take(topic('DBIRTH', 'gauge'), payload(1, deviceMetrics(null)));
    expect({ event, scan, refusal }).toEqual({ event: { kind: 'birth', of: 'plant/edge/gauge' } });
  };

  test('reads scans by alias, with what did not change from the birth', () => {
    born();
    const { scan, refusal } = session.take(topic('DDATA', 'gauge'), data(2, 7, [220, 221, 222]));
    expect(refusal).toBeUndefined();
    expect(scan).toMatchObject({ scan: 7, time_ms: t0 + 56_000, startedAt: 'gear', duration_ms: 8000 });
    expect([...(scan?.loading_mg_cm2 ?? [])]).toEqual([22, 22.1, 22.2]);
  });

  test('a message without the profile is no scan', () => {
    born();
    const other = payload(2, [{ alias: 1, value: 8 }]);
    expect(session.take(topic('DDATA', 'gauge'), other)).toEqual({});
  });

  test('reads the profile out of a template, in float64 too', () => {
    const nested = settings({ metrics: { scan: 'Profile/No', loading: 'Profile/Values' } });
    session = new SparkplugSession(nested, 'refuse');
    session.take(topic('NBIRTH'), nodeBirth());
    const members = [
      { name: 'No', type: type.uint64, value: 12 },
      { name: 'Values', type: type.doubles, value: [220.5, 221, 222] },
    ];
    const birth = payload(1, [{ name: 'Profile', type: type.template, time_ms: t0, value: members }]);
    const { scan } = session.take(topic('DBIRTH', 'gauge'), birth);
    expect(scan).toMatchObject({ scan: 12, startedAt: 'operator' });
    expect(scan?.loading_mg_cm2[0]).toBe(22.05);
  });

  test('asks once for births after a gap in the sequence, and takes nothing before them', () => {
    born();
    const gap = session.take(topic('DDATA', 'gauge'), data(4, 7, [220, 221, 222]));
    expect(gap).toMatchObject({ rebirth: 'spBv1.0/plant/NCMD/edge', refusal: { reason: 'unknown-tag' } });
    expect(gap.refusal?.detail).toContain('sequence 4 after 1');
    const next = session.take(topic('DDATA', 'gauge'), data(5, 8, [220, 221, 222]));
    expect(next.scan).toBeUndefined();
    expect(next.rebirth).toBeUndefined();
    born();
    expect(session.take(topic('DDATA', 'gauge'), data(2, 9, [220, 221, 222])).scan?.scan).toBe(9);
  });

  test('the sequence goes on from 255 to 0', () => {
    born();
    for (let i = 2; i < 600; i++) {
      expect(session.take(topic('DDATA', 'gauge'), data(i % 256, i, [220, 221, 222])).scan?.scan).toBe(i);
    }
  });

  test('the birth brings the latest scan once more', () => {
    session.take(topic('NBIRTH'), nodeBirth());
    const { scan, event } = session.take(topic('DBIRTH', 'gauge'), payload(1, deviceMetrics([1, 2, 3], 41)));
    expect(scan?.scan).toBe(41);
    expect(event?.kind).toBe('birth');
  });

  test('deaths end what the births began; the late will of an older connection does not', () => {
    born();
    const death = (bdSeq: bigint) => payload(undefined, [{ name: 'bdSeq', type: type.uint64, value: bdSeq }]);
    expect(session.take(topic('NDEATH'), death(0n))).toEqual({});
    expect(session.take(topic('DDATA', 'gauge'), data(2, 7, [1, 2, 3])).scan?.scan).toBe(7);
    expect(session.take(topic('DDEATH', 'gauge'), payload(3, [])).event?.kind).toBe('death');
    expect(session.take(topic('DDATA', 'gauge'), data(4, 8, [1, 2, 3])).rebirth).toBeDefined();
    born();
    expect(session.take(topic('NDEATH'), death(1n)).event).toEqual({ kind: 'death', of: 'plant/edge' });
    expect(session.take(topic('DDATA', 'gauge'), data(2, 9, [1, 2, 3])).rebirth).toBeDefined();
  });

  test('what died is a hole from its newest time to its birth', () => {
    born();
    session.take(topic('DDATA', 'gauge'), data(2, 7, [1, 2, 3]));
    const of = 'plant/edge/gauge';
    const since = { of, time_ms: t0 + 56_000 };
    expect(session.take(topic('DDEATH', 'gauge'), payload(3, [])).hole).toEqual(since);
    const birth = payload(4, deviceMetrics([1, 2, 3], 7), t0 + 90_000);
    expect(session.take(topic('DBIRTH', 'gauge'), birth).hole).toEqual({ ...since, until_ms: t0 + 90_000 });

    const will = payload(undefined, [{ name: 'bdSeq', type: type.uint64, value: 1n }]);
    const node = { of: 'plant/edge', time_ms: t0 + 90_000 };
    expect(session.take(topic('NDEATH'), will).hole).toEqual(node);
    // A lost connection to the broker in between changes nothing of it.
    session.reset();
    const again = payload(0, [{ name: 'bdSeq', type: type.uint64, value: 2n }], t0 + 120_000);
    expect(session.take(topic('NBIRTH'), again).hole).toEqual({ ...node, until_ms: t0 + 120_000 });
    expect(session.take(topic('NBIRTH'), again).hole).toBeUndefined();
  });

  test.each([
    ['another number of values', data(2, 7, [1, 2]), 'wrong-length'],
    ['NaN', data(2, 7, [1, Number.NaN, 3]), 'not-a-number'],
    ['infinity', data(2, 7, [1, Infinity, 3]), 'out-of-range'],
    ['a negative scan', data(2, -7, [1, 2, 3]), 'out-of-range'],
    ['bytes that are no protobuf', Buffer.from('{"scan":1}'), 'malformed'],
    ['a cut payload', data(2, 7, [1, 2, 3]).subarray(0, -3), 'malformed'],
  ])('refuses %s', (_, bytes, reason) => {
    born();
    expect(session.take(topic('DDATA', 'gauge'), bytes).refusal?.reason).toBe(reason);
  });

  test('refuses templates without end and other namespaces', () => {
    let deep: Metric = { name: 'a', type: type.int32, value: 1 };
    for (let i = 0; i < 20; i++) deep = { name: 'a', type: type.template, value: [deep] };
    expect(session.take(topic('NBIRTH'), payload(0, [deep])).refusal?.reason).toBe('malformed');
    expect(session.take('spAv1.0/plant/NBIRTH/edge', nodeBirth()).refusal?.reason).toBe('malformed');
  });
});

test('signed numbers keep their sign, and the rebirth command is a payload of its own', () => {
  const [metric] = decodeSparkplug(payload(0, [{ name: 'x', type: type.int64, value: -5n }])).metrics;
  expect(metricValue(metric!, type.int64)).toBe(-5);
  const { metrics, timestamp_ms } = decodeSparkplug(rebirthCommand(t0));
  expect(timestamp_ms).toBe(t0);
  expect(metrics.map((one) => [one.name, one.datatype, metricValue(one, one.datatype)])).toEqual([
    ['Node Control/Rebirth', 11, true],
  ]);
});

test(
  'mutated payloads never throw, are bounded, and what is taken is sound',
  () => {
    const random = seededRandom(21);
    const rounds = mutations(5_000);
    const session = new SparkplugSession(settings(), 'mark');
    const counts = new Map<string, number>();
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
    const birth = payload(1, deviceMetrics([1, 2, 3]));
    for (let round = 0; round < rounds; round++) {
      const kind = random.integer(4);
      session.take(topic('NBIRTH'), kind === 0 ? mutated(nodeBirth(), random) : nodeBirth());
      session.take(topic('DBIRTH', 'gauge'), kind === 1 ? mutated(birth, random) : birth);
      const { scan, refusal } = session.take(
        topic('DDATA', 'gauge'),
        mutated(data(2, 7, [220, 221, 222]), random),
      );
      count(scan ? 'taken' : (refusal?.reason ?? 'no scan'));
      if (!scan) continue;
      expect(Number.isSafeInteger(scan.scan) && scan.scan >= 0).toBe(true);
      expect(scan.loading_mg_cm2).toHaveLength(3);
      expect(scan.loading_mg_cm2.every((value) => !(Math.abs(value) > 10_000))).toBe(true);
    }
    expect([...counts.values()].reduce((a, b) => a + b)).toBe(rounds);
    for (const reason of ['taken', 'no scan', 'malformed', 'unknown-tag', 'out-of-range']) {
      expect(counts.get(reason), reason).toBeGreaterThan(0);
    }
  },
  mutationTime_ms,
);
