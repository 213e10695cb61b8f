import { type AbstractionMaps, type AbstractionProblem, outcomeName } from '../problem.ts';
import type { ExactOptions } from './options.ts';

/**
 * Whether maps fit a problem's size and keep the rules that an exact search was given. Returns a test to be used
 * many times over.
 */
export function rulesOf(
  problem: AbstractionProblem,
  options: ExactOptions,
): (maps: AbstractionMaps) => boolean {
  const { labGaps_um, lineGaps_um, labBins, outcomes, nu } = problem;
  const occurring = [...outcomes.keys()].filter((o) => nu.some((row) => row[o]! > 0));
  const ordered = options.orderPreserving ? comparablePairs(outcomes, occurring) : [];
  const names = outcomes.map(outcomeName);
  const anchoredGaps = (options.anchors?.gaps ?? []).map(
    ({ lineGap_um, labGap_um }) => [lineGaps_um.indexOf(lineGap_um), labGaps_um.indexOf(labGap_um)] as const,
  );
  const anchoredBins = Object.entries(options.anchors?.loading ?? {}).map(
    ([name, bin]) => [names.indexOf(name), bin] as const,
  );
  const within = (value: number, bound: number) => Number.isInteger(value) && value >= 0 && value < bound;

  return ({ alphaGap, alphaLoading }) => {
    if (alphaGap.length !== lineGaps_um.length || alphaLoading.length !== outcomes.length) return false;
    if (!alphaGap.every((lab) => within(lab, labGaps_um.length))) return false;
    if (!alphaLoading.every((bin) => within(bin, labBins))) return false;
    if ((options.surjectiveGap ?? true) && new Set(alphaGap).size < labGaps_um.length) return false;
    if (options.surjectiveLoading && new Set(occurring.map((o) => alphaLoading[o]!)).size < labBins)
      return false;
    if (anchoredGaps.some(([gap, lab]) => alphaGap[gap] !== lab)) return false;
    if (anchoredBins.some(([outcome, bin]) => alphaLoading[outcome] !== bin)) return false;
    if (!options.orderPreserving) return true;
    const gapsKeepOrder = alphaGap.every((lab, gap) => gap === 0 || lab >= alphaGap[gap - 1]!);
    return gapsKeepOrder && ordered.every(([below, above]) => alphaLoading[below]! <= alphaLoading[above]!);
  };
}

function comparablePairs(
  outcomes: AbstractionProblem['outcomes'],
  among: readonly number[],
): [number, number][] {
  return among.flatMap((a) =>
    among.flatMap((b): [number, number][] =>
      a !== b && outcomes[a]!.every((bin, lane) => bin <= outcomes[b]![lane]!) ? [[a, b]] : [],
    ),
  );
}
