import type { RestorablePredictor } from '../predictor.ts';
import { baseline, normalSpread } from './baseline.ts';
import { fitLasso } from './lasso.ts';
import { type Level, levelsOf, residualSd } from './levels.ts';

/** Straight line of loading over gap by least squares over all rows, lab and line pooled as if they were one. */
export function leastSquares(): RestorablePredictor {
  return pooledCurve('least-squares', 2, (levels) => {
    const { intercept, slope } = straightLine(
      levels.map((level) => ({ ...level, x: level.gap_um, y: level.loading_mg_cm2 })),
    );
    return (gap_um) => intercept + slope * gap_um;
  });
}

/** loading = a·gapᵇ: a straight line of the logarithms. */
export function powerLaw(): RestorablePredictor {
  return pooledCurve('power-law', 2, (levels) => {
    const positive = levels.filter(({ loading_mg_cm2 }) => loading_mg_cm2 > 0);
    if (positive.length === 0) return () => 0;
    const { intercept, slope } = straightLine(
      positive.map((level) => ({ ...level, x: Math.log(level.gap_um), y: Math.log(level.loading_mg_cm2) })),
    );
    return (gap_um) => Math.exp(intercept + slope * Math.log(gap_um));
  });
}

/** Penalty of the published study. */
const LASSO_PENALTY = 1;
/** Rows stand for their level; beyond this many, a level's weight says no more. */
const MOST_ROWS = 200;

/** The published method: LASSO on the gap, penalty 1, over all rows. */
export function lasso(): RestorablePredictor {
  return pooledCurve('lasso', 2, (levels) => {
    const rows = levels.flatMap((level) => new Array<Level>(Math.min(MOST_ROWS, level.rows)).fill(level));
    const model = fitLasso(
      rows.map(({ gap_um }) => [gap_um]),
      rows.map(({ loading_mg_cm2 }) => loading_mg_cm2),
      LASSO_PENALTY,
    );
    return (gap_um) => model.predict([gap_um]);
  });
}

function pooledCurve(
  name: string,
  parameters: number,
  curveOf: (levels: readonly Level[]) => (gap_um: number) => number,
): RestorablePredictor {
  return baseline(name, (evidence) => {
    const levels = levelsOf(evidence);
    const curve = curveOf(levels);
    const sd = residualSd(levels, curve, parameters);
    return ({ gap_um }) => normalSpread(curve(gap_um), sd);
  });
}

/** Weighted by rows. Points that share one x give a level line through their mean. */
function straightLine(points: readonly { readonly x: number; readonly y: number; readonly rows: number }[]) {
  const weight = points.reduce((sum, p) => sum + p.rows, 0);
  const mean = (of: (p: (typeof points)[number]) => number) =>
    points.reduce((sum, p) => sum + (p.rows / weight) * of(p), 0);
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  const spread = mean((p) => (p.x - x) ** 2);
  const slope = spread > 0 ? mean((p) => (p.x - x) * (p.y - y)) / spread : 0;
  return { intercept: y - slope * x, slope };
}
