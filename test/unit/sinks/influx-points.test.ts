import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MachineSample } from '../../../src/core/messages.ts';
import type { Prediction } from '../../../src/core/prediction.ts';
import type { Report } from '../../../src/core/report.ts';
import { instantOf, ordinalOf } from '../../../src/sinks/influx/instant.ts';
import { lineOf } from '../../../src/sinks/influx/point.ts';
import { agentPoints } from '../../../src/sinks/influx/points/agent.ts';
import { pointsOf } from '../../../src/sinks/influx/points.ts';
import { identityOf, type ParsedPoint, parseLine } from './influx-line-protocol.ts';
import { abstraction, adapter, observation, prediction, t0 } from './reports.ts';

const options = { profile: 'zones', profile_zones: 4, curve_every_scans: 8 } as const;

const linesOf = (report: Report, ordinal = 7, more: object = {}): string[] =>
  pointsOf(report, ordinal, { ...options, ...more }).map((point) => lineOf(point) ?? 'nothing');
const parsed = (report: Report, ordinal = 7, more: object = {}): ParsedPoint[] =>
  linesOf(report, ordinal, more).map(parseLine);
const values = ({ fields }: ParsedPoint): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value]));

test('an observation is one point, and one for each lane; what is not known is left out', () => {
  expect(linesOf(observation(5))).toEqual([
    'observation,gauge=dry,line=a aggregated=0i,confidence=0.9,gap_um=150,mean_mg_cm2=22.25,run=3i,scan=5i,' +
      `travel_s=40 ${t0 + 40_000}000005`,
    `lane,gauge=dry,lane=0,line=a deviation_mg_cm2=-0.25,loading_mg_cm2=22 ${t0 + 40_000}000005`,
    `lane,gauge=dry,lane=1,line=a deviation_mg_cm2=0.25,loading_mg_cm2=22.5 ${t0 + 40_000}000005`,
  ]);
});

test('machine parameters keep their names; the bad ones are named', () => {
  const sample: MachineSample = {
    kind: 'machine',
    line: 'a',
    time_ms: t0,
    values: { web_speed_m_min: 2, 'Zone 1, left': 80.5, broken: Number.NaN },
    bad: ['encoder_m', 'line_state'],
  };
  const [point] = parsed(sample);
  expect(point?.tags).toEqual({ line: 'a' });
  expect(values(point!)).toEqual({
    web_speed_m_min: 2,
    'Zone 1, left': 80.5,
    bad_count: 2,
    bad: 'encoder_m line_state',
  });
});

test('a profile is a mean for each zone, and on request every location', () => {
  const loading = Float64Array.from({ length: 8 }, (_, i) => (i === 3 ? Number.NaN : i + 0.1234));
  loading[6] = loading[7] = Number.NaN;
  const report: Report = {
    kind: 'profile',
    line: 'a',
    gauge: 'dry',
    scan: 3,
    time_ms: t0,
    startedAt: 'gear',
    loading_mg_cm2: loading,
  };
  const [point] = parsed(report);
  expect(values(point!)).toMatchObject({ scan: 3, valid: 5, z1_mg_cm2: 2.1234 });
  expect(values(point!)['z0_mg_cm2']).toBeCloseTo(0.6234, 12);
  expect(Object.keys(point!.fields)).not.toContain('z3_mg_cm2');
  expect(linesOf(report, 7, { profile: 'off' })).toEqual([]);

  const all = values(parsed(report, 7, { profile: 'all' })[0]!)['all'];
  const bytes = Buffer.from(String(all), 'base64');
  const decoded = Array.from({ length: 8 }, (_, i) => bytes.readInt16LE(2 * i));
  expect(decoded).toEqual([123, 1123, 2123, -32768, 4123, 5123, -32768, -32768]);
});

test('the outcome of a run is one point that each scan brings up to date, with whether it lay inside', () => {
  const told = (scans: number, level_mg_cm2: number) => {
    const base = prediction(t0 + scans * 8000);
    const measured = {
      line: 'a',
      run: 3,
      gap_um: 154,
      scans,
      level_mg_cm2,
      spread_mg_cm2: Number.NaN,
      lanes_mg_cm2: [],
      start_ms: t0 - 60_000,
    };
    const report: Report = { ...base, current: { ...base.current!, measured } };
    return parsed(report, scans).filter(({ measurement }) => measurement !== 'prediction');
  };
  const [first, ...curve] = told(1, 18.5);
  const [second, ...none] = told(2, 21.5);
  expect(identityOf(first!)).toBe(identityOf(second!));
  expect(values(first!)).toMatchObject({
    inside50: 0,
    inside90: 0,
    inside95: 1,
    residual_mg_cm2: -3.5,
    z: -7,
  });
  expect(values(second!)).toMatchObject({ inside50: 1, inside90: 1, scans: 2, measured_mg_cm2: 21.5 });
  expect(curve.map(({ measurement, tags }) => [measurement, tags['gap_um']])).toEqual([
    ['curve', '140'],
    ['curve', '147'],
  ]);
  expect(none).toEqual([]);
  expect(told(9, 21)).toHaveLength(3);
});

test('an abstraction tells its version, and the error of each intervention with the gap that it maps to', () => {
  const [version, ...interventions] = parsed(abstraction);
  expect(values(version!)).toEqual({
    version: 4,
    error: 0.35,
    lower_bound: 0.35,
    certified: 1,
    ties: 2,
    observations: 77,
    reason: 'a "better" map',
  });
  expect(interventions.map((point) => [point.tags['gap_um'], values(point)])).toEqual([
    ['110', { version: 4, error: 0.1, lab_gap_um: 100 }],
    ['150', { version: 4, error: 0.35, lab_gap_um: 200 }],
  ]);
});

