import { describe, expect, it } from 'vitest';
import type { Sign } from '../../../../src/agent/alarms/book.ts';
import { judge, noJudgement } from '../../../../src/agent/alarms/judgement.ts';
import type { Judged, Learnt, Watch, Witnessed } from '../../../../src/agent/alarms/watch.ts';
import { abstractionErrorWatch } from '../../../../src/agent/alarms/watches/abstraction-error.ts';
import { clockJumpWatch } from '../../../../src/agent/alarms/watches/clock-jump.ts';
import { binomialTail, coverageLowWatch } from '../../../../src/agent/alarms/watches/coverage-low.ts';
import { gaugeFrozenWatch } from '../../../../src/agent/alarms/watches/gauge-frozen.ts';
import { gaugeZeroWatch } from '../../../../src/agent/alarms/watches/gauge-zero.ts';
import { toleranceWatch } from '../../../../src/agent/alarms/watches/loading-out-of-tolerance.ts';
import { noScansWatch } from '../../../../src/agent/alarms/watches/no-scans.ts';
import { predictionDriftWatch } from '../../../../src/agent/alarms/watches/prediction-drift.ts';
import { sourceStaleWatch } from '../../../../src/agent/alarms/watches/source-stale.ts';
import { alarmsSchema } from '../../../../src/config/alarms.ts';
import type { Outage } from '../../../../src/core/messages.ts';
import type { Prediction } from '../../../../src/core/prediction.ts';
import type { AbstractionReport } from '../../../../src/core/report.ts';

const config = alarmsSchema.parse({});

/** What a watch says to a course of events, one entry for each of them that it answers. */
function signsOf<State>(watch: Watch<State>, events: readonly Witnessed[]): Sign[] {
  let state = watch.start();
  return events.flatMap((event) => {
    const step = watch.step(state, event);
    state = structuredClone(step.state);
    return step.out;
  });
}

const before: Prediction = {
  gap_um: 150,
  mean_mg_cm2: 20,
  sd_mg_cm2: 1,
  interval50_mg_cm2: [19.3, 20.7],
  interval90_mg_cm2: [18.4, 21.6],
  interval95_mg_cm2: [18, 22],
  lanes: [],
  distanceToLine_um: 0,
  extrapolation: 'none',
};

const learnt = (
  run: number,
  scans: number,
  level_mg_cm2: number,
  abstraction?: AbstractionReport,
): Learnt => ({
  kind: 'learnt',
  time_ms: 1000 * run + scans,
  run: {
    before,
    measured: {
      line: 'a',
      run,
      gap_um: 150,
      scans,
      level_mg_cm2,
      spread_mg_cm2: 0.1,
      lanes_mg_cm2: [],
      start_ms: 0,
    },
  },
  ...(abstraction && { abstraction }),
});

const judged = (level_mg_cm2: number, run = 1): Judged => ({
  kind: 'judged',
  time_ms: run,
  run,
  gap_um: 150,
  level_mg_cm2,
  before,
});

const outage = (source: string, reason: Outage['reason'], time_ms: number, until_ms?: number): Outage => ({
  kind: 'outage',
  line: 'a',
  source,
  reason,
  time_ms,
  ...(until_ms !== undefined && { until_ms }),
  detail: `${source} ${reason}`,
});

const machine = (time_ms: number): Witnessed => ({ kind: 'machine', line: 'a', time_ms, values: {} });
const profile = (scan: number, time_ms: number): Witnessed => ({
  kind: 'profile',
  line: 'a',
  gauge: 'g',
  scan,
  time_ms,
  startedAt: 'operator',
  loading_mg_cm2: new Float64Array(0),
});
const dropped = (scan: number, time_ms: number, reason: 'standardising' | 'settling'): Witnessed => ({
  kind: 'dropped',
  line: 'a',
  gauge: 'g',
  scan,
  time_ms,
  reason,
  detail: '',
});
const coats = (run: number, start_ms: number, end_ms?: number): Witnessed => ({
  kind: 'run',
  run: { line: 'a', run, gap_um: 150, start_ms, ...(end_ms !== undefined && { end_ms }) },
});

describe('a run is judged once', () => {
  it('after so many scans, or when a later run has begun', () => {
    let state = noJudgement;
    const runs = [
      learnt(1, 9, 20),
      learnt(1, 10, 20.5),
      learnt(1, 11, 25),
      learnt(2, 3, 21),
      learnt(3, 1, 22),
    ];
    const told = [...runs, learnt(2, 4, 30), learnt(3, 2, 23), learnt(4, 1, 24)].map((one) => {
      const next = judge(state, one, 10);
      state = structuredClone(next.state);
      return next.judged.map(({ run, level_mg_cm2 }) => [run, level_mg_cm2]);
    });
    // Run 3 had two scans when run 4 began: too few for a level.
    expect(told).toEqual([[], [[1, 20.5]], [], [], [[2, 21]], [], [], []]);
    expect(state.open).toHaveLength(1);
  });
});

