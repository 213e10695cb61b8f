import { describe, expect, it } from 'vitest';
import type { RunRow, ScanPoint } from '../../../src/core/api.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { capabilitiesOf } from '../../../src/page/model/capability.ts';
import { controlCharts } from '../../../src/page/model/control-chart.ts';
import type { ProfileRow } from '../../../src/page/model/profiles.ts';
import { variationOf } from '../../../src/page/model/variation.ts';

const runRow = (run: number, gap_um: number, values: readonly number[]): RunRow => ({
  run,
  gap_um,
  start_ms: 0,
  end_ms: 1,
  predicted: null,
  now: null,
  measured: { scans: values.length, level_mg_cm2: mean(values), spread_mg_cm2: deviation(values) },
});
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));

describe('capability', () => {
  const goal = { target_mg_cm2: 20, tolerance_mg_cm2: 1.5 };
  const random = seededRandom(4);
  const runs = [20.2, 19.7, 20.9, 20.4].map((level) =>
    Array.from({ length: 30 }, () => level + 0.2 * random.normal()),
  );

  it('is that of all scans together, though it knows only levels and spreads of the runs', () => {
    const [row] = capabilitiesOf(
      runs.map((values, i) => runRow(i + 1, 149.8 + i / 10, values)),
      goal,
    );
    const all = runs.flat();
    const total = deviation(all);
    const within = Math.sqrt(mean(runs.map((values) => deviation(values) ** 2)));
    const nearer = Math.min(21.5 - mean(all), mean(all) - 18.5);
    expect(row).toMatchObject({ gap_um: 150, runs: 4, scans: 120 });
    expect(row!.pp).toBeCloseTo(3 / (6 * total), 10);
    expect(row!.ppk).toBeCloseTo(nearer / (3 * total), 10);
    expect(row!.cp).toBeCloseTo(3 / (6 * within), 10);
    expect(row!.cpk).toBeCloseTo(nearer / (3 * within), 10);
    expect(row!.pp).toBeLessThan(row!.cp);
  });

  it('is negative for a mean beyond the limits, and keeps gaps apart', () => {
    const rows = capabilitiesOf([runRow(1, 110, [15, 15.2, 14.8]), runRow(2, 150, [20, 20.2, 19.8])], goal);
    expect(rows.map(({ gap_um }) => gap_um)).toEqual([110, 150]);
    expect(rows[0]!.cpk).toBeLessThan(0);
    expect(rows[1]!.cpk).toBeCloseTo(1.5 / 0.6, 10);
  });

  it('is not known without a target, a tolerance, or a spread', () => {
    const runsAt = [runRow(1, 110, [15, 15.2, 14.8])];
    expect(capabilitiesOf(runsAt, { target_mg_cm2: null, tolerance_mg_cm2: 1 })).toEqual([]);
    expect(capabilitiesOf(runsAt, { target_mg_cm2: 15, tolerance_mg_cm2: null })).toEqual([]);
    expect(capabilitiesOf([runRow(1, 110, [15])], goal)).toEqual([]);
    expect(capabilitiesOf([runRow(1, 110, [15, 15])], goal)[0]!.cp).toBeNaN();
  });
});

describe('control charts', () => {
  it('have the limits of a worked example', () => {
    // By hand: mean 10.2; moving ranges 2, 1, 2, 3: mean 2, so sigma is 2 / 1.128.
    const { individuals, ranges, ewma } = controlCharts([9, 11, 10, 12, 9])!;
    expect(individuals.centre).toBeCloseTo(10.2, 10);
    expect(individuals.high[0]).toBeCloseTo(10.2 + (3 * 2) / 1.128, 10);
    expect(individuals.low[0]).toBeCloseTo(10.2 - (3 * 2) / 1.128, 10);
    expect(ranges.values).toEqual([2, 1, 2, 3]);
    expect(ranges.high[0]).toBeCloseTo(6.534, 10);
    expect(ewma.values[0]).toBeCloseTo(0.8 * 10.2 + 0.2 * 9, 10);
    expect(ewma.values[1]).toBeCloseTo(0.8 * (0.8 * 10.2 + 0.2 * 9) + 0.2 * 11, 10);
    expect(ewma.high[0]).toBeCloseTo(10.2 + (3 * 0.2 * 2) / 1.128, 10);
  });

  const random = seededRandom(9);
  const noise = Array.from({ length: 40 }, () => random.normal());

  it('let plain noise pass and notice a wild value', () => {
    const calm = controlCharts(noise)!;
    expect(calm.individuals.beyond.filter(Boolean).length).toBeLessThanOrEqual(1);
    const wild = controlCharts([...noise, 8])!;
    expect(wild.individuals.beyond.at(-1)).toBe(true);
    expect(wild.ranges.beyond.at(-1)).toBe(true);
  });

  it('notice a drift by the weighted average that no single value shows', () => {
    const drifting = noise.map((value, i) => 0.5 * value + 0.04 * i);
    const { individuals, ewma } = controlCharts(drifting)!;
    expect(ewma.beyond.filter(Boolean).length).toBeGreaterThan(individuals.beyond.filter(Boolean).length);
    expect(ewma.beyond.at(-1)).toBe(true);
  });

  it('say nothing about three values', () => {
    expect(controlCharts([1, 2, 3])).toBeUndefined();
  });
});

describe('variation', () => {
  const scan = (number: number, run = 1): ScanPoint => ({
    scan: number,
    time_ms: number,
    head_ms: number,
    run,
    gap_um: 120,
    mean_mg_cm2: 20,
    lanes_mg_cm2: [],
    cross_web_2sigma_mg_cm2: null,
  });
  const resolution_mg_cm2 = 0.004;
  const profile = (number: number, loading: (place: number) => number): ProfileRow => ({
    scan: number,
    time_ms: number,
    resolution_mg_cm2,
    steps: Int16Array.from({ length: 200 }, (_, place) =>
      place < 20 || place >= 180 ? 5 : Math.round(loading(place) / resolution_mg_cm2),
    ),
  });
  const numbers = Array.from({ length: 30 }, (_, i) => i + 1);

  it('is told apart by where it lies', () => {
    const random = seededRandom(2);
    const along = numbers.map(() => 0.4 * random.normal());
    const across = Array.from({ length: 200 }, () => 0.25 * random.normal());
    const profiles = numbers.map((n, i) =>
      profile(n, (place) => 20 + along[i]! + across[place]! + 0.1 * random.normal()),
    );
    const found = variationOf(
      numbers.map((n) => scan(n)),
      profiles,
    )!;
    expect(found).toMatchObject({ run: 1, scans: 30 });
    expect(found.machine_mg_cm2).toBeCloseTo(2 * deviation(along), 1);
    expect(found.cross_mg_cm2).toBeCloseTo(2 * deviation(across.slice(28, 172)), 1);
    expect(found.residual_mg_cm2).toBeCloseTo(0.2, 1);
  });

  it('is that of the newest run alone, of scans that were used', () => {
    const scans = [
      ...numbers.slice(0, 20).map((n) => scan(n, 1)),
      ...numbers.slice(24).map((n) => scan(n, 2)),
    ];
    const profiles = numbers.map((n) => profile(n, () => (n < 25 ? 35 : 20)));
    expect(variationOf(scans, profiles)).toMatchObject({ run: 2, scans: 6, machine_mg_cm2: 0 });
  });

  it('is not known of three scans', () => {
    expect(
      variationOf(
        [1, 2, 3].map((n) => scan(n)),
        [1, 2, 3].map((n) => profile(n, () => 20)),
      ),
    ).toBeUndefined();
    expect(variationOf([], [])).toBeUndefined();
  });
});
