import { describe, expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { simulateLab } from '../../../simulators/physics/lab.ts';
import { wmgLine } from '../../../simulators/physics/parameters.ts';
import { drawLine, runLevel, simulateRuns } from '../../../simulators/physics/runs.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { seededRandom } from '../../../src/core/random.ts';

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const sd = (values: ArrayLike<number>) => {
  const m = mean(values);
  return Math.sqrt(Array.from(values).reduce((a, b) => a + (b - m) ** 2, 0) / (values.length - 1));
};

describe('laboratory, against the published figures (Cunha et al. 2020, 96 % active material)', () => {
  // Solids of the slurries that were coated at each gap, eight repeats each; mean and sd over all of them.
  const published = [
    { gap_um: 50, mean: 7.702, sd: 0.791, solids: [0.669, 0.689, 0.708, 0.711, 0.733] },
    { gap_um: 75, mean: 10.625, sd: 0.601, solids: [0.669] },
    { gap_um: 100, mean: 15.288, sd: 0.215, solids: [0.669] },
    { gap_um: 200, mean: 26.966, sd: 1.283, solids: [0.669, 0.669, 0.689, 0.708, 0.711, 0.733] },
    { gap_um: 300, mean: 39.614, sd: 2.907, solids: [0.669, 0.669, 0.688, 0.708, 0.711, 0.729, 0.733] },
    { gap_um: 400, mean: 49.852, sd: 2.852, solids: [0.669, 0.669, 0.688, 0.708, 0.711, 0.733] },
  ];
  const campaigns = 200;

  test.each(published)('$gap_um µm', ({ gap_um, mean: wanted, sd: spread, solids }) => {
    const random = seededRandom(gap_um);
    const means: number[] = [];
    const sds: number[] = [];
    for (let i = 0; i < campaigns; i++) {
      const rows = solids.flatMap((solids_fraction) => [
        ...simulateLab({ gap_um, solids_fraction, repeats: 8 }, random),
      ]);
      means.push(mean(rows));
      sds.push(sd(rows));
    }
    console.log(
      `lab ${gap_um} µm: simulated ${mean(means).toFixed(3)} ± ${mean(sds).toFixed(3)}, published ${wanted} ± ${spread}`,
    );
    // The published mean is one campaign of ours: it must lie within their scatter.
    expect(Math.abs(mean(means) - wanted) / sd(means)).toBeLessThan(2);
    // One campaign's sd over few slurries scatters by half of itself.
    expect(spread / mean(sds)).toBeGreaterThan(0.5);
    expect(spread / mean(sds)).toBeLessThan(3);
  });
});

describe('pilot line, against the published figures (WMG, 4 November 2020)', () => {
  test.each([
    [108.56, 18],
    [150, 22.5],
    [170, 25],
    [181, 24.7],
  ])('%s µm: a run at %s mg/cm² is no surprise', (gap_um, published) => {
    const level = runLevel(wmgLine, gap_um);
    console.log(`line ${gap_um} µm: expected ${level.toFixed(2)}, published about ${published}`);
    expect(Math.abs(level - published)).toBeLessThan(2 * wmgLine.run_sd_mg_cm2);
  });

  test('between runs at one gap 0.7 to 1.2, within a run 0.1 to 0.3 mg/cm²', () => {
    const runs = simulateRuns(
      wmgLine,
      Array.from({ length: 400 }, () => ({ gap_um: 150, scans: 30 })),
      seededRandom(1),
    );
    const between = sd(runs.map((run) => run.level_mg_cm2));
    const within = mean(runs.map((run) => sd(run.scans_mg_cm2)));
    console.log(`between runs ${between.toFixed(3)}, within a run ${within.toFixed(3)} mg/cm²`);
    expect(between).toBeGreaterThan(0.7);
    expect(between).toBeLessThan(1.2);
    expect(within).toBeGreaterThan(0.1);
    expect(within).toBeLessThan(0.3);
  });

  test('the whole simulation has the same levels and spread as the runs simulated cheaply', () => {
    const scenario = scenarioOf({
      name: 'calibration',
      parameters: { web_length_m: 2, viscosity_drift_percent_h: 0 },
      defaults: { duration_s: 400, downtime_s: 0 },
      runs: [{ gap_um: 150, repeat: 12 }],
    });
    const line = generate(scenario, 4);
    const byRun = new Map<number, number[]>();
    for (const message of line) {
      if (message.kind !== 'scan') continue;
      const truth = line.truth.truthOf(message);
      if (!truth?.steady) continue;
      const web = message.loading_mg_cm2.slice(100, 700);
      byRun.set(truth.run, [...(byRun.get(truth.run) ?? []), mean(web)]);
    }
    expect(byRun.size).toBe(12);
    const off = [...byRun].map(
      ([run, scans]) => mean(scans) - (line.truth.runs[run]?.level_mg_cm2 ?? Number.NaN),
    );
    const within = mean([...byRun.values()].map(sd));
    console.log(
      `12 runs: mean - truth ${mean(off).toFixed(3)} ± ${sd(off).toFixed(3)}, within ${within.toFixed(3)}`,
    );
    expect(Math.abs(mean(off))).toBeLessThan(0.08);
    expect(sd(off)).toBeLessThan(0.15);
    expect(within).toBeGreaterThan(0.1);
    expect(within).toBeLessThan(0.3);
  });
});

test('lines from the prior: slope and offset against the laboratory scatter as the predictor supposes', () => {
  const random = seededRandom(2);
  const ratios = Array.from({ length: 500 }, () => {
    const line = drawLine(random);
    return (runLevel(line, 200) - runLevel(line, 100)) / (runLevel(wmgLine, 200) - runLevel(wmgLine, 100));
  });
  expect(mean(ratios)).toBeGreaterThan(0.9);
  expect(mean(ratios)).toBeLessThan(1.2);
  expect(sd(ratios)).toBeGreaterThan(0.05);
  expect(sd(ratios)).toBeLessThan(0.15);
});
