import type { SearchModel } from './model.ts';

/** One way to fill a part of α_L: pairs of outcome (index in the problem) and lab bin. */
export type Filling = readonly (readonly [outcome: number, bin: number])[];

/** Placements of one gap's private outcomes for one lab gap: their number, and the first few of them. */
export interface Placements {
  readonly count: number;
  readonly samples: readonly { readonly bins: readonly number[]; readonly free: number }[];
}

/** The placements of one gap as fillings, free outcomes counted out through all bins; at most `most` of them. */
export function fillingsOf(model: SearchModel, gap: number, placements: Placements, most: number): Filling[] {
  const outcomes = model.privates[gap]!;
  const fillings: Filling[] = [];
  for (const { bins, free } of placements.samples) {
    const slots = outcomes.map(({ index }, i) =>
      i < outcomes.length - free ? [[[index, bins[i]!] as const]] : freely(model, index),
    );
    fillings.push(...combinations(slots, most - fillings.length));
    if (fillings.length >= most) break;
  }
  return fillings;
}

export const freely = (model: SearchModel, outcome: number): Filling[] =>
  Array.from({ length: model.bins }, (_, bin) => [[outcome, bin]]);

/** The first `most` combinations of one filling from each slot. */
export function combinations(slots: readonly (readonly Filling[])[], most: number): Filling[] {
  const combined: Filling[] = [];
  const descend = (slot: number, soFar: Filling): void => {
    if (slot === slots.length) {
      combined.push(soFar);
      return;
    }
    for (const filling of slots[slot]!) {
      if (combined.length >= most) return;
      descend(slot + 1, [...soFar, ...filling]);
    }
  };
  if (most > 0) descend(0, []);
  return combined;
}
