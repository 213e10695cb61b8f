import { describe, expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import type { Scan } from '../../../src/core/messages.ts';

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const sd = (values: ArrayLike<number>) =>
  Math.sqrt(mean(Array.from(values, (value) => (value - mean(values)) ** 2)));

/** Bare web for a while, so that the gauge sees nothing but itself; then one long run. */
const line = (parameters: object, gauge: object, tail_s = 600) =>
  generate(
    scenarioOf({
      name: 'gauge',
      lead_s: 4000,
      tail_s,
      parameters: {
        web_length_m: 1,
        disturbance_sd_mg_cm2: 0,
        runout_mg_cm2: 0,
        crown_percent: 0,
        ...parameters,
      },
      gauge,
      runs: [{ gap_um: 150, duration_s: 400, level_mg_cm2: 20 }],
    }),
    2,
  );
const scansOf = (one: ReturnType<typeof line>) => [...one].filter((m): m is Scan => m.kind === 'scan');
const bareMeans = (one: ReturnType<typeof line>) =>
  scansOf(one)
    .filter(({ time_ms }) => time_ms < one.start_ms + 3.9e6)
    .map(({ time_ms, loading_mg_cm2 }) => [(time_ms - one.start_ms) / 1000, mean(loading_mg_cm2)] as const);

describe('noise', () => {
  test('of one location: a floor on bare foil, and a share of what is coated', () => {
    const noisy = line({ location_noise_floor_mg_cm2: 0.05, location_noise_percent: 2, streak_count: 0 }, {});
    const bare = scansOf(noisy)[10]!.loading_mg_cm2;
    expect(sd(bare)).toBeGreaterThan(0.045);
    expect(sd(bare)).toBeLessThan(0.055);
    const coated = scansOf(noisy).find((scan) => noisy.truth.truthOf(scan)?.steady)!;
    const wanted = 0.05 + 0.02 * 20;
    expect(sd(coated.loading_mg_cm2.slice(200, 600))).toBeGreaterThan(0.9 * wanted);
    expect(sd(coated.loading_mg_cm2.slice(200, 600))).toBeLessThan(1.1 * wanted);
  });

  test('of a whole scan: means of steady scans scatter by it', () => {
    const means = (scan_noise_mg_cm2: number) => {
      const one = line({ scan_noise_mg_cm2, location_noise_percent: 0 }, {});
      return scansOf(one)
        .filter((scan) => one.truth.truthOf(scan)?.steady)
        .map((scan) => mean(scan.loading_mg_cm2.slice(200, 600)));
    };
    expect(sd(means(0.3))).toBeGreaterThan(0.2);
    expect(sd(means(0.3))).toBeLessThan(0.4);
    expect(sd(means(0))).toBeLessThan(0.05);
  });
});

describe('drift, standardisation and dust', () => {
  const pauses = { standardise: { every_s: 1200, pause_s: 40 } };

  test('standardisations pause the scans, in number and length as ordered', () => {
    const times = scansOf(line({}, pauses)).map(({ time_ms }) => time_ms / 1000);
    const gaps = times.slice(1).flatMap((time, i) => (time - times[i]! > 8 ? [time - times[i]!] : []));
    expect(gaps).toHaveLength(4);
    for (const gap of gaps) expect(gap).toBe(48);
  });

  test('a gauge drifts by its rate, and each standardisation takes that away', () => {
    const seen = bareMeans(line({ gauge_drift_mg_cm2_h: 1.8 }, pauses));
    const at = (second: number) => seen.find(([time]) => time >= second)![1];
    // 1.8 mg/cm² an hour are 0.0005 a second.
    for (const [from, to] of [
      [60, 1160],
      [1300, 2350],
      [2500, 3550],
    ] as const)
      expect((at(to) - at(from)) / (to - from)).toBeCloseTo(0.0005, 4);
    expect(at(1260)).toBeLessThan(0.1);
    expect(at(1190)).toBeGreaterThan(0.5);
  });

  test('dust grows over a day and no standardisation takes it away', () => {
    const seen = bareMeans(line({}, { ...pauses, dust_mg_cm2: 1 }));
    const at = (second: number) => seen.find(([time]) => time >= second)![1];
    for (const second of [500, 1900, 3500]) expect(at(second)).toBeCloseTo(0.01 + second / 86_400, 2);
  });

  test('after a cleaning it begins anew', () => {
    const day = generate(
      scenarioOf({
        name: 'dust',
        lead_s: 86_000,
        tail_s: 1000,
        gauge: { start_s: 85_000, dust_mg_cm2: 1 },
        runs: [{ gap_um: 100, duration_s: 10 }],
      }),
      1,
    );
    const means = [...day]
      .filter((m): m is Scan => m.kind === 'scan')
      .map((m) => [(m.time_ms - day.start_ms) / 1000, mean(m.loading_mg_cm2)] as const);
    expect(means.find(([time]) => time > 86_300)![1]).toBeGreaterThan(0.9);
    expect(means.find(([time]) => time > 86_500)![1]).toBeLessThan(0.1);
  });
});

test('dead detectors are dead in both directions, for good or for a while', () => {
  const dead = line({}, { dead_locations: [3, 790] });
  for (const { startedAt, loading_mg_cm2 } of scansOf(dead).slice(0, 6)) {
    const at = [...loading_mg_cm2.keys()].filter((i) => Number.isNaN(loading_mg_cm2[i]));
    expect(at).toEqual(startedAt === 'operator' ? [3, 790] : [9, 796]);
  }
});
