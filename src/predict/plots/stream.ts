import { meanOf } from '../evaluate/scores.ts';
import type { StreamedRun } from '../evaluate/stream.ts';
import { dots, line, type Point, svgPanel } from './svg.ts';

/** Runs in the order in which they were made: what was predicted before the first scan, with 90 %, and what came. */
export function streamPlot(runs: readonly StreamedRun[]): string {
  const levels = runs.flatMap(({ prediction, measured_mg_cm2 }) => [
    ...prediction.interval90_mg_cm2,
    measured_mg_cm2,
  ]);
  const inside = meanOf(runs, ({ prediction: { interval90_mg_cm2: interval }, measured_mg_cm2 }) =>
    measured_mg_cm2 >= interval[0] && measured_mg_cm2 <= interval[1] ? 1 : 0,
  );
  return svgPanel(
    {
      title: `Runs in time order, predicted before their first scan: ${(100 * inside).toFixed(0)} % in 90 %`,
      xLabel: 'run',
      yLabel: 'mass loading (mg/cm²)',
      x: [Math.min(...runs.map(({ run }) => run)) - 0.5, Math.max(...runs.map(({ run }) => run)) + 0.5],
      y: [Math.min(...levels), Math.max(...levels)],
    },
    (scale) => [
      ...runs.map(({ run, prediction: { interval90_mg_cm2: interval } }) =>
        line(
          interval.map((level): Point => [run, level]),
          scale,
          'stroke:#0b6e99;stroke-width:6;stroke-opacity:.3',
        ),
      ),
      dots(
        runs.map(({ run, prediction }): Point => [run, prediction.mean_mg_cm2]),
        scale,
        3.5,
        'fill:#fff;stroke:#0b6e99;stroke-width:1.5',
      ),
      dots(
        runs.map(({ run, measured_mg_cm2 }): Point => [run, measured_mg_cm2]),
        scale,
        3,
        'fill:#c4451c',
      ),
    ],
  );
}
