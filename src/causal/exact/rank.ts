import type { Objective } from '../problem.ts';
import { TIE_TOLERANCE } from './options.ts';

/**
 * What makes one map better than another, in this order: the objective; the errors from the largest down
 * (leximin), so that of two maps with the same worst gap the one with the better second worst wins; how far the
 * gap map reaches (µm); how far the loading map moves the bins.
 */
export interface Rank {
  readonly error: number;
  /** Errors of the interventions, largest first. */
  readonly descending: readonly number[];
  /** Sum over the line gaps of the distance to their lab gap (µm). */
  readonly gapReach_um: number;
  /** Sum over the outcomes of the squared distance between mean lane bin and lab bin, both scaled to [0, 1]. */
  readonly loadingReach: number;
}

export const descending = (errors: Iterable<number>): number[] => [...errors].sort((a, b) => b - a);

/** Below 0 where a is better, above 0 where b is, 0 where they are as good. */
export function compareRanks(a: Rank, b: Rank): number {
  return (
    compareNumbers(a.error, b.error) ||
    compareDescending(a.descending, b.descending) ||
    compareNumbers(a.gapReach_um, b.gapReach_um) ||
    compareNumbers(a.loadingReach, b.loadingReach)
  );
}

export function compareDescending(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareNumbers(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers within the tie tolerance are equal. */
export function compareNumbers(a: number, b: number): number {
  if (a === b) return 0;
  return Math.abs(a - b) <= TIE_TOLERANCE ? 0 : a - b;
}

export const combine = (objective: Objective, total: number, error: number): number =>
  objective === 'max' ? Math.max(total, error) : total + error;
