import type { PredictionQuery, PredictorModel } from '../../core/prediction.ts';
import { normalCdf } from '../numeric/normal.ts';
import { hasCurve } from '../predictor.ts';

/** The long-run mean of a line over its gaps. */
export interface Curve {
  mean_mg_cm2(query: PredictionQuery): number;
  /** Probability that the line's long-run mean at the gap lies below a loading. */
  below(query: PredictionQuery, loading_mg_cm2: number): number;
}

/** The curve of a model; where a model tells none, its prediction of one run has to serve. */
export function curveOf(model: PredictorModel): Curve {
  if (hasCurve(model)) {
    return {
      mean_mg_cm2: (query) => model.curve(query).mean_mg_cm2,
      below: (query, loading_mg_cm2) => model.curveBelow(query, loading_mg_cm2),
    };
  }
  return {
    mean_mg_cm2: (query) => model.predict(query).mean_mg_cm2,
    below(query, loading_mg_cm2) {
      const { mean_mg_cm2, sd_mg_cm2 } = model.predict(query);
      return normalCdf((loading_mg_cm2 - mean_mg_cm2) / sd_mg_cm2);
    },
  };
}
