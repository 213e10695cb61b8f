import { median } from '../../core/median.ts';
import type { Evidence, PredictionQuery } from '../../core/prediction.ts';
import { robustSpread } from '../numeric/robust.ts';
import type { RestorablePredictor } from '../predictor.ts';
import { baseline, normalSpread } from './baseline.ts';
import { levelsOf, USUAL_SD_MG_CM2 } from './levels.ts';

/** What was measured last, whatever the gap: the run under way, else the latest run, else the latest lab series. */
export function lastValue(): RestorablePredictor {
  return baseline('last-value', (evidence) => {
    const loadings = loadingsOf(evidence);
    const steps = loadings.slice(1).map((value, i) => value - (loadings[i] as number));
    const sd = scatter(steps, 0);
    return (query) => ownLevel(query) ?? normalSpread(loadings.at(-1) as number, sd);
  });
}

/** The median of all levels so far, whatever the gap; of a run under way its own running median. */
export function runningMedian(): RestorablePredictor {
  return baseline('running-median', (evidence) => {
    const loadings = loadingsOf(evidence);
    const centre = median(loadings);
    const sd = scatter(loadings, centre);
    return (query) => ownLevel(query) ?? normalSpread(centre, sd);
  });
}

const loadingsOf = (evidence: Evidence): number[] =>
  levelsOf(evidence).map(({ loading_mg_cm2 }) => loading_mg_cm2);

/** A run's own scans say more than anything before it. */
function ownLevel({ run }: PredictionQuery) {
  if (!run) return undefined;
  const known = Number.isFinite(run.spread_mg_cm2) && run.spread_mg_cm2 > 0;
  return normalSpread(run.level_mg_cm2, known ? run.spread_mg_cm2 : USUAL_SD_MG_CM2);
}

function scatter(values: readonly number[], centre: number): number {
  const sd = robustSpread(values, centre);
  return Number.isFinite(sd) && sd > 0 ? sd : USUAL_SD_MG_CM2;
}
