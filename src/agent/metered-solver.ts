import type { Clock } from '../core/clock.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { Solver } from '../core/solver.ts';

/** The same solver, which tells how often it was asked, how long it took and how far it searched. */
export function meteredSolver<Problem, Options, Solution extends { readonly nodes: number }>(
  solver: Solver<Problem, Options, Solution>,
  line: string,
  clock: Pick<Clock, 'now_ms'>,
): Solver<Problem, Options, Solution> & Metered {
  let [solved, nodes, taken_ms] = [0, 0, 0];
  const counter = (what: string, help: string, value: number): Figure => ({
    name: `gapwise_solver_${what}_total`,
    help,
    type: 'counter',
    labels: { line, solver: solver.name },
    value,
  });
  return {
    name: solver.name,
    solve(problem, options) {
      const began_ms = clock.now_ms();
      const solution = solver.solve(problem, options);
      taken_ms += Math.max(0, clock.now_ms() - began_ms);
      solved++;
      nodes += solution.nodes;
      return solution;
    },
    *figures() {
      yield counter('solutions', 'Abstraction problems solved.', solved);
      yield counter('nodes', 'Nodes of the search tree that were looked at.', nodes);
      yield counter('seconds', 'Time taken.', taken_ms / 1000);
    },
  };
}
