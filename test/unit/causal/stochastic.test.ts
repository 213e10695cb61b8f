import { describe, expect, it } from 'vitest';
import { solveExact } from '../../../src/causal/exact/index.ts';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';
import { solveStochastic } from '../../../src/causal/stochastic/index.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { hasSharedData, publishedData } from '../../support/shared-data.ts';
import { distance } from './brute-force.ts';
import { simplex } from './planted.ts';
import { publishedProblem } from './published-problem.ts';

function randomProblem(seed: number): AbstractionProblem {
  const random = seededRandom(seed);
  return {
    labGaps_um: [100, 200],
    lineGaps_um: [90, 150, 210],
    labBins: 3,
    outcomes: [[0], [1], [2], [3]],
    mu: [0, 1].map(() => Float64Array.from(simplex(random, 3))),
    nu: [0, 1, 2].map(() => Float64Array.from(simplex(random, 4))),
  };
}

describe('stochastic loading map', () => {
  it('lies below the best deterministic one for the same gap map, by a proved gap', () => {
    for (let seed = 0; seed < 20; seed++) {
      const problem = randomProblem(seed);
      const exact = solveExact(problem);
      const found = solveStochastic(problem, { alphaGap: exact.alphaGap });
      expect(found.error).toBeLessThanOrEqual(exact.error + 1e-4);
      expect(found.lowerBound).toBeLessThanOrEqual(exact.error + 1e-12);
      // Near an optimum of 0 the root stretches the last bit of the gap.
      expect(found.gap).toBeLessThanOrEqual(1.5e-3);
      for (const [o, shares] of found.alphaLoading.entries()) {
        expect(
          shares.reduce((a, b) => a + b, 0),
          `outcome ${o}`,
        ).toBeCloseTo(1, 12);
      }
    }
  });

  it('is not beaten by any of many random maps (its bound is true)', () => {
    for (let seed = 0; seed < 5; seed++) {
      const problem = randomProblem(seed);
      const random = seededRandom(seed + 100);
      for (const objective of ['max', 'sum'] as const) {
        const alphaGap = [0, 0, 1];
        const { lowerBound } = solveStochastic(problem, { alphaGap, objective });
        for (let draw = 0; draw < 300; draw++) {
          const shares = problem.outcomes.map(() => simplex(random, 3));
          const errors = problem.nu.map((row, g) => {
            const q = [0, 1, 2].map((bin) => row.reduce((sum, mass, o) => sum + mass * shares[o]![bin]!, 0));
            return distance([...problem.mu[alphaGap[g]!]!], q);
          });
          const value = objective === 'max' ? Math.max(...errors) : Math.hypot(...errors);
          expect(value).toBeGreaterThanOrEqual(lowerBound - 1e-9);
        }
      }
    }
  });

  it('finds the closed form where two interventions compete for one outcome', () => {
    // One outcome, two lab distributions at opposite corners: the middle is best, at JS((1,0), (1/2,1/2)).
    const problem: AbstractionProblem = {
      labGaps_um: [100, 200],
      lineGaps_um: [90, 210],
      labBins: 2,
      outcomes: [[0]],
      mu: [Float64Array.of(1, 0), Float64Array.of(0, 1)],
      nu: [Float64Array.of(1), Float64Array.of(1)],
    };
    const found = solveStochastic(problem, { alphaGap: [0, 1] });
    expect(found.error).toBeCloseTo(distance([1, 0], [0.5, 0.5]), 4);
    expect(found.alphaLoading[0]![0]).toBeCloseTo(0.5, 3);
  });

  it('refuses a gap map of another size', () => {
    expect(() => solveStochastic(randomProblem(1), { alphaGap: [0, 1] })).toThrow(
      /alphaGap.*3 indices from 0 to 1/,
    );
  });

  it.skipIf(!hasSharedData)(
    `bounds both optimal gap maps of the published study alike${publishedData}`,
    () => {
      const problem = publishedProblem();
      for (const alphaGap of [
        [0, 0, 1, 2, 1, 2],
        [2, 2, 1, 0, 1, 0],
      ]) {
        const found = solveStochastic(problem, { alphaGap, steps: 2000 });
        expect(found.error).toBeLessThan(0.2928);
        expect(found.lowerBound).toBeGreaterThan(0.292);
        expect(found.lowerBound).toBeLessThan(0.347422);
      }
    },
  );
});
