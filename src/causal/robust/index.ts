import type { LineCounts } from '../coating.ts';
import { type ExactOptions, solveExact } from '../exact/index.ts';
import { rulesOf } from '../exact/rules.ts';
import { type AbstractionMaps, type AbstractionProblem, type Objective, overall } from '../problem.ts';
import { wassersteinRadius } from './ball.ts';
import { type WorstCase, worstCases } from './worst.ts';

export { outcomeDistances, wassersteinRadius } from './ball.ts';
export { type WorstCase, worstCases } from './worst.ts';

/**
 * Maps that stay good if the line's mechanisms are not quite what few scans show: the worst case within a
 * Wasserstein ball around each observed mechanism, its radius from the counts (after Felekis, Damoulas and
 * Giampouras, Distributionally Robust Causal Abstractions, 2025; there for linear Gaussian models, here for finite
 * ones).
 */
export interface RobustOptions {
  readonly exact?: ExactOptions;
  /** Of each ball to hold the true mechanism. Default 0.9. */
  readonly confidence?: number;
  /** Scans that make one independent observation. Default 1. */
  readonly scansPerObservation?: number;
  /** Radii for each line gap, instead of those from the counts. */
  readonly radii?: readonly number[];
}

export interface RobustSolution extends AbstractionMaps {
  /** Objective of the worst cases that were found. */
  readonly error: number;
  /** These maps' worst case is certainly not above this. */
  readonly ceiling: number;
  /** No maps of this kind have a smaller worst case: the certified error at the centres of the balls. */
  readonly lowerBound: number;
  /** Error of these maps at the observed mechanisms. */
  readonly nominal: number;
  readonly worst: readonly WorstCase[];
  readonly radii: readonly number[];
}

/** The radius of each line gap's ball from its counts. */
export function radiiFromCounts(
  line: readonly LineCounts[],
  outcomes: number,
  confidence = 0.9,
  scansPerObservation = 1,
): number[] {
  return line.map(({ counts }) => {
    const scans = [...counts.values()].reduce((a, b) => a + b, 0);
    return wassersteinRadius(scans / scansPerObservation, outcomes, confidence);
  });
}

/**
 * Starts from the certified maps for the observed mechanisms and every map tied with them, and changes single
 * entries as long as the worst case falls. A local search: `lowerBound` says how far it can be from the best.
 *
 * @throws BadInputError as the exact solver does.
 */
export function solveRobust(
  problem: AbstractionProblem,
  line: readonly LineCounts[],
  options: RobustOptions = {},
): RobustSolution {
  const radii =
    options.radii ??
    radiiFromCounts(line, problem.outcomes.length, options.confidence, options.scansPerObservation);
  const objective: Objective = options.exact?.objective ?? 'max';
  const nominal = solveExact(problem, options.exact);
  const worstOf = (maps: AbstractionMaps) =>
    overall(
      objective,
      worstCases(problem, maps, radii).map((w) => w.found),
    );
  const candidates: readonly AbstractionMaps[] = [nominal, ...nominal.optimalMaps];
  let best = candidates[0]!;
  let value = worstOf(best);
  for (const candidate of candidates.slice(1)) {
    const other = worstOf(candidate);
    if (other < value - 1e-12) [best, value] = [candidate, other];
  }
  const keepsRules = rulesOf(problem, options.exact ?? {});
  for (let improved = true; improved; ) {
    improved = false;
    for (const neighbour of neighbours(problem, best)) {
      if (!keepsRules(neighbour)) continue;
      const other = worstOf(neighbour);
      if (other < value - 1e-9) {
        [best, value] = [neighbour, other];
        improved = true;
        break;
      }
    }
  }
  const worst = worstCases(problem, best, radii);
  const zero = worstCases(
    problem,
    best,
    radii.map(() => 0),
  );
  return {
    alphaGap: best.alphaGap,
    alphaLoading: best.alphaLoading,
    error: value,
    ceiling: overall(
      objective,
      worst.map((w) => w.ceiling),
    ),
    lowerBound: nominal.lowerBound,
    nominal: overall(
      objective,
      zero.map((w) => w.found),
    ),
    worst,
    radii,
  };
}

function* neighbours(
  problem: AbstractionProblem,
  { alphaGap, alphaLoading }: AbstractionMaps,
): Generator<AbstractionMaps> {
  for (let o = 0; o < alphaLoading.length; o++) {
    for (let bin = 0; bin < problem.labBins; bin++) {
      if (bin !== alphaLoading[o]) yield { alphaGap, alphaLoading: alphaLoading.with(o, bin) };
    }
  }
  for (let g = 0; g < alphaGap.length; g++) {
    for (let lab = 0; lab < problem.labGaps_um.length; lab++) {
      if (lab !== alphaGap[g]) yield { alphaGap: alphaGap.with(g, lab), alphaLoading };
    }
  }
}
