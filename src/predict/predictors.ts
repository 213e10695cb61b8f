import { lasso, leastSquares, powerLaw } from './baselines/curves.ts';
import { lastValue, runningMedian } from './baselines/gapless.ts';
import { singleSourceGp } from './baselines/gaussian-process.ts';
import { hierarchicalPredictor } from './hierarchical/predictor.ts';
import type { RestorablePredictor } from './predictor.ts';

/** Every predictor there is, the one in use first: what `evaluate` compares and the contract suite runs over. */
export const allPredictors = (seed = 1): RestorablePredictor[] => [
  hierarchicalPredictor({ seed }),
  singleSourceGp(),
  powerLaw(),
  leastSquares(),
  lasso(),
  runningMedian(),
  lastValue(),
];