describe('prediction-drift', () => {
  const watch = () => predictionDriftWatch({ ...config.prediction_drift, reference_sd: 0.75, limit_sd: 3.5 });

  it('hears a shift of two standard deviations, to either side, but not one wild run', () => {
    for (const side of [1, -1]) {
      const shifted = Array.from({ length: 6 }, (_, i) => judged(20 + 2 * side, i + 1));
      const signs = signsOf(watch(), shifted);
      // 2 - 0.75 each: 3.5 is passed with the third.
      expect(signs).toHaveLength(4);
      expect(signs[0]).toMatchObject({ present: true, detail: expect.stringContaining('2.00 mg/cm²') });
      expect(signs[0]!.detail.startsWith(side > 0 ? '+' : '−')).toBe(true);
    }
    expect(signsOf(watch(), [judged(60), judged(20), judged(20.5), judged(19.5)])).toEqual([]);
  });

  it('is over when the sums are back at zero', () => {
    const events = [23, 23, 23, 20, 20, 20, 20, 20].map((level, i) => judged(level, i));
    const signs = signsOf(watch(), events);
    expect(signs.map(({ present }) => present)).toEqual([true, true, true, true, true, true, false]);
  });
});

describe('coverage-low', () => {
  it('has the binomial distribution', () => {
    expect(binomialTail(20, 20, 0.9)).toBeCloseTo(1, 12);
    expect(binomialTail(0, 3, 0.9)).toBeCloseTo(0.001, 12);
    // The sum in exact fractions.
    expect(binomialTail(12, 20, 0.9)).toBeCloseTo(0.000_415_635_018_845_475_3, 12);
  });

  it('is raised where chance no longer explains it, to either side alternating too', () => {
    const inside = Array.from({ length: 20 }, () => judged(20));
    const wild = Array.from({ length: 8 }, (_, i) => judged(i % 2 === 0 ? 23 : 17));
    const signs = signsOf(coverageLowWatch(config.coverage_low), [...inside, ...wild]);
    expect(signs).toHaveLength(1);
    expect(signs[0]).toMatchObject({ present: true, detail: expect.stringContaining('12 of the last 20') });
    expect(signsOf(coverageLowWatch(config.coverage_low), inside)).toEqual([]);
  });
});

describe('abstraction-error', () => {
  const at = (version: number, errors: readonly number[], lineGaps_um = [110, 150]): Witnessed =>
    learnt(1, 5, 20, { version, errors, lineGaps_um, observations: 100 } as unknown as AbstractionReport);

  it('is raised for the gap whose error is high or has risen, and is over with some distance', () => {
    const watch = abstractionErrorWatch({
      ...config.abstraction_error,
      limit: 0.6,
      rise: 0.2,
      hysteresis: 0.05,
    });
    const events = [
      at(1, [0.3, 0.4]),
      at(1, [0.52, 0.4]),
      at(1, [0.48, 0.4]),
      at(1, [0.44, 0.61]),
      at(2, [0.4, 0.4]),
    ];
    expect(signsOf(watch, events).map(({ subject, present }) => [subject, present])).toEqual([
      ['110 µm', true],
      ['110 µm', true],
      ['110 µm', false],
      ['150 µm', true],
      ['150 µm', false],
    ]);
  });

  it('is over for a gap that is no longer known', () => {
    const watch = abstractionErrorWatch({ ...config.abstraction_error, limit: 0.6 });
    const signs = signsOf(watch, [at(1, [0.7, 0.1]), at(2, [0.1], [150])]);
    expect(signs.map(({ subject, present }) => [subject, present])).toEqual([
      ['110 µm', true],
      ['110 µm', false],
    ]);
  });
});

it('loading-out-of-tolerance: the newest run alone counts, once it has some scans', () => {
  const watch = toleranceWatch({ target_mg_cm2: 20, tolerance_mg_cm2: 0.5, least_scans: 3 });
  const events = [learnt(2, 2, 25), learnt(2, 3, 20.6), learnt(1, 30, 20), learnt(3, 3, 20.4)];
  expect(signsOf(watch, events)).toEqual([
    {
      alarm: 'loading-out-of-tolerance',
      subject: '',
      present: true,
      detail: 'run 2 at 150 µm: 20.60 mg/cm², +0.60 against 20 ± 0.5',
    },
    expect.objectContaining({ present: false }),
  ]);
});

