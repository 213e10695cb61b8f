import type { AbstractionMaps, Objective } from '../problem.ts';
import type { RelaxedLoss } from './loss.ts';
import type { RelaxedMaps } from './maps.ts';

/**
 * The answer of the relaxed search. At its top level stand deterministic maps, the best that rounding (and then
 * `polish`, unless it was turned off) gave. No certificate comes with them: the exact solver's optimum may be far
 * below, and the relaxed distance far below both, as it is zero on the published data for every relabelling of the
 * lab gaps and so says nothing about them.
 */
export interface RelaxedSolution extends AbstractionMaps {
  readonly objective: Objective;
  /** Overall error of these maps. */
  readonly error: number;
  /** Error of each intervention, for each line gap. */
  readonly errors: readonly number[];
  /** Always 0: a relaxed search proves nothing. */
  readonly lowerBound: number;
  readonly loss: RelaxedLoss;
  /** Which engine ran, and on what, e.g. `fused`, `fused, 2 threads`, `tensor (wasm)`. */
  readonly engine: string;
  readonly relaxed: RelaxedOptimum;
  /** In the order of their index; fewer than asked for where the search was stopped. */
  readonly restarts: readonly RestartReport[];
  /** Wall time; only where a clock was given. */
  readonly seconds?: number;
}

/** The restart that ended with the smallest distance, of those whose α_G is onto the lab gaps if there are any. */
export interface RelaxedOptimum {
  readonly restart: number;
  /** As the loss measures it, without λ and penalty. */
  readonly distance: number;
  readonly maps: RelaxedMaps;
  /** Jensen-Shannon distance of each intervention between the relaxed maps. */
  readonly errors: readonly number[];
  /** The same maps after rounding, which is what the published method would report. */
  readonly rounded: AbstractionMaps & { readonly error: number; readonly errors: readonly number[] };
}

export interface RestartReport {
  readonly index: number;
  readonly temperature: number;
  readonly lambda: number;
  readonly learningRate: number;
  readonly steps: number;
  readonly distance: number;
  readonly penalty: number;
  /** Error of the rounded maps. */
  readonly roundedError: number;
  /** Lab gaps (and lab bins, where asked for) that rounding alone would have left out. */
  readonly missing: number;
}
