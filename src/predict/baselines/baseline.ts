import type {
  Evidence,
  LineRun,
  Prediction,
  PredictionQuery,
  PredictorModel,
} from '../../core/prediction.ts';
import { predictionOf, type Spread, whereInData } from '../distribution.ts';
import { checkEvidence, checkRun, readEvidence, runsInOrder, saveEvidence, withRunIn } from '../evidence.ts';
import type { RestorablePredictor } from '../predictor.ts';

/** What a baseline says of a query, once it has learnt. */
export type Guess = (query: PredictionQuery) => Spread;

/** Gaps closer than this count as run (µm); the same as the hierarchical predictor's default. */
const SAME_GAP_UM = 2;

/**
 * Makes a predictor of a method that learns from scratch each time: cheap enough for baselines. Evidence is handed
 * over with its runs in the order in which they began.
 */
export function baseline(name: string, learn: (evidence: Evidence) => Guess): RestorablePredictor {
  const modelOf = (evidence: Evidence): PredictorModel => {
    const guess = learn(evidence);
    const gaps = evidence.line.map(({ gap_um }) => gap_um);
    return {
      predict: (query): Prediction =>
        predictionOf(query.gap_um, guess(query), whereInData(query.gap_um, gaps, SAME_GAP_UM)),
      withRun(run: LineRun) {
        checkRun(run);
        return learnAfresh(withRunIn(evidence, run));
      },
      save: () => saveEvidence(evidence, name),
    };
  };
  const learnAfresh = (evidence: Evidence): PredictorModel => {
    checkEvidence(evidence);
    return modelOf({ lab: evidence.lab, line: runsInOrder(evidence.line) });
  };
  return { name, fit: learnAfresh, restore: (saved) => learnAfresh(readEvidence(saved, name)) };
}

export const normalSpread = (mean: number, sd: number): Spread => ({
  mean,
  sd,
  degreesOfFreedom: Number.POSITIVE_INFINITY,
});
