import { describe, expect, it } from 'vitest';
import type { LineRun, Prediction } from '../../../src/core/prediction.ts';
import type { PredictionReport } from '../../../src/core/report.ts';
import { RunBook } from '../../../src/http/run-book.ts';

const prediction = (mean: number): Prediction => ({
  gap_um: 120,
  mean_mg_cm2: mean,
  sd_mg_cm2: 1,
  interval50_mg_cm2: [mean - 0.6745, mean + 0.6745],
  interval90_mg_cm2: [mean - 1.645, mean + 1.645],
  interval95_mg_cm2: [mean - 1.96, mean + 1.96],
  lanes: [],
  distanceToLine_um: 0,
  extrapolation: 'none',
});
const report = (run: number, before: number, now: number): PredictionReport => ({
  kind: 'prediction',
  line: 'a',
  time_ms: 900,
  version: 'v',
  curve: [],
  current: { run, before: prediction(before), now: prediction(now) },
});
const lineRun = (run: number, scans: number): LineRun => ({
  line: 'a',
  run,
  gap_um: 120,
  scans,
  level_mg_cm2: 16.5,
  spread_mg_cm2: Number.NaN,
  lanes_mg_cm2: [],
  start_ms: 100,
});

describe('RunBook', () => {
  it('joins what was coated, predicted and measured into one row, in any order', () => {
    const book = new RunBook(10);
    book.predicted(report(1, 16, 16.2));
    book.measured([lineRun(1, 3)]);
    book.coated({ line: 'a', run: 1, gap_um: 120.4, start_ms: 100, end_ms: 500 });
    const [row] = book.rows();
    expect(row).toMatchObject({ run: 1, gap_um: 120.4, start_ms: 100, end_ms: 500 });
    expect(row!.predicted!.mean_mg_cm2).toBe(16);
    expect(row!.measured).toEqual({ scans: 3, level_mg_cm2: 16.5, spread_mg_cm2: null });
  });

  it('never rewrites what was predicted before the first scan', () => {
    const book = new RunBook(10);
    book.predicted(report(1, 16, 16));
    book.predicted(report(1, 99, 16.4));
    expect(book.rows()[0]!.predicted!.mean_mg_cm2).toBe(16);
    expect(book.rows()[0]!.now!.mean_mg_cm2).toBe(16.4);
  });

  it('tells each change once', () => {
    const book = new RunBook(10);
    book.measured([lineRun(1, 3), lineRun(2, 1)]);
    expect(book.changes().map((row) => row.run)).toEqual([1, 2]);
    book.measured([lineRun(1, 3), lineRun(2, 2)]);
    expect(book.changes().map((row) => row.run)).toEqual([2]);
    expect(book.changes()).toEqual([]);
  });

  it('stays quiet about older runs than it keeps', () => {
    const book = new RunBook(2);
    const runs = [1, 2, 3, 4].map((run) => lineRun(run, 5));
    book.measured(runs);
    book.changes();
    book.measured(runs);
    expect(book.changes()).toEqual([]);
    expect(book.rows().map((row) => row.run)).toEqual([3, 4]);
  });
});
