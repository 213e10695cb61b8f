import { BadInputError } from '../../core/errors.ts';
import type { Evidence, PredictionQuery, Slurry } from '../../core/prediction.ts';
import type { CurveModel } from '../predictor.ts';

export interface NextGapRequest {
  /** The gap whose loading is to be known better (µm): usually the advised one. */
  readonly at_um: number;
  /** Gaps that may be run (µm). */
  readonly candidates_um: readonly number[];
  readonly line?: string | undefined;
  readonly slurry?: Slurry | undefined;
}

export interface NextGap {
  readonly gap_um: number;
  /** Standard deviation of the curve at `at_um` now, and after one run at `gap_um` (mg/cm²). */
  readonly sdNow_mg_cm2: number;
  readonly sdAfter_mg_cm2: number;
  /** Whether the run would pay: it takes a tenth off the standard deviation at least. */
  readonly worthwhile: boolean;
}

/** A gain below this share costs more material than it tells. */
const SMALL_GAIN = 0.1;

/**
 * The gap worth running next: of the candidates, the one whose run would leave the least uncertainty about the
 * curve at `at_um`. For a linear-Gaussian model the gain doesn't depend on what the run will show:
 * variance after = variance - cov² / (variance at the candidate + scatter of a run). Of equals, the first counts.
 *
 * @throws BadInputError without candidates.
 */
export function nextGapWorthRunning(model: CurveModel, request: NextGapRequest): NextGap {
  const query = (gap_um: number): PredictionQuery => ({
    gap_um,
    ...(request.line !== undefined && { line: request.line }),
    ...(request.slurry && { slurry: request.slurry }),
  });
  const wanted = query(request.at_um);
  const now = model.curve(wanted).sd_mg_cm2 ** 2;
  const candidates = request.candidates_um.map(query);
  const covariances = model.curveCovariances(wanted, candidates);
  let best: { gap_um: number; after: number } | undefined;
  candidates.forEach((candidate, i) => {
    // A prediction's variance is that of the curve and of a run's own scatter: just what the formula divides by.
    const total = model.predict(candidate).sd_mg_cm2 ** 2;
    const after = Math.max(0, now - (covariances[i] as number) ** 2 / total);
    if (!best || after < best.after) best = { gap_um: candidate.gap_um, after };
  });
  if (!best) throw new BadInputError('no gaps to choose from', { where: 'next gap' });
  const [sdNow_mg_cm2, sdAfter_mg_cm2] = [Math.sqrt(now), Math.sqrt(best.after)];
  return {
    gap_um: best.gap_um,
    sdNow_mg_cm2,
    sdAfter_mg_cm2,
    worthwhile: sdAfter_mg_cm2 < (1 - SMALL_GAIN) * sdNow_mg_cm2,
  };
}

const TRIAL_STEP_UM = 10;

/**
 * Gaps to choose a trial from: every ten micrometres over the gaps that lab, line and advice span, inside the limits
 * of the machine; the advised gap itself where that leaves none.
 */
export function trialGaps(
  { lab, line }: Evidence,
  advised_um: number,
  [lowest_um, highest_um]: readonly [lowest_um: number | undefined, highest_um: number | undefined],
): number[] {
  const gaps = [...lab, ...line].map(({ gap_um }) => gap_um);
  const low = lowest_um ?? Math.min(advised_um, ...gaps);
  const high = highest_um ?? Math.max(advised_um, ...gaps);
  const first = Math.ceil(low / TRIAL_STEP_UM);
  const count = Math.max(0, Math.floor(high / TRIAL_STEP_UM) - first + 1);
  return count > 0 ? Array.from({ length: count }, (_, i) => (first + i) * TRIAL_STEP_UM) : [advised_um];
}
