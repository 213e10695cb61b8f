import type { LabGroup, PredictionQuery } from '../../core/prediction.ts';
import { heldOutTasks, type ScannedRun } from '../evaluate/held-out.ts';
import { answers, type Fold } from '../evaluate/task.ts';
import { hierarchicalPredictor } from '../hierarchical/predictor.ts';
import { allPredictors } from '../predictors.ts';
import { curvePlot } from './curve.ts';
import { calibrationPlot, type DistantError, errorByDistancePlot } from './scores.ts';
import { svgColumn } from './svg.ts';

export interface PlotData {
  readonly lab: readonly LabGroup[];
  readonly scanned: readonly ScannedRun[];
}

const CURVE_POINTS = 80;

/** Curve with bands and data, calibration and error by distance over all held-out tasks, as one SVG document. */
export function evaluationPlot({ lab, scanned }: PlotData, seed: number): string {
  const evidence = { lab, line: scanned.map(({ run }) => run) };
  const hierarchical = hierarchicalPredictor({ seed });
  const target = scanned.length > 0 ? 'line' : 'lab';
  const model = hierarchical.fit(evidence);
  const curve = curveGaps([...lab, ...evidence.line].map(({ gap_um }) => gap_um)).map((gap_um) =>
    model.predict({ gap_um, target }),
  );
  const folds = heldOutTasks(lab, scanned).flatMap((task) => task.folds);
  const usable = folds.filter(({ training }) => training.lab.length + training.line.length > 0);
  const calibration = allPredictors(seed).map((predictor) => ({
    method: predictor.name,
    scored: usable.flatMap((fold) => answers(predictor, fold)),
  }));
  const errors = usable.flatMap((fold) =>
    answers(hierarchical, fold).map(
      ({ prediction, measured_mg_cm2 }, i): DistantError => ({
        distance_um: nearest(fold, fold.questions[i]?.query as PredictionQuery),
        error_mg_cm2: measured_mg_cm2 - prediction.mean_mg_cm2,
        sd_mg_cm2: prediction.sd_mg_cm2,
      }),
    ),
  );
  return svgColumn([curvePlot(curve, evidence), calibrationPlot(calibration), errorByDistancePlot(errors)]);
}

/** Evenly spaced, a tenth beyond the data on either side. */
export function curveGaps(gaps_um: readonly number[]): number[] {
  const [low, high] = [Math.min(...gaps_um), Math.max(...gaps_um)];
  const reach = Math.max(10, 0.1 * (high - low));
  const from = Math.max(5, low - reach);
  return Array.from(
    { length: CURVE_POINTS },
    (_, i) => from + ((high + reach - from) * i) / (CURVE_POINTS - 1),
  );
}

const nearest = ({ training }: Fold, { gap_um }: PredictionQuery): number =>
  Math.min(...[...training.lab, ...training.line].map((data) => Math.abs(data.gap_um - gap_um)));
