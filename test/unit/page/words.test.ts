import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunRow } from '../../../src/core/api.ts';
import type { AdapterStatus } from '../../../src/core/source.ts';
import { en } from '../../../src/page/messages/en.ts';
import { fill, translator } from '../../../src/page/messages/text.ts';
import * as format from '../../../src/page/model/format.ts';
import type { LineModel } from '../../../src/page/model/line-model.ts';
import { outcomes } from '../../../src/page/model/outcomes.ts';
import { scoreRuns } from '../../../src/page/model/scores.ts';
import { verdict } from '../../../src/page/model/verdict.ts';

describe('messages', () => {
  it('are filled in, and show a placeholder that was forgotten', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  });

  it('come from the catalogue that was chosen', () => {
    const t = translator({ ...en, 'view.line': 'Linie' });
    expect(t('view.line')).toBe('Linie');
  });

  it('are all used by the page', () => {
    const folder = 'src/page';
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('en.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const composed = [...sources.matchAll(/`([\w.-]+\.)\$\{/g)].map((match) => match[1]!);
    const unused = Object.keys(en).filter(
      (key) => !sources.includes(`'${key}'`) && !composed.some((start) => key.startsWith(start)),
    );
    expect(unused).toEqual([]);
  });
});

describe('format', () => {
  it('writes loadings in both units', () => {
    expect(format.formatLoading(18.567, 'mg/cm²')).toBe('18.57');
    expect(format.formatLoading(18.567, 'g/m²')).toBe('185.7');
  });

  it('writes what is not known as a dash', () => {
    for (const unknown of [null, undefined, Number.NaN]) {
      expect(format.formatLoading(unknown, 'mg/cm²')).toBe('–');
      expect(format.formatPercent(unknown)).toBe('–');
    }
    expect(format.formatTime(null)).toBe('–');
  });

  it('writes differences with their sign', () => {
    expect(format.formatDifference(-0.304, 'mg/cm²')).toBe('−0.30');
    expect(format.formatDifference(0.5, 'g/m²')).toBe('+5.0');
  });

  it('writes durations', () => {
    expect(format.formatDuration(59 * 60_000)).toBe('59 min');
    expect(format.formatDuration(125 * 60_000)).toBe('2 h 05 min');
  });
});

const run = (level: number, changes: Partial<RunRow> = {}): RunRow => ({
  run: 3,
  gap_um: 120,
  start_ms: 0,
  end_ms: null,
  predicted: { mean_mg_cm2: 16, interval50_mg_cm2: [15.7, 16.3], interval90_mg_cm2: [15, 17] },
  now: null,
  measured: { scans: 5, level_mg_cm2: level, spread_mg_cm2: 0.1 },
  ...changes,
});
const scan = {
  scan: 9,
  time_ms: 9,
  head_ms: 5,
  run: 3,
  gap_um: 120,
  mean_mg_cm2: 16,
  lanes_mg_cm2: [],
  cross_web_2sigma_mg_cm2: null,
};
const model = (changes: Partial<LineModel>): LineModel => ({
  line: 'a',
  title: 'A',
  tolerance: null,
  goal: { target_mg_cm2: null, tolerance_mg_cm2: null },
  limits: { gap_um: [0, 5_000], loading_mg_cm2: [0, 500] },
  lab: [],
  sequence: 1,
  time_ms: 10,
  gapNow: null,
  gapTimes_ms: [],
  gaps_um: [],
  profiles: [],
  scans: [scan],
  runs: [run(16.2)],
  curve: null,
  abstractions: [],
  adapters: [],
  outages: [],
  dropped: [],
  deadLetters: [],
  alarms: [],
  ...changes,
});
const adapter = (state: AdapterStatus['state']) => ({
  kind: 'adapter' as const,
  line: 'a',
  adapter: 'opcua',
  time_ms: 0,
  state,
  detail: '',
});

describe('verdict', () => {
  it.each([
    ['fine within the interval', {}, 'fine', 'verdict.as-predicted'],
    ['outside the interval', { runs: [run(17.5)] }, 'attention', 'verdict.unexpected'],
    [
      'out of tolerance before all else of the run',
      { runs: [run(17.5)], tolerance: { low_mg_cm2: 15, high_mg_cm2: 17 } },
      'attention',
      'verdict.out-of-tolerance',
    ],
    [
      'a source that is away before the run',
      { adapters: [adapter('disconnected')] },
      'attention',
      'verdict.adapter-away',
    ],
    ['a degraded one after it', { adapters: [adapter('degraded')] }, 'fine', 'verdict.adapter-degraded'],
    ['standing', { runs: [run(16, { end_ms: 5 })] }, 'idle', 'verdict.standing'],
    ['no run yet', { runs: [], scans: [] }, 'idle', 'verdict.no-run-yet'],
    ['waiting for the web', { runs: [run(16), run(16, { run: 4 })] }, 'fine', 'verdict.waiting'],
    ['without a prediction', { runs: [run(16, { predicted: null })] }, 'fine', 'verdict.coating'],
  ] as const)('%s', (_name, changes, mood, message) => {
    expect(verdict(model(changes), 'live')).toMatchObject({ mood, message });
  });

  it('says since when nothing has come', () => {
    const quiet = verdict(model({ runs: [run(99)] }), 'live', true);
    expect(quiet).toMatchObject({ mood: 'attention', message: 'verdict.silent' });
  });

  it('puts a lost connection first', () => {
    expect(verdict(model({}), 'lost').mood).toBe('trouble');
  });
});

describe('scores', () => {
  it('compare only runs that were predicted and measured', () => {
    const rows = [run(17.5), run(15.5), run(16, { predicted: null }), run(16, { measured: null })];
    const scores = scoreRuns(rows);
    expect(scores.runs.map((scored) => scored.residual_mg_cm2)).toEqual([1.5, -0.5]);
    expect(scores.inside90).toBe(1);
    expect(scores.rmse_mg_cm2).toBeCloseTo(Math.sqrt((1.5 ** 2 + 0.5 ** 2) / 2), 12);
  });

  it('are unknown without a run', () => {
    expect(scoreRuns([]).rmse_mg_cm2).toBeNaN();
  });
});

describe('outcomes', () => {
  it('stand in the order of their bins as numbers', () => {
    expect(outcomes({ '10,0': 4, '2,3': 1, '2,0': 3 }).map((outcome) => outcome.key)).toEqual([
      '2,0',
      '2,3',
      '10,0',
    ]);
  });
});
