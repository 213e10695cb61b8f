import type { LineRun, Prediction, PredictionQuery, Predictor, PredictorModel } from '../core/prediction.ts';

/** A predictor that can take up what one of its models saved: predictions are then equal, bit for bit. */
export interface RestorablePredictor<Model extends PredictorModel = PredictorModel> extends Predictor {
  fit(...args: Parameters<Predictor['fit']>): Model;
  /** @throws BadInputError for anything that isn't a saved model of this predictor. */
  restore(saved: unknown): Model;
}

/** Asks for the mean of a series of lab coatings instead of a single coating; methods may not know the difference. */
export interface SeriesQuery extends PredictionQuery {
  readonly coatings?: number;
}

/** A model that also tells its curve, i.e. the long-run mean at a gap without the scatter of single runs. */
export interface CurveModel extends PredictorModel {
  predict(query: SeriesQuery): Prediction;
  /** Mean and standard deviation (mg/cm²) of the curve at a gap. */
  curve(query: PredictionQuery): { readonly mean_mg_cm2: number; readonly sd_mg_cm2: number };
  /** Covariance of the curve between two gaps ((mg/cm²)²). */
  curveCovariance(a: PredictionQuery, b: PredictionQuery): number;
  withRun(run: LineRun): CurveModel;
}

export const hasCurve = (model: PredictorModel): model is CurveModel =>
  'curve' in model && 'curveCovariance' in model;
