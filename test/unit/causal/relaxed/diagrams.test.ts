import { describe, expect, it } from 'vitest';
import { jensenShannonDistance } from '../../../../src/causal/divergence.ts';
import { diagramErrors } from '../../../../src/causal/relaxed/diagram.ts';
import { type DiagramProblem, solveDiagrams } from '../../../../src/causal/relaxed/index.ts';
import { BadInputError } from '../../../../src/core/errors.ts';
import { seededRandom } from '../../../../src/core/random.ts';

/**
 * A low chain X → Y → Z over 4, 4 and 4 values whose high chain has 2, 2 and 2: value v maps to v >> 1, and how the
 * mass of a high value is split among its low ones is drawn.
 */
function chain(seed: number): DiagramProblem {
  const random = seededRandom(seed);
  const coarse = () =>
    Array.from({ length: 2 }, () => {
      const p = 0.1 + 0.8 * random.uniform();
      return Float64Array.of(p, 1 - p);
    });
  const refine = (mu: Float64Array[]) =>
    Array.from({ length: 4 }, (_, x) => {
      const [low, high] = mu[x >> 1]!;
      const [u, v] = [random.uniform(), random.uniform()];
      return Float64Array.of(low! * u, low! * (1 - u), high! * v, high! * (1 - v));
    });
  const [xy, yz] = [coarse(), coarse()];
  const map = { low: 4, high: 2, surjective: true };
  return {
    maps: [map, map, map],
    diagrams: [
      { cause: [0], effect: [1], mu: xy, nu: refine(xy) },
      { cause: [1], effect: [2], mu: yz, nu: refine(yz) },
    ],
  };
}

/** A collider X → Z ← Y: one square whose cause is the product of two maps. */
function collider(seed: number): DiagramProblem {
  const random = seededRandom(seed);
  const mu = Array.from({ length: 4 }, () => {
    const p = random.uniform();
    return Float64Array.of(p, 1 - p);
  });
  const nu = Array.from({ length: 3 * 2 }, (_, value) => {
    const [x, y] = [Math.floor(value / 2), value % 2];
    const [low, high] = mu[(x >> 1) * 2 + y]!;
    const u = random.uniform();
    return Float64Array.of(low! * u, low! * (1 - u), high!);
  });
  return {
    maps: [
      { low: 3, high: 2, surjective: true },
      { low: 2, high: 2, surjective: true, frozen: [0, 1] },
      { low: 3, high: 2, surjective: true },
    ],
    diagrams: [{ cause: [0, 1], effect: [2], mu, nu }],
  };
}

const QUICK = { restarts: 30, steps: 150, learningRates: [0.02], lambdas: [5], temperatures: [0.2] };

describe('relaxed search for any pair of models', () => {
  it('finds the planted maps of a chain again, jointly', async () => {
    const problem = chain(4);
    const { error, maps } = await solveDiagrams(problem, QUICK);
    expect(error).toBeLessThan(1e-9);
    expect(maps).toEqual(Array(3).fill([0, 0, 1, 1]));
  });

  it('finds the planted maps of a collider again, and leaves a frozen map alone', async () => {
    const { error, maps, restarts } = await solveDiagrams(collider(1), QUICK);
    expect(error).toBeLessThan(1e-9);
    expect(maps[1]).toEqual([0, 1]);
    expect(restarts).toHaveLength(QUICK.restarts);
  });

  it('counts several causes like digits, the first slowest', () => {
    const problem = collider(1);
    const [square] = problem.diagrams;
    const errors = diagramErrors(problem, [
      [0, 0, 1],
      [0, 1],
      [0, 0, 1],
    ]);
    expect(Math.max(...errors)).toBeLessThan(1e-9);
    const wrong = diagramErrors(problem, [
      [0, 1, 1],
      [0, 1],
      [0, 0, 1],
    ]);
    // Low cause (1, 1) now stands for high (1, 1), though it was refined from (0, 1).
    expect(wrong[3]).toBeCloseTo(jensenShannonDistance(square!.mu[3]!, square!.mu[1]!), 9);
  });

  it.each([
    ['mu', /^diagrams\[0\].mu: is 3 × 2 \(allowed: 4 × 2, by its maps\)/],
    ['nu', /^diagrams\[0\].nu: is 5 × 3 \(allowed: 6 × 3, by its maps\)/],
  ] as const)('refuses a mechanism %s of the wrong size', async (name, message) => {
    const problem = collider(1);
    const [square] = problem.diagrams;
    const broken = { ...problem, diagrams: [{ ...square!, [name]: square![name].slice(1) }] };
    await expect(solveDiagrams(broken)).rejects.toThrow(BadInputError);
    await expect(solveDiagrams(broken)).rejects.toThrow(message);
  });

  it('refuses a surjective map onto more values than it has, and a frozen one outside its values', async () => {
    const problem = collider(1);
    const withMap = (change: object) => ({
      ...problem,
      maps: problem.maps.map((map, i) => (i === 0 ? { ...map, ...change } : map)),
    });
    await expect(solveDiagrams(withMap({ low: 1 }))).rejects.toThrow(/^maps\[0\]: 1 values can't map onto 2/);
    await expect(solveDiagrams(withMap({ frozen: [0, 1, 2] }))).rejects.toThrow(/^maps\[0\]: frozen as/);
  });
});
