import { type PredictorSettings, predictorSchema } from '../../config/predictor.ts';
import { checkEvidence, readEvidence } from '../evidence.ts';
import type { CurveModel, RestorablePredictor } from '../predictor.ts';
import { learn } from './knowledge.ts';
import { HIERARCHICAL, modelOf } from './model.ts';

/**
 * Lab and line learnt together: a linear-Gaussian hierarchy (see `layout.ts`), exact for given hyperparameters,
 * which are integrated over by weighted quadrature points; the run is the unit; wild runs count for nothing.
 *
 * A prediction is the distribution of the level of the next run at that gap (for the lab: of one coating). A run
 * under way is handed in as `query.run`; the model may have it as its latest run, it doesn't count twice.
 *
 * Cost: members × weights² for each run, where weights = 9 + knots + 2·slurries + 3·lines.
 */
export function hierarchicalPredictor(
  settings: Partial<PredictorSettings> = {},
): RestorablePredictor<CurveModel> {
  const complete = predictorSchema.parse(settings);
  return {
    name: HIERARCHICAL,
    fit(evidence) {
      checkEvidence(evidence);
      return modelOf(learn(evidence, complete));
    },
    restore: (saved) => modelOf(learn(readEvidence(saved, HIERARCHICAL), complete)),
  };
}
