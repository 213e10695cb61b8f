import { BadInputError } from '../../core/errors.ts';
import type { Solver } from '../../core/solver.ts';
import type { AbstractionProblem } from '../problem.ts';
import { countOptima } from './count.ts';
import { ranked } from './leaf.ts';
import { searchModel } from './model.ts';
import { DEFAULT_NODES, type ExactOptions, type ExactSolution } from './options.ts';
import { prove } from './prove.ts';
import { refine } from './refine.ts';
import { rulesOf } from './rules.ts';

export type { Anchors, ExactOptions, ExactSolution, GapMapTies } from './options.ts';

/**
 * The best deterministic abstraction, with a certificate, in three searches over the same tree: prove the optimum,
 * choose among all maps that reach it (leximin, then nearest in value), count them. Deterministic: the same
 * problem and options give the same solution; a warm start only makes it faster.
 */
export const exactSolver: Solver<AbstractionProblem, ExactOptions, ExactSolution> = {
  name: 'exact',
  solve: solveExact,
};

/** @throws BadInputError for a malformed problem, or where no map keeps the rules and anchors. */
export function solveExact(problem: AbstractionProblem, options: ExactOptions = {}): ExactSolution {
  const model = searchModel(problem, options);
  const objective = options.objective ?? 'max';
  const mostNodes = options.budget?.nodes ?? DEFAULT_NODES;
  // A start that breaks a rule, or has another size, is no map of this problem: the search then starts from nothing.
  const start =
    options.warmStart && rulesOf(problem, options)(options.warmStart) ? options.warmStart : undefined;

  const proof = prove(model, objective, start && ranked(model, start, objective), mostNodes);
  if (!proof.best) {
    throw new BadInputError('no pair of maps keeps all rules and anchors', {
      where: 'options',
      allowed: 'fewer anchors, or maps that need not preserve order or be surjective',
    });
  }
  const proved = proof.lowerBound >= proof.best.rank.error;
  const refined =
    proved && options.breakTies !== false
      ? refine(model, objective, proof.best, mostNodes)
      : { best: proof.best, complete: false, nodes: 0 };
  const { best } = refined;
  const counted = proved && options.countTies !== false;
  const count = counted ? countOptima(model, objective, best.rank.error, mostNodes) : undefined;
  return {
    ...best.maps,
    objective,
    error: best.rank.error,
    errors: best.errors,
    lowerBound: proved ? best.rank.error : proof.lowerBound,
    proved,
    tieBreakProved: refined.complete,
    ties: count?.ties ?? 0,
    tiesComplete: count?.complete ?? false,
    optimalGapMaps: count?.gapMaps ?? [],
    optimalMaps: count?.maps ?? [],
    nodes: proof.nodes + refined.nodes + (count?.nodes ?? 0),
  };
}
