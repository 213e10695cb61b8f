import { type AbstractionMaps, consistencyErrors, type Objective, overall } from '../problem.ts';
import type { Frame } from './frame.ts';
import { bestGapMap } from './gapmaps.ts';
import type { SearchModel } from './model.ts';
import { placePrivates } from './privates.ts';
import { descending, type Rank } from './rank.ts';

/** A pair of maps with everything by which it is compared. */
export interface Ranked {
  readonly maps: AbstractionMaps;
  readonly errors: readonly number[];
  readonly rank: Rank;
}

/** The best pair of maps at a node whose shared outcomes are all placed; undefined where no gap map keeps the rules. */
export function bestAtLeaf(model: SearchModel, frame: Frame, objective: Objective): Ranked | undefined {
  const gapMap = bestGapMap(model.rules, objective, frame.bound, model.reach_um);
  if (!gapMap) return undefined;
  const alphaLoading = [...model.weightless];
  for (const [i, outcome] of model.shared.entries()) alphaLoading[outcome.index] = frame.value[i]!;
  for (const [gap, outcomes] of model.privates.entries()) {
    if (outcomes.length === 0) continue;
    const { bins } = placePrivates(model, gap, gapMap.alphaGap[gap]!, frame.held, gap * model.bins);
    for (const [k, outcome] of outcomes.entries()) alphaLoading[outcome.index] = bins[k]!;
  }
  return ranked(model, { alphaGap: gapMap.alphaGap, alphaLoading }, objective);
}

export function ranked(model: SearchModel, maps: AbstractionMaps, objective: Objective): Ranked {
  const errors = consistencyErrors(model.problem, maps);
  const { labGaps } = model.rules;
  const reach = (sum: number, outcome: { index: number; reach: Float64Array }) =>
    sum + outcome.reach[maps.alphaLoading[outcome.index]!]!;
  return {
    maps,
    errors,
    rank: {
      error: overall(objective, errors),
      descending: descending(errors),
      gapReach_um: maps.alphaGap.reduce((sum, lab, gap) => sum + model.reach_um[gap * labGaps + lab]!, 0),
      loadingReach: [...model.shared, ...model.privates.flat()].reduce(reach, 0),
    },
  };
}
