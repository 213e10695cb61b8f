import type { ExactSolution } from '../causal/exact/index.ts';
import type { PreparedProblem } from '../causal/prepare.ts';
import type { RelaxedSolution } from '../causal/relaxed/index.ts';
import type { RobustSolution } from '../causal/robust/index.ts';
import type { StochasticSolution } from '../causal/stochastic/index.ts';
import { namedLoading } from '../causal/transport.ts';

/** The JSON documents of `learn`. */
export function exactDocument(prepared: PreparedProblem, solution: ExactSolution, seconds: number) {
  const { problem } = prepared;
  return {
    error: solution.error,
    lowerBound: solution.lowerBound,
    errors: solution.errors,
    alphaGap: solution.alphaGap,
    alphaLoading: namedLoading(problem, solution.alphaLoading),
    optimalGapMaps: solution.optimalGapMaps,
    ties: solution.ties,
    seconds,
    solver: 'exact',
    engine: 'branch and bound',
    objective: solution.objective,
    proved: solution.proved,
    tieBreakProved: solution.tieBreakProved,
    tiesComplete: solution.tiesComplete,
    nodes: solution.nodes,
    optimalMaps: solution.optimalMaps.map((maps) => ({
      alphaGap: maps.alphaGap,
      alphaLoading: namedLoading(problem, maps.alphaLoading),
    })),
    ...axes(prepared),
  };
}

/** At the top the best maps after rounding; the four figures that must not be mixed up stand side by side. */
export function relaxedDocument(
  prepared: PreparedProblem,
  solution: RelaxedSolution,
  certified: ExactSolution,
  seconds: number,
) {
  const { problem } = prepared;
  const { distance, errors, restart, rounded } = solution.relaxed;
  return {
    error: solution.error,
    lowerBound: certified.lowerBound,
    relaxedBest: distance,
    roundedError: rounded.error,
    polishedError: solution.error,
    certifiedError: certified.error,
    errors: solution.errors,
    alphaGap: solution.alphaGap,
    alphaLoading: namedLoading(problem, solution.alphaLoading),
    optimalGapMaps: certified.optimalGapMaps,
    ties: certified.ties,
    seconds,
    solver: 'relaxed',
    engine: solution.engine,
    objective: solution.objective,
    loss: solution.loss,
    relaxed: { distance, errors, restart },
    rounded: {
      error: rounded.error,
      errors: rounded.errors,
      alphaGap: rounded.alphaGap,
      alphaLoading: namedLoading(problem, rounded.alphaLoading),
    },
    certified: {
      error: certified.error,
      lowerBound: certified.lowerBound,
      proved: certified.proved,
      alphaGap: certified.alphaGap,
    },
    restarts: solution.restarts,
    ...axes(prepared),
  };
}

export const stochasticDocument = ({ problem }: PreparedProblem, solution: StochasticSolution) => ({
  error: solution.error,
  lowerBound: solution.lowerBound,
  dualityGap: solution.gap,
  errors: solution.errors,
  alphaLoading: Object.fromEntries(
    problem.outcomes.map((outcome, o) => [outcome.join(','), [...solution.alphaLoading[o]!]]),
  ),
});

export const robustDocument = (
  { problem }: PreparedProblem,
  solution: RobustSolution,
  confidence: number,
) => ({
  confidence,
  error: solution.error,
  ceiling: solution.ceiling,
  lowerBound: solution.lowerBound,
  nominal: solution.nominal,
  alphaGap: solution.alphaGap,
  alphaLoading: namedLoading(problem, solution.alphaLoading),
  radii: solution.radii,
});

const axes = ({ problem, edges_mg_cm2 }: PreparedProblem) => ({
  lineGaps_um: problem.lineGaps_um,
  labGaps_um: problem.labGaps_um,
  edges_mg_cm2,
});
