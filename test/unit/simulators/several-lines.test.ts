import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createModel } from '../../../simulators/model.ts';
import { scenarioJsonSchema } from '../../../simulators/scenario/json-schema.ts';
import { loadScenario, loadScenarios, parseScenarios } from '../../../simulators/scenario/load.ts';
import { ConfigError } from '../../../src/core/errors.ts';

const FILE = 'config/scenarios/several-lines.yaml';

describe('several lines in one scenario', () => {
  const lines = loadScenarios(FILE);

  test('each has its own name, parameters, schedule, gauge, faults and seed; the rest is the file’s', () => {
    expect(lines.map(({ scenario }) => scenario.line)).toEqual(['coater-1', 'coater-2', 'wide-coater']);
    expect(lines.map(({ seed }) => seed)).toEqual([undefined, undefined, 77]);
    const [first, , wide] = lines.map(({ scenario }) => scenario);
    expect(first).toMatchObject({ parameters: {}, gauge: { payload: 'json' }, faults: [], shuffle: true });
    expect(first?.runs.map(({ gap_um }) => gap_um)).toEqual([110, 150, 130]);
    expect(wide).toMatchObject({
      parameters: { lane_count: 3, web_length_m: 45 },
      gauge: { payload: 'float32-le', name: 'gauge-1', standardise: { every_s: 900 } },
      // Key by key: its own speed, the file's durations.
      defaults: { web_speed_m_min: 5, duration_s: [300, 500] },
      faults: [{ fault: 'drop' }],
    });
    expect(wide?.runs.map(({ gap_um }) => gap_um)).toEqual([170, 120, 140]);
  });

  test('lines of one kind run their runs in different orders at different levels', () => {
    const truths = lines
      .slice(0, 2)
      .map(({ scenario }, i) => createModel(scenario, i + 1).truth.runs.map((run) => run.level_mg_cm2));
    expect(truths[0]).not.toEqual(truths[1]);
  });

  test('hundreds of them are one word', () => {
    const many = parseScenarios(
      'name: m\nruns: [{ gap_um: 100 }]\nlines: [{ line: c, count: 300, seed: 5 }]\n',
    );
    expect(many).toHaveLength(300);
    expect(many[299]).toMatchObject({ scenario: { line: 'c-300' }, seed: 304 });
  });

  test.each([
    [
      'an unknown key of one line, with its line and the nearest that there is',
      'name: a\nruns: [{ gap_um: 9 }]\nlines:\n  - line: x\n    parametres: {}\n',
      /my\.yaml: line 5, lines\.0\.parametres: unknown key; did you mean "parameters"/,
    ],
    ['a line without a name', 'name: a\nruns: [{ gap_um: 9 }]\nlines:\n  - seed: 1\n', /lines\.0\.line/],
    ['a line without runs', 'name: a\nlines:\n  - line: x\n', /lines\.0.*runs/],
    ['two of one name', 'name: a\nruns: [{ gap_um: 9 }]\nlines: [{ line: x }, { line: x }]\n', /two.*"x"/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseScenarios(text, 'my.yaml')).toThrow(ConfigError);
    expect(() => parseScenarios(text, 'my.yaml')).toThrow(message);
  });

  test('where one line is wanted, several are refused', () => {
    expect(() => loadScenario(FILE)).toThrow(/3 lines.*one line/);
  });
});

test('the JSON Schema in the repository is the one of the code', () => {
  // To renew it: gapwise simulate --schema > config/scenarios/scenario.schema.json
  const kept = JSON.parse(readFileSync('config/scenarios/scenario.schema.json', 'utf8'));
  expect(kept).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
});