it('gauge-frozen: from the outage until a verdict on a scan after it that is not a repetition', () => {
  const events = [
    outage('opcua', 'stale', 1),
    profile(1, 8),
    outage('g', 'stale', 16),
    dropped(1, 8, 'settling'),
    dropped(2, 16, 'standardising'),
    dropped(4, 32, 'settling'),
  ];
  const signs = signsOf(gaugeFrozenWatch(), events);
  expect(signs.map(({ subject, present }) => [subject, present])).toEqual([
    ['g', true],
    ['g', false],
  ]);
});

describe('gauge-zero', () => {
  /** Coated from a tenth to nine tenths of the web, or to its very edge. */
  const web = (zero_mg_cm2: number, scan: number, toTheEdge = false): Witnessed => ({
    ...(profile(scan, scan) as Extract<Witnessed, { kind: 'profile' }>),
    loading_mg_cm2: Float64Array.from({ length: 800 }, (_, i) =>
      i === 5 ? Number.NaN : zero_mg_cm2 + (toTheEdge || (i >= 80 && i < 720) ? 20 : 0),
    ),
  });
  const scans = (n: number, zero_mg_cm2: number, toTheEdge = false) =>
    Array.from({ length: n }, (_, i) => web(zero_mg_cm2, i, toTheEdge));

  it('hears a shift of the bare foil, and its end', () => {
    const signs = signsOf(gaugeZeroWatch(config.gauge_zero), [
      ...scans(40, 0.1),
      ...scans(20, 2.1),
      ...scans(20, 0.1),
    ]);
    // The median of 20 passes half-way with the 10th or 11th.
    expect(signs[0]).toMatchObject({
      subject: 'g',
      present: true,
      detail: expect.stringMatching(/reads \+[12]\.00/),
    });
    expect(signs.filter(({ present }) => present).length).toBeGreaterThan(15);
    expect(signs.at(-1)).toMatchObject({ present: false });
  });

  it('says nothing of a web that is coated to its edge, nor of a calm one', () => {
    expect(
      signsOf(gaugeZeroWatch(config.gauge_zero), [...scans(40, 0.1, true), ...scans(40, 3, true)]),
    ).toEqual([]);
    expect(signsOf(gaugeZeroWatch(config.gauge_zero), scans(100, -4))).toEqual([]);
  });
});

it('clock-jump: a moment', () => {
  const signs = signsOf(clockJumpWatch(), [machine(1), outage('g', 'clock-jump', 2), machine(3), machine(4)]);
  expect(signs.map(({ present }) => present)).toEqual([true, false]);
});

describe('no-scans', () => {
  const watch = () => noScansWatch(config.no_scans);
  const seconds = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => machine(1000 * (from + i)));

  it('is raised while the coater coats and no scan comes', () => {
    const events = [
      coats(1, 0),
      profile(1, 500),
      ...seconds(0, 100),
      profile(2, 100_000),
      coats(1, 0, 101_000),
    ];
    const signs = signsOf(watch(), [...events, ...seconds(101, 300)]);
    expect(signs.map(({ present }) => present)).toEqual([true, false]);
  });

  it('is raised for a gauge that was never heard of', () => {
    expect(signsOf(watch(), [coats(1, 0), ...seconds(0, 70)])).toHaveLength(1);
  });

  it('is not raised by what a server kept during a cut and sends in a rush', () => {
    const live = seconds(0, 20).flatMap((sample, i) =>
      i % 8 === 7 ? [sample, profile(i, 1000 * i)] : [sample],
    );
    const cut = [28, 36, 44, 52, 60, 68, 76, 84, 92, 100].map((second) => profile(second, 1000 * second));
    expect(signsOf(watch(), [coats(1, 0), ...live, ...cut, ...seconds(20, 104)])).toEqual([]);
  });
});

it('source-stale: from the beginning of a hole to its end, all holes of a source together', () => {
  const events = [
    outage('opcua', 'disconnected', 1),
    outage('opcua', 'stale', 2),
    outage('opcua', 'disconnected', 1, 5),
    outage('opcua', 'stale', 2, 6),
    outage('g', 'missing-scans', 3, 7),
    outage('pipeline', 'stale', 10),
    machine(11),
    machine(3_700_000),
  ];
  expect(signsOf(sourceStaleWatch(), events).map(({ subject, present }) => [subject, present])).toEqual([
    ['opcua', true],
    ['opcua', true],
    ['opcua', false],
    ['pipeline', true],
    ['pipeline', false],
  ]);
});
