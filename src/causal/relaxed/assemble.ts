import { BadInputError } from '../../core/errors.ts';
import { type AbstractionMaps, type AbstractionProblem, consistencyErrors } from '../problem.ts';
import { diagramOf } from './diagram.ts';
import { harden } from './harden.ts';
import { relaxedErrors, unflatten } from './maps.ts';
import type { ResolvedSettings } from './options.ts';
import type { Restart, RestartOutcome } from './restarts.ts';
import type { RelaxedSolution, RestartReport } from './solution.ts';

/**
 * Makes the solution of a coating problem from the outcomes of its restarts.
 *
 * @throws BadInputError where there is no outcome, because the search was stopped before the first.
 */
export function assemble(
  problem: AbstractionProblem,
  settings: ResolvedSettings,
  restarts: readonly Restart[],
  outcomes: readonly RestartOutcome[],
  engine: string,
): RelaxedSolution {
  checkSome(outcomes);
  const errorsOf = (maps: readonly (readonly number[])[]) => consistencyErrors(problem, named(maps));
  const {
    best,
    closest,
    outcomes: rounded,
  } = harden(diagramOf(problem, settings).maps, errorsOf, settings, outcomes);
  const relaxed = unflatten(problem, closest.outcome.entries);
  return {
    ...named(best.maps),
    objective: settings.objective,
    error: best.error,
    errors: best.errors,
    lowerBound: 0,
    loss: settings.loss,
    engine,
    relaxed: {
      restart: closest.outcome.index,
      distance: closest.outcome.distance,
      maps: relaxed,
      errors: relaxedErrors(problem, relaxed),
      rounded: { ...named(closest.maps), error: closest.error, errors: closest.errors },
    },
    restarts: rounded.map(({ outcome, error, missing }) => report(restarts, outcome, error, missing)),
  };
}

export function checkSome(outcomes: readonly RestartOutcome[]): void {
  if (outcomes.length === 0)
    throw new BadInputError('the search was stopped before its first restart was done');
}

export function report(
  restarts: readonly Restart[],
  outcome: RestartOutcome,
  roundedError: number,
  missing: number,
): RestartReport {
  const { temperature, lambda, learningRate } = restarts[outcome.index]!;
  const { index, steps, distance, penalty } = outcome;
  return { index, temperature, lambda, learningRate, steps, distance, penalty, roundedError, missing };
}

const named = ([alphaGap, alphaLoading]: readonly (readonly number[])[]): AbstractionMaps => ({
  alphaGap: alphaGap!,
  alphaLoading: alphaLoading!,
});
