import { describe, expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { wmgLine } from '../../../simulators/physics/parameters.ts';
import { drawLine, runLevel } from '../../../simulators/physics/runs.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { labCalibration, lineCalibration, mean, sd, spreads } from '../../bench/simulators/calibration.ts';

describe('laboratory, against the published figures (Cunha et al. 2020, 96 % active material)', () => {
  test.each(labCalibration())('$gap_um µm', ({ published, simulated, z }) => {
    // The published mean is one campaign of ours: it must lie within their scatter.
    expect(Math.abs(z)).toBeLessThan(2);
    // One campaign's sd over few slurries scatters by half of itself.
    expect(published.sd / simulated.sd).toBeGreaterThan(0.5);
    expect(published.sd / simulated.sd).toBeLessThan(3);
  });
});

describe('pilot line, against the published figures (WMG, 4 November 2020)', () => {
  test.each(lineCalibration())('$gap_um µm: the mean of its $n runs is no surprise', ({ z }) => {
    expect(Math.abs(z)).toBeLessThan(2.5);
  });

  test.each(spreads())('spread $what', ({ published: [low, high], simulated }) => {
    expect(simulated).toBeGreaterThan(low);
    expect(simulated).toBeLessThan(high);
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
