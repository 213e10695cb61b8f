import { cholesky, solveLower, solveUpper } from '../numeric/cholesky.ts';
import { normalLogDensity } from '../numeric/normal.ts';
import type { RestorablePredictor } from '../predictor.ts';
import { baseline, normalSpread } from './baseline.ts';
import { type Level, levelsOf } from './levels.ts';

/** More levels than this are thinned evenly: the cost grows with the third power. */
const MOST_LEVELS = 200;

/**
 * Gaussian process over one source alone: that of the target where it has data, else the other one. Squared
 * exponential about the mean; length, amplitude and noise by the largest marginal likelihood over a grid.
 */
export function singleSourceGp(): RestorablePredictor {
  return baseline('single-source-gp', (evidence) => {
    const levels = levelsOf(evidence);
    const of = (source: Level['source']) => {
      const own = levels.filter((level) => level.source === source);
      return fitGp(thinned(own.length > 0 ? own : levels));
    };
    const [lab, line] = [of('lab'), of('line')];
    return ({ gap_um, target }) => {
      const { mean, variance } = (target === 'lab' ? lab : line)(gap_um);
      return normalSpread(mean, Math.sqrt(variance));
    };
  });
}

const LENGTHS_UM = [25, 50, 100, 200, 400];
const AMPLITUDES = [0.5, 1, 2, 4];
const NOISES_MG_CM2 = [0.25, 0.5, 1, 2];

type Posterior = (gap_um: number) => { mean: number; variance: number };

function fitGp(levels: readonly Level[]): Posterior {
  const centre = levels.reduce((sum, l) => sum + l.loading_mg_cm2, 0) / levels.length;
  const y = levels.map((l) => l.loading_mg_cm2 - centre);
  const scale = Math.max(1, Math.sqrt(y.reduce((sum, v) => sum + v * v, 0) / y.length));
  const gaps = levels.map((l) => l.gap_um);
  let best: { logLikelihood: number; posterior: Posterior } | undefined;
  for (const length of LENGTHS_UM) {
    for (const amplitude of AMPLITUDES) {
      for (const noise of NOISES_MG_CM2) {
        const fitted = condition(gaps, y, length, (amplitude * scale) ** 2, noise ** 2);
        if (!best || fitted.logLikelihood > best.logLikelihood) best = fitted;
      }
    }
  }
  const { posterior } = best as { posterior: Posterior };
  return (gap_um) => {
    const { mean, variance } = posterior(gap_um);
    return { mean: centre + mean, variance };
  };
}

/** Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1. */
function condition(
  gaps: readonly number[],
  y: readonly number[],
  length: number,
  signal: number,
  noise: number,
) {
  const n = gaps.length;
  const covariance = (a: number, b: number) => signal * Math.exp(-0.5 * ((a - b) / length) ** 2);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      matrix[i * n + j] = covariance(gaps[i] as number, gaps[j] as number) + (i === j ? noise : 0);
    }
  }
  const lower = cholesky(matrix, n);
  const whitened = solveLower(lower, n, y);
  const weights = solveUpper(lower, n, whitened);
  // log N(y; 0, LLᵀ) = Σ log N(zᵢ; 0, 1) - Σ log Lᵢᵢ, with z the whitened values.
  let logLikelihood = 0;
  for (let i = 0; i < n; i++) {
    logLikelihood += normalLogDensity(whitened[i] as number, 0, 1) - Math.log(lower[i * n + i] as number);
  }
  const posterior: Posterior = (gap_um) => {
    const cross = gaps.map((gap) => covariance(gap, gap_um));
    const explained = solveLower(lower, n, cross).reduce((sum, v) => sum + v * v, 0);
    const mean = cross.reduce((sum, c, i) => sum + c * (weights[i] as number), 0);
    return { mean, variance: Math.max(0, signal - explained) + noise };
  };
  return { logLikelihood, posterior };
}

function thinned(levels: readonly Level[]): readonly Level[] {
  if (levels.length <= MOST_LEVELS) return levels;
  const step = levels.length / MOST_LEVELS;
  return Array.from({ length: MOST_LEVELS }, (_, i) => levels[Math.floor(i * step)] as Level);
}
