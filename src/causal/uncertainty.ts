import { BadInputError } from '../core/errors.ts';
import { seededRandom } from '../core/random.ts';
import { coatingProblem, type Joint, type LabCounts, type LineCounts } from './coating.ts';
import { drawDirichlet } from './dirichlet.ts';
import { type ExactOptions, solveExact } from './exact/index.ts';
import {
  type AbstractionMaps,
  type AbstractionProblem,
  consistencyErrors,
  type Objective,
  outcomeName,
  overall,
} from './problem.ts';

/**
 * What few data leave open. Mechanisms are estimated from counts (8 scans at one gap, 142 at another), so each has
 * a Dirichlet posterior: counts plus a prior of one observation in all, spread evenly (Perks 1947). Maps are
 * solved again on draws from it.
 */
export interface UncertaintyOptions {
  readonly joint: Joint;
  /** Rules and objective of the maps. */
  readonly exact?: ExactOptions;
  /** Draws from the posterior. Default 200. */
  readonly draws?: number;
  readonly seed?: number;
  /** Observations that the prior weighs at each gap. Default 1. */
  readonly prior?: number;
  /**
   * How many scans make one independent observation; those of a run resemble each other. Default 1, which takes
   * every scan as independent and so is the most confident.
   */
  readonly scansPerObservation?: number;
}

export interface Uncertainty {
  /** How often each α_G was optimal, most probable first. */
  readonly gapMaps: readonly { readonly alphaGap: readonly number[]; readonly probability: number }[];
  /** How often the given maps' own α_G was optimal. */
  readonly sameGapMap: number;
  /** For each line gap how often it went to each lab gap: lineGaps × labGaps. */
  readonly gapProbabilities: readonly Float64Array[];
  /** For each outcome (by name) how often it went to each lab bin, among the draws in which it has notable mass. */
  readonly loadingProbabilities: Readonly<Record<string, Float64Array>>;
  /** Equal-tailed 90 % credible interval of the given maps' error. */
  readonly errorInterval90: readonly [number, number];
  /** The same for the error of whatever maps are then best. */
  readonly optimumInterval90: readonly [number, number];
  /** The same for the given maps' error at each line gap. */
  readonly errorIntervals90: readonly (readonly [number, number])[];
  readonly draws: number;
  /** Share of the draws whose optimum was proved; for the others the best maps found within a budget count. */
  readonly proved: number;
}

/** Outcomes that a draw makes rarer than this are left out of it: they slow the search and move no error. */
const NEGLIGIBLE = 0.005;

const NODES_PER_DRAW = 2_000;

/**
 * @param maps what was learned from the same counts, on `problem`
 * @throws BadInputError for options out of range
 */
export function uncertaintyOf(
  lab: readonly LabCounts[],
  line: readonly LineCounts[],
  problem: AbstractionProblem,
  maps: AbstractionMaps,
  options: UncertaintyOptions,
): Uncertainty {
  const draws = positive('draws', options.draws ?? 200);
  const prior = positive('prior', options.prior ?? 1);
  const perObservation = positive('scansPerObservation', options.scansPerObservation ?? 1);
  const objective: Objective = options.exact?.objective ?? 'max';
  const random = seededRandom(options.seed ?? 1);
  const occurring = [...new Set(line.flatMap((level) => [...level.counts.keys()]))].sort();
  const known = new Map(problem.outcomes.map((outcome, o) => [outcomeName(outcome), maps.alphaLoading[o]!]));

  const gapMaps = new Map<string, { alphaGap: readonly number[]; times: number }>();
  const gapProbabilities = line.map(() => new Float64Array(lab.length));
  const loadingProbabilities = new Map<string, Float64Array>();
  const own: number[] = [];
  const optimal: number[] = [];
  const ownErrors: number[][] = line.map(() => []);
  let proved = 0;
  for (let draw = 0; draw < draws; draw++) {
    const drawn = coatingProblem(
      lab.map(({ gap_um, counts }) => ({
        gap_um,
        counts: drawDirichlet(
          counts.map((n) => n + prior / counts.length),
          random,
        ),
      })),
      line.map(({ gap_um, counts }) => {
        const masses = drawDirichlet(
          occurring.map((name) => (counts.get(name) ?? 0) / perObservation + prior / occurring.length),
          random,
        );
        const notable = occurring.flatMap((name, i) =>
          masses[i]! >= NEGLIGIBLE ? [[name, masses[i]!] as const] : [],
        );
        return { gap_um, counts: new Map(notable) };
      }),
      options.joint,
    );
    const ownMaps = onto(drawn, maps.alphaGap, known);
    const errors = consistencyErrors(drawn, ownMaps);
    for (const [g, error] of errors.entries()) ownErrors[g]!.push(error);
    own.push(overall(objective, errors));
    const found = solveExact(drawn, {
      budget: { nodes: NODES_PER_DRAW },
      ...options.exact,
      warmStart: ownMaps,
      breakTies: false,
      countTies: false,
    });
    if (found.proved) proved++;
    optimal.push(found.error);
    const key = found.alphaGap.join();
    const entry = gapMaps.get(key) ?? { alphaGap: found.alphaGap, times: 0 };
    entry.times++;
    gapMaps.set(key, entry);
    found.alphaGap.forEach((lab_, g) => {
      gapProbabilities[g]![lab_]! += 1 / draws;
    });
    drawn.outcomes.forEach((outcome, o) => {
      const name = outcomeName(outcome);
      const row = loadingProbabilities.get(name) ?? new Float64Array(drawn.labBins);
      row[found.alphaLoading[o]!]! += 1;
      loadingProbabilities.set(name, row);
    });
  }
  const ranked = [...gapMaps.values()].sort((a, b) => b.times - a.times);
  return {
    gapMaps: ranked.map(({ alphaGap, times }) => ({ alphaGap, probability: times / draws })),
    sameGapMap: (gapMaps.get(maps.alphaGap.join())?.times ?? 0) / draws,
    gapProbabilities,
    loadingProbabilities: Object.fromEntries(
      [...loadingProbabilities].map(([name, times]) => {
        const occurred = times.reduce((a, b) => a + b, 0);
        return [name, times.map((n) => n / occurred)];
      }),
    ),
    errorInterval90: interval90(own),
    optimumInterval90: interval90(optimal),
    errorIntervals90: ownErrors.map(interval90),
    draws,
    proved: proved / draws,
  };
}

/** The maps on a problem that may list more outcomes, and in another order. */
function onto(
  drawn: AbstractionProblem,
  alphaGap: readonly number[],
  known: ReadonlyMap<string, number>,
): AbstractionMaps {
  // Under `product` the prior lets lanes combine in ways that were not seen: those follow their mean bin.
  const highest = Math.max(1, ...drawn.outcomes.flat());
  const alphaLoading = drawn.outcomes.map((outcome) => {
    const mean = outcome.reduce((a, b) => a + b, 0) / (outcome.length || 1);
    return known.get(outcomeName(outcome)) ?? Math.round((mean / highest) * (drawn.labBins - 1));
  });
  return { alphaGap, alphaLoading };
}

function interval90(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [quantile(sorted, 0.05), quantile(sorted, 0.95)];
}

function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (at - below) * (next - sorted[below]!);
}

function positive(where: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new BadInputError(`${value}`, { where, allowed: 'a finite number above 0' });
}
