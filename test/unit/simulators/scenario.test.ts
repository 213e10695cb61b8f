import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { wmgLine } from '../../../simulators/physics/parameters.ts';
import { loadScenario, loadScenarios, parseScenario, scenarioOf } from '../../../simulators/scenario/load.ts';
import { layOut } from '../../../simulators/scenario/schedule.ts';
import { ConfigError } from '../../../src/core/errors.ts';
import { seededRandom } from '../../../src/core/random.ts';

describe('reading', () => {
  const refused = (text: string) => {
    try {
      parseScenario(text, 'my.yaml');
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as ConfigError).message;
    }
    throw new Error('was taken');
  };

  test.each([
    ['an unknown key', 'name: a\nruns:\n  - { gap_um: 100 }\ngage: {}\n', /my\.yaml.*gage/],
    [
      'an unknown key in a run, with its line',
      'name: a\nruns:\n  - { gap_um: 100, gapp: 1 }\n',
      /line 3.*gapp/,
    ],
    [
      'a parameter out of its range',
      'name: a\nparameters:\n  solids_fraction: 2\nruns: [{ gap_um: 1 }]\n',
      /line 3.*0\.85/,
    ],
    ['a run with both gap and bar', 'name: a\nruns:\n  - { gap_um: 100, bar_mm: 0.1 }\n', /one of them/],
    [
      'a range upside down',
      'name: a\nruns:\n  - { gap_um: 100, duration_s: [9, 3] }\n',
      /runs\.0\.duration_s/,
    ],
    ['no runs', 'name: a\nruns: []\n', /runs/],
    [
      'a fault of no known kind',
      'name: a\nruns: [{ gap_um: 9 }]\nfaults: [{ fault: gremlin }]\n',
      /faults\.0/,
    ],
    ['what is not YAML', 'name: [a\n', /my\.yaml/],
  ])('refuses %s', (_, text, message) => {
    expect(refused(text)).toMatch(message);
  });

  test('a file that is not there is named', () => {
    expect(() => loadScenario('config/scenarios/none.yaml')).toThrow(/none\.yaml/);
  });
});

describe('schedule', () => {
  test('runs, downtimes, stops and lead-out follow each other without holes', () => {
    const scenario = scenarioOf({
      name: 'schedule',
      lead_s: 10,
      tail_s: 20,
      runs: [
        { gap_um: 100, duration_s: 60, downtime_s: 0 },
        { bar_mm: 0.1, roll_ratio_percent: 130, duration_s: 90, stops: [{ at_s: 30, for_s: 10 }] },
        { gap_um: 120, duration_s: 30, downtime_s: 40, downtime_web: 'stopped' },
      ],
    });
    const { segments, runs, end_s } = layOut(scenario, wmgLine, seededRandom(1));
    expect(segments.map((s) => [s.mode, s.to_s - s.from_s, s.run])).toEqual([
      ['running', 10, -1],
      ['coating', 60, 0],
      ['coating', 30, 1],
      ['stopped', 10, 1],
      ['coating', 50, 1],
      ['running', 60, -1],
      ['coating', 30, 2],
      ['stopped', 40, -1],
      ['running', 20, -1],
    ]);
    for (const [i, segment] of segments.entries()) expect(segment.from_s).toBe(segments[i - 1]?.to_s ?? 0);
    expect(end_s).toBe(310);
    expect(runs.map((run) => run.gap_um)).toEqual([100, 130, 120]);
  });

  test('ranges and order come from the seed; repeats and cycles multiply', () => {
    const scenario = scenarioOf({
      name: 'drawn',
      shuffle: true,
      cycles: 2,
      defaults: { duration_s: [100, 200] },
      runs: [{ gap_um: 90, repeat: 3 }, { gap_um: 150 }],
    });
    const of = (seed: number) => layOut(scenario, wmgLine, seededRandom(seed)).runs;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(
      of(1)
        .map((run) => run.gap_um)
        .sort((a, b) => a - b),
    ).toEqual([90, 90, 90, 90, 90, 90, 150, 150]);
    for (const run of of(1)) {
      expect(run.to_s - run.from_s).toBeGreaterThanOrEqual(100);
      expect(run.to_s - run.from_s).toBeLessThanOrEqual(200);
    }
  });
});

describe('shipped scenarios', () => {
  const files = readdirSync('config/scenarios').filter((file) => file.endsWith('.yaml'));
  // Three of the recorded runs were too short to leave a whole scan of settled film.
  const settled = files.filter((file) => file !== 'recorded-day.yaml');

  test.each(settled)('%s: every run leaves steady scans on the gauge', (file) => {
    for (const { scenario } of loadScenarios(`config/scenarios/${file}`)) {
      // One cycle shows all there is.
      const line = generate({ ...scenario, cycles: 1 }, 2);
      const steady = new Set<number>();
      for (const message of line) {
        const truth = message.kind === 'scan' ? line.truth.truthOf(message) : undefined;
        if (truth?.steady) steady.add(truth.run);
      }
      expect([...steady].sort((a, b) => a - b)).toEqual(line.truth.runs.map((run) => run.run));
    }
  });

  test('the demo: 14 runs over five gaps in one to two hours, never at 140 or 200 µm', () => {
    const { truth, start_ms, end_ms } = generate(loadScenario('config/scenarios/demo.yaml'), 7);
    expect(truth.runs).toHaveLength(14);
    expect([...new Set(truth.runs.map((run) => run.gap_um))].sort((a, b) => a - b)).toEqual([
      90, 110, 130, 150, 170,
    ]);
    expect((end_ms - start_ms) / 3.6e6).toBeGreaterThan(1);
    expect((end_ms - start_ms) / 3.6e6).toBeLessThan(2);
    expect(truth.levelAt(200)).not.toBe(truth.expectedAt(200));
    expect(Math.abs(truth.levelAt(200) - truth.expectedAt(200))).toBeLessThan(4);
  });
});
