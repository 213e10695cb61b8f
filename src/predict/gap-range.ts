import { GAP_RANGE_UM } from '../config/predictor.ts';
import { BadInputError } from '../core/errors.ts';
import type { Interval } from '../core/prediction.ts';

/** @throws BadInputError for a gap that the bar can't be set to; a prediction there would mean nothing. */
export function checkGap(gap_um: number, [low, high]: Interval = GAP_RANGE_UM, where = 'gap'): void {
  if (gap_um >= low && gap_um <= high) return;
  throw new BadInputError(`${gap_um} µm is no gap of this machine`, {
    where,
    allowed: `comma gaps from ${low} to ${high} µm`,
  });
}
