import type { Evidence, Prediction, PredictionQuery } from '../core/prediction.ts';
import { type Carrier, carriers } from './carried.ts';
import type { Abstraction } from './discrete.ts';
import { type LabBins, labBins } from './lab-bins.ts';
import type { CurveModel } from './predictor.ts';

/** What stands behind a prediction. */
export interface Explanation extends Partial<LabBins> {
  /** The data that carried it, the weightiest first. */
  readonly carriedBy?: readonly Carrier[];
}

export type ExplainedPrediction = Prediction & Explanation;

/**
 * Predictions together with the data that carried them and, for the line and where there is an abstraction, with the
 * lab's bins and the warning where the two views disagree. What all predictions share is computed once.
 */
export function explained(
  model: CurveModel,
  queries: readonly PredictionQuery[],
  { evidence, abstraction }: { readonly evidence: Evidence; readonly abstraction?: Abstraction | undefined },
): ExplainedPrediction[] {
  const carriedBy = carriers(model, evidence);
  return queries.map((query) => ({
    ...model.predict(query),
    ...(abstraction && query.target !== 'lab' && labBins(model, query, abstraction)),
    carriedBy: carriedBy(query),
  }));
}
