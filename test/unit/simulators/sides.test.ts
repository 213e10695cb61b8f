import { describe, expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { createOtherSide } from '../../../simulators/physics/other-side.ts';
import { wmgLine } from '../../../simulators/physics/parameters.ts';
import { patchPlaces } from '../../../simulators/physics/patch.ts';
import { loadScenario, scenarioOf } from '../../../simulators/scenario/load.ts';
import type { Scan } from '../../../src/core/messages.ts';
import { seededRandom } from '../../../src/core/random.ts';

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const sd = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

describe('patches', () => {
  const patch = { coat_m: 0.5, skip_m: 0.1 };
  const places = patchPlaces(0, 6, patch, wmgLine);

  test('coated and bare lengths are as ordered; the film begins with a bead that decays', () => {
    const at = (web_m: number) => {
      const next = places.findIndex((place) => place.web_m >= web_m);
      const [a, b] = [places[next - 1]!, places[next]!];
      return a.factor + ((web_m - a.web_m) / (b.web_m - a.web_m)) * (b.factor - a.factor);
    };
    for (const start of [0.6, 1.2, 5.4]) {
      expect(at(start - 0.05)).toBeCloseTo(0, 9);
      expect(at(start + 0.0001)).toBeCloseTo(1 + wmgLine.patch_edge_percent / 100, 2);
      expect(at(start + 0.25)).toBeCloseTo(1, 2);
      expect(at(start + 0.499)).toBeCloseTo(1, 2);
      expect(at(start + 0.51)).toBeCloseTo(0, 9);
    }
  });

  test('places ascend, and steps of any size lay down the same ones', () => {
    const web = places.map(({ web_m }) => web_m);
    expect(web).toEqual([...web].sort((a, b) => a - b));
    const inSteps: number[] = [];
    for (let i = 0; i < 180; i++) {
      inSteps.push(...patchPlaces(i / 30, (i + 1) / 30, patch, wmgLine).map(({ web_m }) => web_m));
    }
    for (const one of web) expect(inSteps.some((other) => Math.abs(other - one) < 1e-9)).toBe(true);
  });

  test('through the gauge: skips read bare foil for the time that their length takes', () => {
    const line = generate(
      scenarioOf({
        name: 'patch',
        parameters: { web_length_m: 2, location_noise_percent: 0 },
        tail_s: 90,
        defaults: { web_speed_m_min: 1 },
        runs: [{ gap_um: 150, duration_s: 600, patch: { coat_m: 0.4, skip_m: 0.1 } }],
      }),
      1,
    );
    const middle = [...line].flatMap((m) =>
      m.kind === 'scan' && m.time_ms > line.start_ms + 300_000 && m.time_ms < line.start_ms + 600_000
        ? [...m.loading_mg_cm2.slice(100, 700)]
        : [],
    );
    const bare = middle.filter((value) => value < 5).length / middle.length;
    expect(bare).toBeGreaterThan(0.17);
    expect(bare).toBeLessThan(0.23);
  });
});

describe('the other side', () => {
  test('its level and wander are those of the parameters, its places the same for whoever asks', () => {
    const line = { ...wmgLine, other_side_mg_cm2: 20, other_side_sd_mg_cm2: 0.5 };
    const one = createOtherSide(line, seededRandom(3));
    const far = Array.from({ length: 4000 }, (_, i) => one(i * 1.7));
    expect(mean(far)).toBeCloseTo(20, 1);
    expect(sd(far)).toBeGreaterThan(0.45);
    expect(sd(far)).toBeLessThan(0.55);
    const other = createOtherSide(line, seededRandom(3));
    expect([700, 3, 41].map((web_m) => other(web_m))).toEqual([700, 3, 41].map((web_m) => one(web_m)));
    expect(createOtherSide(wmgLine, seededRandom(3))(5)).toBe(0);
  });

  test('patches of this side lie behind those of the other by the register', () => {
    const line = { ...wmgLine, other_side_mg_cm2: 20, other_side_register_mm: 10 };
    const other = createOtherSide(line, seededRandom(3));
    const patch = { coat_m: 0.5, skip_m: 0.1 };
    expect(other(0.595, patch)).toBeGreaterThan(10);
    expect(other(0.585, patch)).toBe(0);
    expect(other(0.495, patch)).toBe(0);
    expect(other(0.485, patch)).toBeGreaterThan(10);
  });

  const plan = (gauge: object) => ({
    name: 'second pass',
    parameters: { web_length_m: 3, other_side_mg_cm2: 20 },
    gauge,
    tail_s: 60,
    runs: [{ gap_um: 150, duration_s: 500, level_mg_cm2: 22 }],
  });
  const steadyLevel = (gauge: object) => {
    const line = generate(scenarioOf(plan(gauge)), 4);
    const steady = [...line].filter((m): m is Scan => m.kind === 'scan' && !!line.truth.truthOf(m)?.steady);
    expect(steady.length).toBeGreaterThan(20);
    return mean(steady.map((scan) => mean(scan.loading_mg_cm2.slice(100, 700))));
  };

  test('the gauge reads both sides together, or this one alone', () => {
    expect(Math.abs(steadyLevel({ reads: 'net' }) - 22)).toBeLessThan(0.2);
    expect(Math.abs(steadyLevel({ reads: 'total' }) - 42)).toBeLessThan(0.5);
  });

  test('an entry gauge sees what comes in, under its own name and numbers', () => {
    const line = generate(scenarioOf(plan({ reads: 'total', entry: { name: 'before' } })), 4);
    const scans = [...line].filter((m): m is Scan => m.kind === 'scan');
    const before = scans.filter(({ gauge }) => gauge === 'before');
    const behind = scans.filter(({ gauge }) => gauge === 'gauge-1');
    expect(before.map(({ scan }) => scan)).toEqual(behind.map(({ scan }) => scan));
    const level = mean(before.slice(5).map((scan) => mean(scan.loading_mg_cm2.slice(100, 700))));
    expect(Math.abs(level - 20)).toBeLessThan(0.4);
    expect(line.truth.truthOf(before[9]!)).toMatchObject({ gauge: 'before', run: -1, steady: false });
    expect(line.truth.truthOf(behind[9]!)?.gauge).toBe('gauge-1');
    // What the entry gauge saw and what the gauge behind the dryer saw of the same place: they go together.
    const truth = (gauge: string, scan: number) => line.truth.truthOf({ gauge, scan })?.level_mg_cm2 ?? 0;
    expect(truth('before', 20)).toBeGreaterThan(18);
  });

  test('the shipped scenario has all of it at once', () => {
    const { gauge, parameters, runs } = loadScenario('config/scenarios/patches.yaml');
    expect(gauge.entry).toBeDefined();
    expect(parameters.other_side_mg_cm2).toBeGreaterThan(0);
    expect(runs.some((run) => run.patch)).toBe(true);
  });
});
