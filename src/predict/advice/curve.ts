import type { PredictionQuery, PredictorModel } from '../../core/prediction.ts';
import { hasCurve } from '../predictor.ts';

type Curve = (query: PredictionQuery) => { readonly mean_mg_cm2: number; readonly sd_mg_cm2: number };

/** The long-run mean of a model; where a model tells none, its prediction of one run has to serve. */
export const curveOf = (model: PredictorModel): Curve =>
  hasCurve(model) ? (query) => model.curve(query) : (query) => model.predict(query);
