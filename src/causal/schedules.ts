import {
  type Abstraction,
  type MechanismPair,
  mapOf,
  type ValueMap,
  type VariableMap,
} from './abstraction.ts';
import { type JointOptions, learnJointly } from './joint.ts';
import type { Scm } from './scm.ts';

/**
 * The two schedules that joint learning is measured against (Zennaro et al. 2023). Both solve one mechanism pair
 * at a time and then live with what they have: neither can be better than joint learning.
 */

/** Pair after pair, each keeping the maps that earlier pairs have fixed. */
export function learnSequentially(
  low: Scm,
  high: Scm,
  variables: readonly VariableMap[],
  pairs: readonly MechanismPair[],
  options: JointOptions = {},
): Abstraction {
  const known: ValueMap[] = [];
  for (const pair of pairs) {
    const { abstraction } = learnJointly(low, high, involved(variables, pair), [pair], {
      ...options,
      fixed: [...(options.fixed ?? []), ...known],
    });
    known.push(...abstraction.filter((map) => !known.some(({ high: name }) => name === map.high)));
  }
  return known;
}

/** Every pair by itself; a variable in several pairs takes its map from the first one. */
export function learnIndependently(
  low: Scm,
  high: Scm,
  variables: readonly VariableMap[],
  pairs: readonly MechanismPair[],
  options: JointOptions = {},
): Abstraction {
  const maps = pairs.flatMap(
    (pair) => learnJointly(low, high, involved(variables, pair), [pair], options).abstraction,
  );
  return maps.filter((map, i) => maps.findIndex((other) => other.high === map.high) === i);
}

const involved = (variables: readonly VariableMap[], { cause, effect }: MechanismPair): VariableMap[] => [
  mapOf(variables, cause),
  mapOf(variables, effect),
];
