import { BadInputError } from '../core/errors.ts';
import { jensenShannonDistance } from './divergence.ts';

/**
 * Two finite mechanisms between which an abstraction is sought, in the terms of a coating line: ν(outcome |
 * do(line gap)) below, μ(bin | do(lab gap)) above. Any other pair of models takes this form once its
 * interventions and outcomes are listed (see abstraction.ts).
 */
export interface AbstractionProblem {
  /** Comma gaps with lab data (µm), ascending. */
  readonly labGaps_um: readonly number[];
  /** Comma gaps with line data (µm), ascending. */
  readonly lineGaps_um: readonly number[];
  /** Loading bins of the lab; a lab bin is an integer in [0, labBins). */
  readonly labBins: number;
  /** The line outcomes, each the bins of all lanes, operator side first; those that occur, no more. */
  readonly outcomes: readonly (readonly number[])[];
  /** For each lab gap the probability of each lab bin: labGaps × labBins, each row sums to 1. */
  readonly mu: readonly Float64Array[];
  /** For each line gap the probability of each outcome: lineGaps × outcomes, each row sums to 1. */
  readonly nu: readonly Float64Array[];
}

/** A deterministic abstraction of an `AbstractionProblem`. */
export interface AbstractionMaps {
  /** α_G: index of the lab gap for each line gap. */
  readonly alphaGap: readonly number[];
  /** α_L: lab bin for each outcome, in the problem's order of outcomes. */
  readonly alphaLoading: readonly number[];
}

/** How the errors of the single interventions make one figure: their maximum or their sum. */
export type Objective = 'max' | 'sum';

export const overall = (objective: Objective, errors: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < errors.length; i++) {
    total = objective === 'max' ? Math.max(total, errors[i]!) : total + errors[i]!;
  }
  return total;
};

/** `[2, 2]` → `"2,2"`, the outcome's name in reports and files. */
export const outcomeName = (outcome: readonly number[]): string => outcome.join(',');

/** Consistency error of each intervention: the JS distance of μ(· | α_G(g)) and α_L·ν(· | g), for each line gap. */
export function consistencyErrors(problem: AbstractionProblem, maps: AbstractionMaps): number[] {
  return problem.nu.map((column, gap) => {
    const pushed = pushForward(column, maps.alphaLoading, problem.labBins);
    return jensenShannonDistance(problem.mu[maps.alphaGap[gap]!]!, pushed);
  });
}

/** α_L·ν: the distribution over lab bins that a distribution over outcomes turns into. */
export function pushForward(
  distribution: ArrayLike<number>,
  alphaLoading: readonly number[],
  labBins: number,
): Float64Array {
  const pushed = new Float64Array(labBins);
  for (let outcome = 0; outcome < distribution.length; outcome++) {
    pushed[alphaLoading[outcome]!]! += distribution[outcome]!;
  }
  return pushed;
}

const SUM_TOLERANCE = 1e-9;

/** @throws BadInputError naming the part that is not a mechanism, and what is allowed. */
export function checkProblem(problem: AbstractionProblem): void {
  const { labGaps_um, lineGaps_um, labBins, outcomes, mu, nu } = problem;
  if (!Number.isInteger(labBins) || labBins < 1) {
    throw new BadInputError(`labBins is ${labBins}`, { allowed: 'an integer from 1' });
  }
  checkAscending('labGaps_um', labGaps_um);
  checkAscending('lineGaps_um', lineGaps_um);
  if (outcomes.length === 0) throw new BadInputError('there is no line outcome', { where: 'outcomes' });
  const lanes = outcomes[0]!.length;
  outcomes.forEach((outcome, i) => {
    if (outcome.length !== lanes) {
      throw new BadInputError(`has ${outcome.length} lanes`, {
        where: `outcomes[${i}]`,
        allowed: `${lanes}, as outcomes[0] has`,
      });
    }
  });
  checkMechanism('mu', mu, labGaps_um, labBins);
  checkMechanism('nu', nu, lineGaps_um, outcomes.length);
}

function checkAscending(name: string, gaps: readonly number[]): void {
  if (gaps.length === 0) throw new BadInputError('there is no gap', { where: name, allowed: 'one or more' });
  gaps.forEach((gap, i) => {
    if (!Number.isFinite(gap) || (i > 0 && gap <= gaps[i - 1]!)) {
      throw new BadInputError(`${gap} µm is out of order`, {
        where: `${name}[${i}]`,
        allowed: 'finite, ascending, no gap twice',
      });
    }
  });
}

function checkMechanism(
  name: string,
  rows: readonly Float64Array[],
  gaps: readonly number[],
  width: number,
): void {
  if (rows.length !== gaps.length) {
    throw new BadInputError(`has ${rows.length} rows`, {
      where: name,
      allowed: `${gaps.length}, one per gap`,
    });
  }
  rows.forEach((row, i) => {
    const where = `${name}, gap ${gaps[i]} µm`;
    if (row.length !== width) {
      throw new BadInputError(`has ${row.length} probabilities`, { where, allowed: `${width}` });
    }
    const sum = row.reduce((a, b) => a + b, 0);
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE) || row.some((p) => p < 0)) {
      throw new BadInputError(
        `probabilities sum to ${sum}${row.some((p) => p < 0) ? ', some negative' : ''}`,
        {
          where,
          allowed: 'non-negative, sum 1',
        },
      );
    }
  });
}
