import type { PredictorSettings } from '../../config/predictor.ts';
import type { Evidence, LineRun, Prediction, PredictionQuery } from '../../core/prediction.ts';
import { mixtureSpread, predictionOf, type Weighed, whereInData } from '../distribution.ts';
import { sameRun, saveEvidence } from '../evidence.ts';
import { normalCdf } from '../numeric/normal.ts';
import type { CurveModel } from '../predictor.ts';
import { dot, goodOrWild, timesRow } from './component.ts';
import { type Frame, linePlace, runVariance } from './ensemble.ts';
import { type Knowledge, type State, withRun } from './knowledge.ts';
import { lanePredictions } from './lanes.ts';
import { levelVariance, scanScatter, scatterShape, wildRun } from './noise.ts';
import { type Outlook, outlooks } from './outlook.ts';
import type { Place } from './rows.ts';

export const HIERARCHICAL = 'hierarchical';

/** The predictions of a state. */
export function modelOf(state: State): CurveModel {
  const { frame, lab, runs } = state;
  const gapsOf = lineGaps(runs);
  const evidence = { lab, line: runs };
  const allGaps = [...new Set(runs.map(({ gap_um }) => gap_um))];

  const placeOf = (query: PredictionQuery): Place =>
    query.target === 'lab'
      ? { target: 'lab', gap_um: query.gap_um, slurry: query.slurry, table: tableOf(lab) }
      : linePlace(frame, { line: query.line ?? onlyLine(runs), gap_um: query.gap_um, ...slurryOf(query) });

  /** Single scans lie about the level of their run. */
  const scanned = (levels: readonly Weighed[], line: string, run: LineRun | undefined): Weighed[] => {
    const past = runs.filter((other) => other.line === line && !(run && sameRun(other, run)));
    const scatter = scanScatter(past, run, frame.settings);
    return levels.map((level) => ({ ...level, variance: level.variance + scatter }));
  };

  /** The state of knowledge before the run under way, which must not count twice. */
  const knowledgeFor = ({ run }: PredictionQuery): Knowledge => {
    const index = run ? runs.findLastIndex((other) => sameRun(other, run)) : -1;
    return (index >= 0 && state.before.at(index - runs.length)) || state.now;
  };

  return {
    predict(query): Prediction {
      const { gap_um, run } = query;
      const line = query.line ?? run?.line ?? onlyLine(runs);
      const knowledge = knowledgeFor(query);
      const place = placeOf({ ...query, line });
      const parts = outlooks(frame, knowledge.spokesmen(), place).map((o) =>
        scattered(frame, place, o, query.coatings ?? 1),
      );
      const where = whereInData(gap_um, gapsOf.get(line) ?? allGaps, frame.settings.same_gap_um);
      if (place.target === 'lab') return predictionOf(gap_um, mixtureSpread(parts), where);
      const levels = run ? shrunk(parts, run, frame.settings) : parts;
      const spread = mixtureSpread(query.scan ? scanned(levels, line, run) : levels);
      const lanes = lanePredictions(knowledge.lanes, line, spread, run, frame.settings);
      return predictionOf(gap_um, spread, where, lanes);
    },
    withRun: (run) => modelOf(withRun(state, run)),
    save: () => saveEvidence(evidence, HIERARCHICAL),
    curve(query) {
      const parts = outlooks(frame, state.now.spokesmen(), placeOf(query));
      const { mean, sd } = mixtureSpread(parts);
      return { mean_mg_cm2: mean, sd_mg_cm2: sd };
    },
    curveBelow(query, loading_mg_cm2) {
      return outlooks(frame, state.now.spokesmen(), placeOf(query)).reduce(
        (sum, { mean, variance, weight }) =>
          sum + weight * normalCdf((loading_mg_cm2 - mean) / Math.sqrt(variance)),
        0,
      );
    },
    curveCovariances(query, others) {
      const members = state.now.spokesmen();
      const here = frame.designer.at(placeOf(query));
      const across = members.map(({ member: { posterior, hyper } }) =>
        timesRow(posterior.covariance, posterior.mean.length, here(hyper).row),
      );
      return others.map((other) => {
        const there = frame.designer.at(placeOf(other));
        return members.reduce(
          (sum, { member, weight }, i) =>
            sum + weight * dot(there(member.hyper).row, across[i] as Float64Array),
          0,
        );
      });
    },
  };
}

/** The outlook for one more run or series of coatings: the curve, and its scatter about the curve. */
function scattered(
  frame: Frame,
  place: Place,
  { member, mean, variance, weight }: Outlook,
  coatings: number,
): Weighed {
  const scatter =
    place.target === 'line'
      ? runVariance(member, place.gap_um)
      : member.hyper.batch_sd ** 2 * scatterShape(place.gap_um) + frame.rowVariance(place.gap_um) / coatings;
  return { mean, variance: variance + scatter, weight };
}

/** A run under way: each part is shrunk towards the run's own level, as far as the level may be trusted. */
function shrunk(parts: readonly Weighed[], run: LineRun, settings: PredictorSettings): Weighed[] {
  const noise = levelVariance(run, settings);
  const wild = wildRun(run.scans);
  const updated = parts.map(({ mean, variance, weight }) => {
    const total = variance + noise;
    const error = run.level_mg_cm2 - mean;
    const { good, logLikelihood } = goodOrWild(error, total, wild);
    const gain = (good * variance) / total;
    const doubt = good * (1 - good) * ((variance / total) * error) ** 2;
    return {
      mean: mean + gain * error,
      variance: variance * (1 - gain) + doubt,
      logWeight: Math.log(weight) + logLikelihood,
    };
  });
  const best = Math.max(...updated.map(({ logWeight }) => logWeight));
  const sum = updated.reduce((total, { logWeight }) => total + Math.exp(logWeight - best), 0);
  return updated.map(({ mean, variance, logWeight }) => ({
    mean,
    variance,
    weight: Math.exp(logWeight - best) / sum,
  }));
}

function lineGaps(runs: readonly LineRun[]): ReadonlyMap<string, readonly number[]> {
  const gaps = new Map<string, Set<number>>();
  for (const { line, gap_um } of runs) gaps.set(line, (gaps.get(line) ?? new Set()).add(gap_um));
  return new Map([...gaps].map(([line, set]) => [line, [...set]]));
}

const slurryOf = ({ slurry, run }: PredictionQuery) => {
  const known = slurry ?? run?.slurry;
  return known ? { slurry: known } : {};
};

/** A query that names no line means the line of the latest run. */
const onlyLine = (runs: readonly LineRun[]): string => runs.at(-1)?.line ?? '';

/** A query names a slurry but no table: it is looked up in the first table. */
const tableOf = (lab: Evidence['lab']): string => lab[0]?.table ?? '';
