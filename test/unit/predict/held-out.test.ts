import { describe, expect, it } from 'vitest';
import { leastSquares } from '../../../src/predict/baselines/curves.ts';
import { heldOutTasks } from '../../../src/predict/evaluate/held-out.ts';
import { readRunTable } from '../../../src/predict/evaluate/run-table.ts';
import { mergeRuns, streamRows, streamTargets } from '../../../src/predict/evaluate/stream.ts';
import { runTask } from '../../../src/predict/evaluate/task.ts';
import { readScannedRuns } from '../../../src/predict/files.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { readLabTable } from '../../../src/sources/tables/lab.ts';
import { hasSharedData, publishedData, sharedData } from '../../support/shared-data.ts';
import { labGroup, lineRun } from './evidence.ts';

describe('held-out tasks', () => {
  const lab = [75, 100, 200].map((gap) =>
    labGroup(gap, 0.13 * gap, { rows_mg_cm2: [0.12 * gap, 0.14 * gap] }),
  );
  const scanned = [110, 150, 180].map((gap, i) => ({
    run: lineRun(i + 1, gap + 0.4, 0.12 * gap),
    nominalGap_um: gap,
    scans_mg_cm2: [0.12 * gap, 0.121 * gap],
    lanes_mg_cm2: [],
  }));
  const tasks = heldOutTasks(lab, scanned);

  it('are the six named ones, fewer without a line', () => {
    expect(tasks.map(({ target, training }) => [target, training])).toEqual([
      ['lab gap', 'lab'],
      ['lab gap', 'lab+line'],
      ['lab gap', 'lab+line>50um'],
      ['lab slurry+gap', 'lab'],
      ['line gap', 'line'],
      ['line gap', 'line+lab'],
    ]);
    expect(heldOutTasks(lab, []).map(({ target }) => target)).toEqual(['lab gap', 'lab slurry+gap']);
  });

  it('never train on what they ask', () => {
    for (const { target, training, folds } of tasks) {
      for (const { training: evidence, questions } of folds) {
        expect(questions.length).toBeGreaterThan(0);
        for (const { query } of questions) {
          const asked = target === 'line gap' ? evidence.line : evidence.lab;
          expect(asked.every(({ gap_um }) => gap_um !== query.gap_um)).toBe(true);
          if (training === 'lab+line>50um') {
            expect(evidence.line.every(({ gap_um }) => Math.abs(gap_um - query.gap_um) > 49)).toBe(true);
          }
        }
      }
    }
  });
});

/** Seeds other than the default, for a result must not hang on one. */
const SEEDS = [1, 7, 12];

describe.skipIf(!hasSharedData)(`published data${publishedData}`, () => {
  const am96 = { where: [{ column: 'am_percent', value: 96 }] };
  const preset = () => readLabTable(sharedData('lrcs.csv'), { ...am96, gaps_um: [75, 100, 200] }).groups;
  const wide = () => readLabTable(sharedData('lrcs.csv'), am96).groups;
  const all = () => readLabTable(sharedData('lrcs.csv')).groups;
  const line = () => readScannedRuns(sharedData('wmg-scans.csv'));
  const score = (
    seed: number,
    lab: ReturnType<typeof preset>,
    scanned: ReturnType<typeof line>,
    what: string,
  ) => {
    const task = heldOutTasks(lab, scanned).find(({ target, training }) => `${target}|${training}` === what)!;
    return runTask(task, hierarchicalPredictor({ seed }))!;
  };

  it('least squares on the lab gaps scores what an independent implementation found', () => {
    const [task] = heldOutTasks(preset(), []);
    expect(runTask(task!, leastSquares())!.mse).toBeCloseTo(18.5, 1);
  });

  it('the hierarchical predictor meets its targets in the mean over seeds', () => {
    const meanOver = (lab: ReturnType<typeof preset>, scanned: ReturnType<typeof line>, what: string) => {
      const rows = SEEDS.map((seed) => score(seed, lab, scanned, what));
      const mean = (of: (row: (typeof rows)[number]) => number) =>
        rows.reduce((sum, row) => sum + of(row) / rows.length, 0);
      return {
        mse: mean((row) => row.mse),
        coverage90: mean((row) => row.coverage90),
        nll: mean((row) => row.nll),
      };
    };
    const lab = meanOver(preset(), [], 'lab gap|lab');
    expect(lab.mse).toBeLessThan(3.7);
    expect(lab.coverage90).toBeGreaterThanOrEqual(0.85);
    expect(lab.nll).toBeLessThan(2.1);
    const withLine = meanOver(preset(), line(), 'lab gap|lab+line');
    expect(withLine.mse).toBeLessThan(1.25);
    expect(withLine.coverage90).toBeGreaterThanOrEqual(0.85);
    expect(withLine.nll).toBeLessThan(1.8);
    const far = meanOver(preset(), line(), 'lab gap|lab+line>50um');
    expect(far.mse).toBeLessThan(4.4);
    expect(far.coverage90).toBeGreaterThanOrEqual(0.85);
    const gaps = meanOver(preset(), line(), 'line gap|line+lab');
    expect(gaps.mse).toBeLessThan(1.6);
    expect(gaps.coverage90).toBeGreaterThanOrEqual(0.85);
    expect(gaps.nll).toBeLessThan(1.7);
  }, 60_000);

  it('slurry figures carry it over all lab gaps and to series left out', () => {
    expect(score(1, wide(), [], 'lab gap|lab').mse).toBeLessThan(2.9);
    const series = score(1, all(), [], 'lab slurry+gap|lab');
    // The line of a slurry's own other series, by least squares, errs by 1.30 mg/cm².
    expect(series.rmse).toBeLessThan(0.9);
    expect(series.coverage90).toBeGreaterThanOrEqual(0.85);
  }, 60_000);

  it('follows the line in time order', () => {
    const gaps_um = [
      143, 169, 143, 108.56, 165, 143, 151.04, 143, 181.76, 143, 143, 150, 147, 147, 106.25, 180, 182,
    ];
    const scanned = line();
    const table = readRunTable(sharedData('wmg-scan-intervals.csv'), { gaps_um, line: scanned[0]!.run.line });
    const rows = streamRows(hierarchicalPredictor(), all(), mergeRuns(table, scanned), scanned);
    const rmse = (target: string) => rows.find((row) => row.target === target)!.rmse;
    expect(rmse(streamTargets.level)).toBeLessThan(1.15);
    expect(rmse(streamTargets.tameScans)).toBeLessThan(0.95);
    expect(rmse(streamTargets.tameLater)).toBeLessThan(0.35);
  });
});
