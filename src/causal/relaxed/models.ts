import { type Abstraction, held, type MechanismPair, mapOf, type VariableMap } from '../abstraction.ts';
import { combinationsOf, interventional, type Scm, variableOf } from '../scm.ts';
import type { DiagramProblem } from './diagram.ts';
import { type DiagramOptions, type DiagramSolution, solveDiagrams } from './diagrams.ts';

export interface ModelOptions extends DiagramOptions {
  /** Whether every high-level value must be reached, for each map. Default true. */
  readonly surjective?: boolean;
  /** Maps that are known: they stay. */
  readonly fixed?: Abstraction;
}

/** Deterministic maps from a relaxed search, with what it found before rounding. */
export interface ModelSolution {
  readonly abstraction: Abstraction;
  /** Consistency error of the abstraction. No bound comes with it: `learnJointly` gives one. */
  readonly error: number;
  /** Smallest relaxed distance, and the error of its maps after rounding alone. */
  readonly relaxed: DiagramSolution['relaxed'];
}

/**
 * The relaxed search for all value maps of an abstraction between any two finite models, jointly over the given
 * mechanism pairs; the counterpart of the exact `learnJointly`.
 *
 * @throws BadInputError for unknown variables, and maps that can't be surjective.
 */
export async function learnRelaxed(
  low: Scm,
  high: Scm,
  variables: readonly VariableMap[],
  pairs: readonly MechanismPair[],
  options: ModelOptions = {},
): Promise<ModelSolution> {
  const { surjective, fixed, ...search } = options;
  const problem = diagramsBetween(low, high, variables, pairs, { surjective, fixed });
  const { maps, error, relaxed } = await solveDiagrams(problem, search);
  const abstraction = variables.map((map, m) => ({
    ...map,
    values: new Map(outcomesOf(low, map).map((outcome, i) => [outcome, maps[m]![i]!])),
  }));
  return { abstraction, error, relaxed };
}

/** Each variable's map and each pair's square, as matrices. */
export function diagramsBetween(
  low: Scm,
  high: Scm,
  variables: readonly VariableMap[],
  pairs: readonly MechanismPair[],
  {
    surjective = true,
    fixed = [],
  }: { readonly surjective?: boolean | undefined; readonly fixed?: Abstraction | undefined } = {},
): DiagramProblem {
  const maps = variables.map((map) => {
    const outcomes = outcomesOf(low, map);
    const known = fixed.find((other) => other.high === map.high)?.values;
    return {
      low: outcomes.length,
      high: variableOf(high, map.high).size,
      surjective,
      ...(known && { frozen: outcomes.map((outcome) => known.get(outcome) ?? Number.NaN) }),
    };
  });
  const diagrams = pairs.map(({ cause, effect }) => {
    const [from, to] = [indexOfMap(variables, cause), indexOfMap(variables, effect)];
    return {
      cause: [from],
      effect: [to],
      mu: mechanism(high, { high: cause, low: [cause] }, { high: effect, low: [effect] }),
      nu: mechanism(low, variables[from]!, variables[to]!),
    };
  });
  return { maps, diagrams };
}

/** Rows: every setting of the cause; columns: the mass of every outcome of the effect under it. */
function mechanism(model: Scm, cause: VariableMap, effect: VariableMap): Float64Array[] {
  const column = new Map(outcomesOf(model, effect).map((outcome, i) => [outcome, i]));
  return combinationsOf(model, cause.low).map((values) => {
    const row = new Float64Array(column.size);
    for (const [outcome, mass] of interventional(model, held(cause.low, values), effect.low)) {
      row[column.get(outcome)!] = mass;
    }
    return row;
  });
}

const outcomesOf = (model: Scm, { low }: VariableMap): string[] =>
  combinationsOf(model, low).map((values) => values.join());

function indexOfMap(variables: readonly VariableMap[], high: string): number {
  return variables.indexOf(mapOf(variables, high));
}
