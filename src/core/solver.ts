/** Anything that searches: states its problem, its settings and its answer as types of its own. */
export interface Solver<Problem, Options, Solution> {
  readonly name: string;
  /** @throws BadInputError for a problem that is not well formed, saying which part and why. */
  solve(problem: Problem, options: Options): Solution;
}
