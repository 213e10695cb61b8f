import { type ExactOptions, type ExactSolution, solveExact } from './exact/index.ts';
import { type AbstractionMaps, type AbstractionProblem, outcomeName } from './problem.ts';

/**
 * Online use: after each scan the counts change a little, and now and then a gap level or an outcome appears for
 * the first time. The maps known so far are carried over, and the search starts from them.
 */
export function resolveExact(
  before: { readonly problem: AbstractionProblem; readonly maps: AbstractionMaps } | undefined,
  problem: AbstractionProblem,
  options: ExactOptions = {},
): ExactSolution {
  if (!before) return solveExact(problem, options);
  return solveExact(problem, { ...options, warmStart: carryOver(before.problem, before.maps, problem) });
}

/**
 * The maps on another problem. A line gap that is new goes where the nearest known one goes, an outcome that is
 * new where the nearest known one goes (by its lanes' bins); lab gaps are recognised by their µm. Nearness keeps
 * order: where the old maps preserved it, one new level or outcome seldom breaks it, and if it does, the solver
 * drops this start and searches from nothing.
 */
export function carryOver(
  from: AbstractionProblem,
  maps: AbstractionMaps,
  to: AbstractionProblem,
): AbstractionMaps {
  const alphaGap = to.lineGaps_um.map((gap_um) => {
    const nearest = indexOfLeast(from.lineGaps_um.map((known) => Math.abs(known - gap_um)));
    const lab_um = from.labGaps_um[maps.alphaGap[nearest]!]!;
    return indexOfLeast(to.labGaps_um.map((known) => Math.abs(known - lab_um)));
  });
  const known = new Map(from.outcomes.map((outcome, o) => [outcomeName(outcome), o]));
  const alphaLoading = to.outcomes.map((outcome) => {
    const same = known.get(outcomeName(outcome));
    const nearest = same ?? indexOfLeast(from.outcomes.map((other) => distance(other, outcome)));
    return Math.min(maps.alphaLoading[nearest]!, to.labBins - 1);
  });
  return { alphaGap, alphaLoading };
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, bin, lane) => sum + Math.abs(bin - (b[lane] ?? 0)), 0);

const indexOfLeast = (values: readonly number[]): number => values.indexOf(Math.min(...values));
