import { BadInputError } from '../core/errors.ts';
import { jensenShannonDistance } from './divergence.ts';
import { combinationsOf, interventional, type Scm, variableOf } from './scm.ts';

/**
 * An abstraction between two finite models (Rischel 2020; Zennaro et al. 2023): every high-level variable is the
 * image of one or more low-level ones, and has a map from their joint values to its own. Low-level variables that
 * no map names are left out of the abstraction.
 */
export interface ValueMap {
  readonly high: string;
  /** The low-level variables that it stands for, in the order in which their values are joined. */
  readonly low: readonly string[];
  /** Low-level outcome (values joined by commas) → high-level value. */
  readonly values: ReadonlyMap<string, number>;
}

export type Abstraction = readonly ValueMap[];

/** A high-level mechanism to be consistent with: effect given do(cause). */
export interface MechanismPair {
  readonly cause: string;
  readonly effect: string;
}

/** The shape of an abstraction before any value map is known. */
export interface VariableMap {
  readonly high: string;
  readonly low: readonly string[];
}

/** One intervention of a pair and how far both ways around the square are apart there. */
export interface InterventionError {
  readonly pair: MechanismPair;
  /** Low-level outcome of the cause that is set. */
  readonly intervention: string;
  readonly distance: number;
}

/**
 * Consistency error under every low-level intervention of every pair: the Jensen-Shannon distance between "first
 * abstract the intervention, then run the high-level model" and "first run the low-level model, then abstract".
 *
 * @throws BadInputError where a map misses an outcome that occurs, or a variable has no map.
 */
export function interventionErrors(
  low: Scm,
  high: Scm,
  abstraction: Abstraction,
  pairs: readonly MechanismPair[],
): InterventionError[] {
  return pairs.flatMap((pair) => {
    const cause = mapOf(abstraction, pair.cause);
    const effect = mapOf(abstraction, pair.effect);
    const size = variableOf(high, pair.effect).size;
    return combinationsOf(low, cause.low).map((values) => {
      const outcome = values.join();
      const abstracted = interventional(high, { [pair.cause]: image(cause, outcome) }, [pair.effect]);
      const pushed = new Float64Array(size);
      for (const [name, mass] of interventional(low, held(cause.low, values), effect.low)) {
        pushed[image(effect, name)]! += mass;
      }
      const expected = Float64Array.from({ length: size }, (_, value) => abstracted.get(`${value}`) ?? 0);
      return { pair, intervention: outcome, distance: jensenShannonDistance(expected, pushed) };
    });
  });
}

/** Largest error over all interventions and pairs: 0 exactly where every square commutes. */
export const consistencyError = (
  low: Scm,
  high: Scm,
  abstraction: Abstraction,
  pairs: readonly MechanismPair[],
): number =>
  interventionErrors(low, high, abstraction, pairs).reduce(
    (worst, { distance }) => Math.max(worst, distance),
    0,
  );

export const held = (names: readonly string[], values: readonly number[]): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name, values[i]!]));

export function mapOf<M extends VariableMap>(maps: readonly M[], high: string): M {
  const found = maps.find((map) => map.high === high);
  if (found) return found;
  throw new BadInputError('has no map', { where: high, allowed: maps.map((map) => map.high).join(' | ') });
}

function image(map: ValueMap, outcome: string): number {
  const value = map.values.get(outcome);
  if (value !== undefined) return value;
  throw new BadInputError(`the map onto ${map.high} has no value for (${outcome})`, {
    where: map.low.join(','),
    allowed: [...map.values.keys()].join(' | '),
  });
}
