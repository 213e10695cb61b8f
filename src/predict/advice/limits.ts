import { BadInputError } from '../../core/errors.ts';
import type { Interval } from '../../core/prediction.ts';

/** What one request allows of the gaps that the machine can be set to. */
export interface GapLimits {
  readonly lowestGap_um?: number | undefined;
  readonly highestGap_um?: number | undefined;
  /** The gap now set, and how far it may be moved in one go (µm). */
  readonly gapNow_um?: number | undefined;
  readonly largestStep_um?: number | undefined;
}

/** The gaps that limits and the largest step leave of a range. @throws BadInputError where that is none. */
export function allowedGaps(limits: GapLimits, range_um: Interval): Interval {
  const { lowestGap_um, highestGap_um, gapNow_um, largestStep_um } = limits;
  let low = Math.max(range_um[0], lowestGap_um ?? range_um[0]);
  let high = Math.min(range_um[1], highestGap_um ?? range_um[1]);
  if (!(low <= high)) {
    throw new BadInputError(`limits ${low} to ${high} µm allow no gap`, { where: 'advice' });
  }
  if (gapNow_um !== undefined && largestStep_um !== undefined) {
    // The range limits stand above the step: a machine outside its range is brought back to it.
    low = Math.min(high, Math.max(low, gapNow_um - largestStep_um));
    high = Math.max(low, Math.min(high, gapNow_um + largestStep_um));
  }
  return [low, high];
}

/** The nearest gap allowed. */
export const nearestAllowed = (gap_um: number, [low, high]: Interval): number =>
  Math.min(high, Math.max(low, gap_um));

/** Plain words where the right gap isn't allowed. */
export function limitRemark(
  right_um: number,
  set_um: number,
  limits: GapLimits,
  mean_mg_cm2: number,
): string {
  const { gapNow_um, largestStep_um, lowestGap_um, highestGap_um } = limits;
  const outsideRange =
    largestStep_um === undefined ||
    right_um < (lowestGap_um ?? Number.NEGATIVE_INFINITY) ||
    right_um > (highestGap_um ?? Number.POSITIVE_INFINITY);
  const limit = outsideRange
    ? `the gap's range ends at ${set_um.toFixed(0)} µm`
    : `one step may move the gap from ${gapNow_um} µm by ${largestStep_um} µm only`;
  return `${right_um.toFixed(1)} µm would be right, but ${limit}; expect ${mean_mg_cm2.toFixed(2)} mg/cm² there.`;
}
