import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHead } from '../../../simulators/physics/head.ts';
import {
  dryLoading_mg_cm2,
  ordinaryConditions,
  solidsPerVolume_g_cm3,
  wetFilm_um,
} from '../../../simulators/physics/metering.ts';
import { parameterNames, parameterTable, wmgLine } from '../../../simulators/physics/parameters.ts';
import { crossWebShape, LOCATIONS } from '../../../simulators/physics/profile.ts';
import { drawLine, runLevel, simulateRuns } from '../../../simulators/physics/runs.ts';
import { seededRandom } from '../../../src/core/random.ts';

const gap = fc.double({ min: 40, max: 500, noNaN: true });
const seed = fc.integer();

describe('metering', () => {
  test('a wider gap gives more, for every line of the prior', () => {
    fc.assert(
      fc.property(seed, gap, fc.double({ min: 1, max: 50, noNaN: true }), (s, gap_um, more) => {
        const line = drawLine(seededRandom(s));
        expect(runLevel(line, gap_um + more)).toBeGreaterThan(runLevel(line, gap_um));
      }),
      { numRuns: 200 },
    );
  });

  test('dry mass is wet film times solids in it: 100 µm of 1 g/cm³ are 10 mg/cm²', () => {
    const line = { ...wmgLine, transfer_factor: 1, bar_zero_um: 0, metering_ratio: 1, metering_exponent: 0 };
    const water = { ...line, solids_fraction: 1, solids_density_g_cm3: 1, viscosity_pa_s: 4 };
    expect(solidsPerVolume_g_cm3(water)).toBeCloseTo(1, 12);
    expect(dryLoading_mg_cm2(water, 100)).toBeCloseTo(10, 9);
  });

  test('half the bar at twice the gear ratio is the same gap, apart from the zero of the bar', () => {
    const exact = { ...wmgLine, bar_zero_um: 0 };
    const at = (rollRatio_percent: number) => ({ ...ordinaryConditions(exact), rollRatio_percent });
    expect(wetFilm_um(exact, 130, at(130))).toBe(wetFilm_um(exact, 130, at(100)));
    expect(wetFilm_um(wmgLine, 130, at(130))).toBeGreaterThan(wetFilm_um(wmgLine, 130, at(100)));
  });

  test('a bar below its true zero meters nothing', () => {
    expect(dryLoading_mg_cm2({ ...wmgLine, bar_zero_um: -50 }, 40)).toBe(0);
  });
});

describe('head', () => {
  const steady = { ...wmgLine, disturbance_sd_mg_cm2: 0, runout_mg_cm2: 0 };
  const input = (gap_um: number, coating = true) => ({
    ...ordinaryConditions(steady),
    coating,
    gap_um,
    tilt_um: 0,
    runOffset_mg_cm2: 0,
    web_m: 0,
  });

  test('reaches 1 - 1/e of a new level after one time constant, whatever the step', () => {
    for (const steps of [1, 4, 16]) {
      const head = createHead(steady, seededRandom(1));
      let level = 0;
      for (let i = 0; i < steps; i++)
        level = head(input(150), steady.head_time_constant_s / steps).level_mg_cm2;
      expect(level / runLevel(steady, 150)).toBeCloseTo(1 - Math.exp(-1), 9);
    }
  });

  test('goes from gap to gap without passing by either, and to nothing when the bar closes', () => {
    const head = createHead(steady, seededRandom(1));
    for (let i = 0; i < 100; i++) head(input(100), 1);
    let last = runLevel(steady, 100);
    for (let i = 0; i < 40; i++) {
      const { level_mg_cm2 } = head(input(150), 1);
      expect(level_mg_cm2).toBeGreaterThan(last);
      expect(level_mg_cm2).toBeLessThan(runLevel(steady, 150));
      last = level_mg_cm2;
    }
    for (let i = 0; i < 20; i++) last = head(input(150, false), 1).level_mg_cm2;
    expect(last).toBe(0);
  });

  test('a tilted bar tilts the film by slope times tilt', () => {
    const head = createHead(steady, seededRandom(1));
    let film = { level_mg_cm2: 0, tilt_mg_cm2: 0 };
    for (let i = 0; i < 200; i++) film = head({ ...input(150), tilt_um: 10 }, 1);
    const slope = (runLevel(steady, 155) - runLevel(steady, 145)) / 10;
    expect(film.tilt_mg_cm2).toBeCloseTo(10 * slope, 2);
  });
});

describe('profile', () => {
  test('bare foil at both sides, mean 1 inside, beads above it', () => {
    const shape = crossWebShape({ ...wmgLine, streak_count: 0 }, seededRandom(1));
    expect(shape.relative).toHaveLength(LOCATIONS);
    expect(shape.relative.slice(0, 60).every((v) => v === 0)).toBe(true);
    expect(shape.relative.slice(740).every((v) => v === 0)).toBe(true);
    const inside = shape.relative.slice(60 + 34, 740 - 34);
    expect(inside.reduce((a, b) => a + b) / inside.length).toBeCloseTo(1, 9);
    expect(shape.relative[60]).toBeGreaterThan(1.04);
    expect(shape.relative[739]).toBeGreaterThan(1.04);
  });

  test('several lanes leave bare foil between them', () => {
    const shape = crossWebShape({ ...wmgLine, lane_count: 3 }, seededRandom(1));
    let stripes = 0;
    for (let i = 1; i < LOCATIONS; i++) {
      if ((shape.relative[i] as number) > 0 && shape.relative[i - 1] === 0) stripes++;
    }
    expect(stripes).toBe(3);
  });

  test('streaks are narrow and stay away from the edges', () => {
    const plain = crossWebShape({ ...wmgLine, streak_count: 0 }, seededRandom(9)).relative;
    const streaked = crossWebShape(
      { ...wmgLine, streak_count: 1, streak_percent: -50 },
      seededRandom(9),
    ).relative;
    const touched = [...streaked.keys()].filter((i) => (streaked[i] ?? 0) < 0.9 * (plain[i] ?? 0));
    expect(touched.length).toBeGreaterThan(0);
    expect(touched.length).toBeLessThan(15);
  });
});

describe('parameters', () => {
  test('every default lies in its range, and so does every line of the prior', () => {
    for (const name of parameterNames) {
      const { value, range } = parameterTable[name];
      expect(value, name).toBeGreaterThanOrEqual(range[0]);
      expect(value, name).toBeLessThanOrEqual(range[1]);
    }
    fc.assert(
      fc.property(seed, (s) => {
        const line = drawLine(seededRandom(s));
        return parameterNames.every((name) => {
          const [low, high] = parameterTable[name].range;
          return line[name] >= low && line[name] <= high;
        });
      }),
      { numRuns: 200 },
    );
  });

  test('runs at run level: the same seed the same runs, as many scans as asked for', () => {
    const schedule = [
      { gap_um: 110, scans: 5 },
      { gap_um: 150, scans: 0 },
    ];
    const runs = simulateRuns(wmgLine, schedule, seededRandom(3));
    expect(simulateRuns(wmgLine, schedule, seededRandom(3))).toEqual(runs);
    expect(runs.map((run) => run.scans_mg_cm2.length)).toEqual([5, 0]);
    expect(runs[0]?.level_mg_cm2).toBe(runLevel(wmgLine, 110, runs[0]?.runOffset_mg_cm2));
  });
});
