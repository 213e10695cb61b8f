import { expect, it } from 'vitest';
import { AbstractionKeeper } from '../../../src/agent/abstraction-keeper.ts';
import { meteredSolver } from '../../../src/agent/metered-solver.ts';
import { type ExactOptions, type ExactSolution, exactSolver } from '../../../src/causal/exact/index.ts';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';
import { abstractionSchema } from '../../../src/config/abstraction.ts';
import { pipelineSchema } from '../../../src/config/pipeline.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { readLabTable } from '../../../src/sources/tables/lab.ts';

const lab = readLabTable('config/lab/lrcs-cunha-2020.csv').groups;
const abstraction = abstractionSchema.parse({});

function* observations(n: number): Generator<Observation> {
  const random = seededRandom(4);
  for (let i = 0; i < n; i++) {
    const gap_um = [110, 150, 170, 180][(i >> 4) % 4]!;
    const lanes_mg_cm2 = [0, 1].map(() => 0.14 * gap_um + random.normal());
    yield {
      kind: 'observation',
      line: 'a',
      gauge: 'g',
      scan: i,
      time_ms: 8000 * i,
      run: 1 + (i >> 4),
      gap_um,
      lanes_mg_cm2,
      mean_mg_cm2: (lanes_mg_cm2[0]! + lanes_mg_cm2[1]!) / 2,
      crossWeb2Sigma_mg_cm2: 0.3,
      head_ms: 8000 * i,
      confidence: 1,
      aggregated: false,
    };
  }
}

it('a version is what a search from nothing finds, though it goes on from what is known', () => {
  let newest: { problem: AbstractionProblem; options: ExactOptions; solution: ExactSolution } | undefined;
  const solver = {
    name: 'exact',
    solve(problem: AbstractionProblem, options: ExactOptions) {
      const solution = exactSolver.solve(problem, options);
      newest = { problem, options, solution };
      return solution;
    },
  };
  const { bins } = pipelineSchema.parse({});
  const keeper = new AbstractionKeeper({ line: 'a', lab, abstraction, bins, solver });
  let versions = 0;
  for (const observation of observations(200)) {
    const version = keeper.learn(observation);
    if (!version) continue;
    versions++;
    const { problem, options } = newest!;
    const { warmStart: _, ...cold } = options;
    const found = exactSolver.solve(problem, cold);
    expect(found.proved && found.tieBreakProved).toBe(true);
    expect(version).toMatchObject({
      error: found.error,
      errors: found.errors,
      alphaGap: found.alphaGap,
      ties: found.ties,
      lowerBound: found.lowerBound,
    });
  }
  expect(versions).toBeGreaterThan(3);
});

it('counts what the search costs', () => {
  let now_ms = 0;
  const slow = {
    name: 'slow',
    solve(nodes: number) {
      now_ms += 250;
      return { nodes };
    },
  };
  const solver = meteredSolver(slow, 'a', { now_ms: () => now_ms });
  solver.solve(3, undefined);
  solver.solve(4, undefined);
  expect([...solver.figures()].map(({ name, value }) => [name, value])).toEqual([
    ['gapwise_solver_solutions_total', 2],
    ['gapwise_solver_nodes_total', 7],
    ['gapwise_solver_seconds_total', 0.5],
  ]);
});
