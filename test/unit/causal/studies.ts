import { consistencyError } from '../../../src/causal/abstraction.ts';
import { learnJointly } from '../../../src/causal/joint.ts';
import { learnIndependently, learnSequentially } from '../../../src/causal/schedules.ts';
import { scm } from '../../../src/causal/scm.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { type Planted, plant, randomShape, shapes, simplex } from './planted.ts';

/** The synthetic studies: each makes a pair of models whose abstraction is known, from a seed. */
export const studies: readonly { readonly name: string; readonly planted: (seed: number) => Planted }[] = [
  ...shapes.map((shape) => ({
    name: shape.name,
    planted: (seed: number) => plant(shape, seededRandom(seed)),
  })),
  ...[4, 5, 6, 7].map((size) => ({
    name: `random DAG of ${size}`,
    planted: (seed: number) => plant(randomShape(seededRandom(seed), size), seededRandom(seed)),
  })),
];

/** Small and quick, for the tensor engine: every planted abstraction of the studies above is found with it. */
export const RELAXED = {
  restarts: 30,
  steps: 60,
  learningRates: [0.06],
  lambdas: [5],
  temperatures: [0.2],
};

/** The same low-level model below a high-level one with other mechanisms, so that no abstraction is exact. */
export function strained(planted: Planted, seed: number): Planted {
  const random = seededRandom(seed).fork('strained');
  const high = scm(
    planted.high.variables.map((v) => ({ ...v, mechanism: v.mechanism.map(() => simplex(random, v.size)) })),
  );
  return { ...planted, high };
}

/** Errors over all pairs at once of what the three ways of learning find, all by the exact solver. */
export function schedules({ low, high, variables, pairs }: Planted) {
  const of = (abstraction: Parameters<typeof consistencyError>[2]) =>
    consistencyError(low, high, abstraction, pairs);
  const joint = learnJointly(low, high, variables, pairs);
  return {
    joint: of(joint.abstraction),
    proved: joint.proved,
    sequential: of(learnSequentially(low, high, variables, pairs)),
    independent: of(learnIndependently(low, high, variables, pairs)),
  };
}