test('runs, forecasts, alarms, outages, adapters, dead letters: one point each', () => {
  const [now] = prediction(t0).curve as [Prediction];
  const reports: [Report, string, Record<string, string>, Record<string, unknown>][] = [
    [
      { kind: 'run', run: { line: 'a', run: 2, gap_um: 150, start_ms: t0, end_ms: t0 + 90_000 } },
      'run',
      { line: 'a' },
      { run: 2, gap_um: 150, ended: 1, duration_s: 90 },
    ],
    [
      { kind: 'forecast', line: 'a', time_ms: t0, run: 2, prediction: now, version: '4.77' },
      'forecast',
      { line: 'a' },
      {
        run: 2,
        model_version: '4.77',
        mean_mg_cm2: 20,
        low95_mg_cm2: 18,
        extrapolation: 'none',
        distance_um: 0,
      },
    ],
    [
      {
        kind: 'alarm',
        line: 'a',
        alarm: 'prediction-drift',
        subject: '',
        time_ms: t0 + 5000,
        priority: 'high',
        state: 'UNACK',
        active: true,
        since_ms: t0,
        detail: 'three runs\nbeyond 95 %',
      },
      'alarm',
      { line: 'a', alarm: 'prediction-drift', subject: '-', priority: 'high' },
      { state: 'UNACK', state_code: 4, active: 1, active_s: 5, detail: 'three runs beyond 95 %' },
    ],
    [
      {
        kind: 'outage',
        line: 'a',
        source: 'opcua',
        time_ms: t0,
        until_ms: t0 + 2500,
        reason: 'stale',
        detail: '',
      },
      'outage',
      { line: 'a', source: 'opcua', reason: 'stale' },
      { detail: '', duration_s: 2.5 },
    ],
    [adapter('degraded'), 'adapter', { line: 'a', adapter: 'mqtt' }, { state: 'degraded', state_code: 3 }],
    [
      {
        kind: 'dead-letter',
        source: 'mqtt',
        line: undefined,
        where: 'plant/x',
        reason: 'malformed',
        detail: 'no JSON',
        time_ms: t0,
        count: 4,
      },
      'dead_letter',
      { line: '-', source: 'mqtt', reason: 'malformed' },
      { count: 4, where: 'plant/x', detail: 'no JSON' },
    ],
  ];
  for (const [report, measurement, tags, fields] of reports) {
    const [point, ...rest] = parsed(report);
    expect(rest).toEqual([]);
    expect(point).toMatchObject({ measurement, tags });
    expect(values(point!)).toMatchObject(fields);
  }
});

test('figures of equal labels share a point; the labels stand in one tag', () => {
  const figure = (name: string, value: number, labels?: Record<string, string>) =>
    ({ name, help: '', type: 'gauge', value, ...(labels && { labels }) }) as const;
  const points = agentPoints(
    'pc-1',
    [
      figure('gapwise_spool_bytes', 5, { spool: 'influx' }),
      figure('gapwise_spool_entries', 2, { spool: 'influx' }),
      figure('process_resident_memory_bytes', 1e8),
    ],
    instantOf(t0, 0),
  );
  expect(points.map((point) => lineOf(point))).toEqual([
    `agent,host=pc-1,of=spool\\=influx gapwise_spool_bytes=5,gapwise_spool_entries=2 ${t0}000000`,
    `agent,host=pc-1,of=- process_resident_memory_bytes=100000000 ${t0}000000`,
  ]);
});

test('reports of one millisecond keep points of their own; a report told again is the same point', () => {
  const gapAt = (position: number, index: number) => {
    const report: Report = { kind: 'gap', line: 'a', time_ms: t0, gap_um: 1, operator_um: 1, gear_um: 1 };
    return identityOf(parsed(report, ordinalOf({ position, index }))[0]!);
  };
  // A clock set back by an hour goes through the same seconds again, 4,050 messages later.
  const places = [0, 1, 63].flatMap((index) =>
    [500, 501, 4_550, 15_000].map((position) => [position, index]),
  );
  const identities = places.map(([position, index]) => gapAt(position!, index!));
  expect(new Set(identities).size).toBe(places.length);
  expect(gapAt(4_550, 1)).toBe(gapAt(4_550, 1));
  expect(identityOf(parsed(observation(3))[0]!)).not.toBe(
    identityOf(parsed(observation(4, { time_ms: observation(3).time_ms }))[0]!),
  );
});

test('whatever names, texts and figures say, a line is well formed and reads back', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const number = fc.oneof(fc.double(), fc.integer());
  fc.assert(
    fc.property(text, text, text, number, fc.integer({ min: 0 }), (tag, field, words, figure, ordinal) => {
      const line = lineOf({
        measurement: 'machine',
        tags: { line: tag },
        fields: { [`x${field.replace(/\p{Cc}/gu, '')}`]: figure, words },
        at: instantOf(t0, ordinal),
      });
      const point = parseLine(line!);
      expect(Object.keys(point.fields)).toHaveLength(Number.isFinite(figure) ? 2 : 1);
      expect(point.fields['words']?.value).toBe(words.replace(/\p{Cc}+/gu, ' '));
      expect(point.time_ns / 1_000_000n).toBe(BigInt(t0));
    }),
    { numRuns: 500 },
  );
});
