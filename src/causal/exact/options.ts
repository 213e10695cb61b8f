import type { AbstractionMaps, Objective } from '../problem.ts';

export interface ExactOptions {
  /** Largest error over the interventions (default), or their sum. */
  readonly objective?: Objective;
  /**
   * Only maps that keep order: α_G nondecreasing in the gap, α_L nondecreasing in the product order of the lane
   * bins. Default false.
   */
  readonly orderPreserving?: boolean;
  /** Every lab gap is the image of some line gap. Default true. */
  readonly surjectiveGap?: boolean;
  /** Every lab bin is the image of some line outcome. Default false. */
  readonly surjectiveLoading?: boolean;
  /** Values that are known beforehand. */
  readonly anchors?: Anchors;
  /** Ends the search after so many nodes, for each of its three parts: proof, tie-break, count. Default 200,000. */
  readonly budget?: { readonly nodes: number };
  /** Maps to start from, e.g. those of the problem before the newest scan; need not be optimal or feasible. */
  readonly warmStart?: AbstractionMaps;
  /** Whether to choose among maps of the same error; else the first one found stays. Default true. */
  readonly breakTies?: boolean;
  /** Whether to count and list all optimal maps. Default true. */
  readonly countTies?: boolean;
}

export interface Anchors {
  /** Line gap → lab gap (µm). */
  readonly gaps?: readonly { readonly lineGap_um: number; readonly labGap_um: number }[];
  /** Line outcome, e.g. `"2,2"` → lab bin. */
  readonly loading?: Readonly<Record<string, number>>;
}

/** Default number of nodes for each part of the search. */
export const DEFAULT_NODES = 200_000;

/** Errors closer than this are the same error: well above rounding, far below what counts can tell apart. */
export const TIE_TOLERANCE = 1e-9;

/** The most maps that a solution lists one by one. */
export const LISTED_MAPS = 100;

export interface ExactSolution extends AbstractionMaps {
  readonly objective: Objective;
  /** The objective's value for these maps. */
  readonly error: number;
  /** Error of each intervention, for each line gap. */
  readonly errors: readonly number[];
  /** No map has a smaller error than this; equal to `error` where the search came to its end. */
  readonly lowerBound: number;
  /** Whether the optimum is proved, i.e. `lowerBound` equals `error`. */
  readonly proved: boolean;
  /** Whether the tie-break too was searched to its end; if not, the maps are the best ones found. */
  readonly tieBreakProved: boolean;
  /**
   * Number of pairs of maps with this error (a double: beyond 2^53 it is rounded). 0 where they were not counted:
   * without proof there is no optimum to count.
   */
  readonly ties: number;
  /** False where the count was ended by its budget (`ties` is then a least number) or did not take place. */
  readonly tiesComplete: boolean;
  /** The optimal α_G in lexicographic order, each with the number of its α_L; the first hundred. */
  readonly optimalGapMaps: readonly GapMapTies[];
  /** Optimal pairs of maps, the first hundred. */
  readonly optimalMaps: readonly AbstractionMaps[];
  /** Nodes visited by all parts of the search. */
  readonly nodes: number;
}

export interface GapMapTies {
  readonly alphaGap: readonly number[];
  readonly loadingMaps: number;
}
