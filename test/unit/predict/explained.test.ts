import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Forecaster } from '../../../src/agent/forecaster.ts';
import { labSchema } from '../../../src/config/lab.ts';
import { predictionSchema } from '../../../src/core/api.ts';
import { BadInputError } from '../../../src/core/errors.ts';
import { advise } from '../../../src/predict/advice/advise.ts';
import { nextGapWorthRunning } from '../../../src/predict/advice/next-gap.ts';
import type { Abstraction } from '../../../src/predict/discrete.ts';
import { heldOutTasks } from '../../../src/predict/evaluate/held-out.ts';
import { runTask } from '../../../src/predict/evaluate/task.ts';
import { readConfiguredLab, readPastRuns, readScannedRuns } from '../../../src/predict/files.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { predictionJson } from '../../../src/predict/json.ts';
import type { SeriesQuery } from '../../../src/predict/predictor.ts';
import { labGroup, lineRun, ordinaryEvidence } from './evidence.ts';

const predictor = hierarchicalPredictor();
const scans = (gaps: readonly number[], offset: number): string =>
  [
    'scan,run,comma_gap_um,lane_0',
    ...gaps.flatMap((gap, run) =>
      [0, 0.1, -0.1, 0].map(
        (noise, i) => `${10 * run + i},${run + 1},${gap},${offset + 0.125 * gap + noise}`,
      ),
    ),
  ].join('\n');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-explained-'));
  writeFileSync(join(folder, 'spring.csv'), scans([110, 150, 180, 130], 2.5));
  writeFileSync(join(folder, 'summer.csv'), scans([120, 160, 190, 140], 2.5));
  writeFileSync(join(folder, 'now.csv'), scans([110, 150, 180], 2.5));
  writeFileSync(join(folder, 'lab.csv'), 'gap_um,loading_mg_cm2\n100,13\n200,25\n');
  writeFileSync(join(folder, 'more.csv'), 'am_percent,gap_um,loading_mg_cm2\n94,300,37\n96,300,39\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const abstraction: Abstraction = {
  lineGaps_um: [110, 150],
  labGaps_um: [100, 200],
  alphaGap: [0, 1],
  alphaLoading: { '0,0': 0, '0,1': 0, '1,0': 1, '1,1': 1 },
  edges_mg_cm2: [0, 18, 40],
};

describe('what the forecaster of an agent explains', () => {
  const settings = { line: 'a', lab: ordinaryEvidence(1).lab, slurry: {}, curve_um: [] };
  const past = Array.from({ length: 8 }, (_, i) =>
    lineRun(i + 1, 100 + 10 * i, 14 + 1.25 * i, { line: 'past' }),
  );

  it('names the data that carried each prediction, and the lab bins, as documents say them', () => {
    const [at110] = new Forecaster(predictor, { ...settings, past }).explain([110], abstraction);
    const document = predictionSchema.parse(predictionJson(at110!, '1.0'));
    expect(document.labBins).toHaveLength(2);
    expect(document.carriedBy!.some(({ name }) => name === 'past')).toBe(true);
    expect(document.carriedBy!.some(({ source }) => source === 'lab')).toBe(true);
  });

  it('leaves bins out without an abstraction, and refuses gaps that the line cannot be set to', () => {
    const forecaster = new Forecaster(predictor, { ...settings, gapRange_um: [50, 300] });
    expect(forecaster.explain([120])[0]).not.toHaveProperty('labBins');
    for (const gap of [49, 301, Number.NaN]) expect(() => forecaster.explain([gap])).toThrow(BadInputError);
    expect(() => forecaster.explain([301])).toThrow('comma gaps from 50 to 300 µm');
  });

  it('starts out surer with past campaigns', () => {
    const [without, with_] = [settings, { ...settings, past }].map((s) =>
      new Forecaster(predictor, s).predict(130),
    );
    expect(with_!.sd_mg_cm2).toBeLessThan(0.85 * without!.sd_mg_cm2);
  });
});

describe('several tables', () => {
  it('of a lab are read by the configuration, each with rows of its own', () => {
    const lab = labSchema.parse({ file: 'lab.csv', also: [{ file: 'more.csv', where: { am_percent: 94 } }] });
    const groups = readConfiguredLab(lab, folder);
    expect(groups.map(({ gap_um, mean_mg_cm2 }) => [gap_um, mean_mg_cm2])).toEqual([
      [100, 13],
      [200, 25],
      [300, 37],
    ]);
    expect(new Set(groups.map(({ table }) => table)).size).toBe(2);
  });

  it('of past campaigns come first, in order, each as a line of its own, and are never asked', () => {
    const past = readPastRuns([join(folder, 'spring.csv'), join(folder, 'summer.csv')]);
    expect([...new Set(past.map(({ line }) => line))]).toEqual(['past spring', 'past summer']);
    const times = past.map(({ start_ms }) => start_ms);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const now = readScannedRuns(join(folder, 'now.csv'));
    expect(Math.max(...times)).toBeLessThan(now[0]!.run.start_ms);
    const rows = [[], past].map((runs) => {
      const task = heldOutTasks([], now, runs).find(({ target }) => target === 'line gap')!;
      return runTask(task, predictor)!;
    });
    expect(rows[1]!.n).toBe(rows[0]!.n);
    expect(rows[1]!.nll).toBeLessThan(rows[0]!.nll);
  });
});

describe('intervals', () => {
  it('of single scans are wider than those of their run, by the scatter of the scans', () => {
    const evidence = ordinaryEvidence(5);
    const rough = { ...evidence, line: evidence.line.map((run) => ({ ...run, spread_mg_cm2: 0.8 })) };
    for (const [data, scatter] of [
      [evidence, 0.2],
      [rough, 0.8],
    ] as const) {
      const model = predictor.fit(data);
      const query: SeriesQuery = { gap_um: 150, scan: true };
      const added = model.predict(query).sd_mg_cm2 ** 2 - model.predict({ gap_um: 150 }).sd_mg_cm2 ** 2;
      expect(Math.sqrt(added)).toBeCloseTo(scatter, 1);
    }
  });

  it('of an advised gap hold 90 % of the mixture that the curve is', () => {
    const model = predictor.fit(ordinaryEvidence(21, 5));
    const wanted_mg_cm2 = 24;
    const [low, high] = advise(model, { wanted_mg_cm2 }).interval90_um;
    expect(model.curveBelow({ gap_um: low }, wanted_mg_cm2)).toBeCloseTo(0.95, 3);
    expect(model.curveBelow({ gap_um: high }, wanted_mg_cm2)).toBeCloseTo(0.05, 3);
  });

  it('are worth a run far from the data, and none at a gap that has often been run', () => {
    const often = Array.from({ length: 60 }, (_, i) => lineRun(i + 1, 150, 19.5 + 0.5 * Math.sin(i)));
    const model = predictor.fit({ lab: [labGroup(100, 13), labGroup(200, 26)], line: often });
    const gain = (at_um: number) => nextGapWorthRunning(model, { at_um, candidates_um: [140, 150, 300] });
    expect(gain(300).worthwhile).toBe(true);
    expect(gain(150).worthwhile).toBe(false);
  });
});
