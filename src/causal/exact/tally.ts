import { type AbstractionMaps, type Objective, overall } from '../problem.ts';
import type { Frame } from './frame.ts';
import { countGapMaps, visitGapMaps } from './gapmaps.ts';
import { combinations, fillingsOf, freely, type Placements } from './listing.ts';
import type { SearchModel } from './model.ts';
import { type GapMapTies, LISTED_MAPS, TIE_TOLERANCE } from './options.ts';
import { visitPlacements } from './privates.ts';

/** Collects the optimal maps, node by node, each node standing for a product of free choices. */
export class Tally {
  ties = 0;
  /** Whether no node was given up for want of budget. */
  complete = true;
  readonly maps: AbstractionMaps[] = [];
  readonly #gapMaps = new Map<string, { alphaGap: readonly number[]; loadingMaps: number }>();
  readonly #model: SearchModel;
  readonly #objective: Objective;
  readonly #limit: number;
  readonly #spend: () => boolean;

  constructor(model: SearchModel, objective: Objective, limit: number, spend: () => boolean) {
    this.#model = model;
    this.#objective = objective;
    this.#limit = limit;
    this.#spend = spend;
  }

  get gapMaps(): GapMapTies[] {
    const listed = [...this.#gapMaps.values()];
    return listed.sort((a, b) => compareArrays(a.alphaGap, b.alphaGap));
  }

  /** Adds all optimal pairs at a node where each pair of gaps is either out or within the limit whatever comes. */
  add(frame: Frame): void {
    const { rules, bins } = this.#model;
    const weights = new Float64Array(frame.bound.length);
    const placements = new Map<number, Placements>();
    for (const [pair, bound] of frame.bound.entries()) {
      if (bound === Number.POSITIVE_INFINITY) continue;
      // With the sum only a gap's own best placements can be part of an optimum.
      const limit = this.#objective === 'max' ? this.#limit : bound + TIE_TOLERANCE;
      const placed = this.#placementsOf(frame, pair, limit);
      placements.set(pair, placed);
      weights[pair] = placed.count;
    }
    const freedom = bins ** frame.unassigned;
    const waysOf = (alphaGap: readonly number[]): number => {
      const pairs = alphaGap.map((lab, gap) => gap * rules.labGaps + lab);
      const error = overall(
        this.#objective,
        pairs.map((pair) => frame.bound[pair]!),
      );
      return error <= this.#limit ? pairs.reduce((ways, pair) => ways * weights[pair]!, freedom) : 0;
    };
    if (this.#objective === 'max') this.ties += freedom * countGapMaps(rules, weights);
    // Once the list of gap maps is full, later nodes only add to those already on it.
    visitGapMaps(rules, this.#objective, frame.bound, this.#limit, (alphaGap) => {
      if (this.#objective === 'sum') this.ties += waysOf(alphaGap);
      const key = alphaGap.join();
      if (this.#gapMaps.size < LISTED_MAPS && !this.#gapMaps.has(key) && waysOf(alphaGap) > 0) {
        this.#gapMaps.set(key, { alphaGap: [...alphaGap], loadingMaps: 0 });
      }
      if (this.#objective === 'sum') return this.#spend() || this.#giveUp();
      return this.#gapMaps.size < LISTED_MAPS;
    });
    for (const entry of this.#gapMaps.values()) {
      const ways = waysOf(entry.alphaGap);
      entry.loadingMaps += ways;
      if (ways > 0) this.#list(frame, entry.alphaGap, placements);
    }
  }

  #giveUp(): false {
    this.complete = false;
    return false;
  }

  #placementsOf(frame: Frame, pair: number, limit: number): Placements {
    const { bins, rules } = this.#model;
    const gap = Math.floor(pair / rules.labGaps);
    const outcomes = this.#model.privates[gap]!.length;
    // Shared outcomes still open here mean that nothing this gap could still do matters.
    if (frame.open[gap]! > 0) return { count: bins ** outcomes, samples: [{ bins: [], free: outcomes }] };
    const samples: { bins: readonly number[]; free: number }[] = [];
    let count = 0;
    const take = (place: readonly number[], free: number) => {
      count += bins ** free;
      if (samples.length < LISTED_MAPS) samples.push({ bins: [...place], free });
    };
    const lab = pair % rules.labGaps;
    const at = gap * bins;
    if (!visitPlacements(this.#model, gap, lab, frame.held, at, limit, this.#spend, take)) this.#giveUp();
    return { count, samples };
  }

  #list(frame: Frame, alphaGap: readonly number[], placements: ReadonlyMap<number, Placements>): void {
    const room = LISTED_MAPS - this.maps.length;
    if (room <= 0) return;
    const model = this.#model;
    const shared = model.shared.map(({ index }, i) =>
      frame.value[i]! >= 0 ? [[[index, frame.value[i]!] as const]] : freely(model, index),
    );
    const privates = alphaGap.map((lab, gap) =>
      fillingsOf(model, gap, placements.get(gap * model.rules.labGaps + lab)!, room),
    );
    for (const filling of combinations([...shared, ...privates], room)) {
      const alphaLoading = [...model.weightless];
      for (const [outcome, bin] of filling) alphaLoading[outcome] = bin;
      this.maps.push({ alphaGap: [...alphaGap], alphaLoading });
    }
  }
}

function compareArrays(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
