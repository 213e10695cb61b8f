import type { LineRun, Prediction, PredictionQuery, Predictor, PredictorModel } from '../core/prediction.ts';

/** A predictor that can take up what one of its models saved: predictions are then equal, bit for bit. */
export interface RestorablePredictor<Model extends PredictorModel = PredictorModel> extends Predictor {
  fit(...args: Parameters<Predictor['fit']>): Model;
  /** @throws BadInputError for anything that isn't a saved model of this predictor. */
  restore(saved: unknown): Model;
}

/** Asks for other units than a run of the line or a single coating; methods may not know the difference. */
export interface SeriesQuery extends PredictionQuery {
  /** In the lab: the mean of a series of so many coatings. */
  readonly coatings?: number;
  /** On the line: a single scan instead of the run's level. */
  readonly scan?: boolean;
}

/** A model that also tells its curve, i.e. the long-run mean at a gap without the scatter of single runs. */
export interface CurveModel extends PredictorModel {
  predict(query: SeriesQuery): Prediction;
  /** Mean and standard deviation (mg/cm²) of the curve at a gap. */
  curve(query: PredictionQuery): { readonly mean_mg_cm2: number; readonly sd_mg_cm2: number };
  /** Probability that the curve lies below a loading at a gap: of the whole mixture, not of a normal. */
  curveBelow(query: PredictionQuery, loading_mg_cm2: number): number;
  /** Covariance of the curve between one gap and each of several others ((mg/cm²)²), in their order. */
  curveCovariances(at: PredictionQuery, others: readonly PredictionQuery[]): number[];
  withRun(run: LineRun): CurveModel;
}

export const hasCurve = (model: PredictorModel): model is CurveModel =>
  'curveBelow' in model && 'curveCovariances' in model;
