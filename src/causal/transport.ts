import { BadInputError } from '../core/errors.ts';
import { type AbstractionMaps, type AbstractionProblem, outcomeName } from './problem.ts';

/** A scan of the line, binned. */
export interface BinnedScan {
  readonly gap_um: number;
  /** Bin of each lane, operator side first. */
  readonly bins: readonly number[];
}

/** A row as the lab would have it. */
export interface LabSample {
  readonly gap_um: number;
  readonly bin: number;
}

/** Turns a scan of the line into a row of the lab. */
export type Transport = (scan: BinnedScan) => LabSample;

/**
 * The abstraction applied to data: α_G to the gap, α_L to the lanes.
 * The transport throws BadInputError for a gap or an outcome that the abstraction was not learned on.
 */
export function transportBy(problem: AbstractionProblem, maps: AbstractionMaps): Transport {
  const gaps = new Map(problem.lineGaps_um.map((gap_um, g) => [gap_um, maps.alphaGap[g]!]));
  const outcomes = new Map(
    problem.outcomes.map((outcome, o) => [outcomeName(outcome), maps.alphaLoading[o]!]),
  );
  return ({ gap_um, bins }) => {
    const lab = gaps.get(gap_um);
    const bin = outcomes.get(outcomeName(bins));
    if (lab === undefined) {
      throw new BadInputError(`the abstraction has no line gap of ${gap_um} µm`, {
        where: 'alphaGap',
        allowed: [...gaps.keys()].join(' | '),
      });
    }
    if (bin === undefined) {
      throw new BadInputError(`the abstraction has no line outcome ${outcomeName(bins)}`, {
        where: 'alphaLoading',
        allowed: [...outcomes.keys()].join(' | '),
      });
    }
    return { gap_um: problem.labGaps_um[lab]!, bin };
  };
}

/** α_L by the outcomes' names, as reports and files have it. */
export function namedLoading(
  problem: AbstractionProblem,
  alphaLoading: readonly number[],
): Record<string, number> {
  return Object.fromEntries(problem.outcomes.map((outcome, o) => [outcomeName(outcome), alphaLoading[o]!]));
}
