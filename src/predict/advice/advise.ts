import { GAP_RANGE_UM } from '../../config/predictor.ts';
import { BadInputError } from '../../core/errors.ts';
import type { Advice, Interval, PredictionQuery, PredictorModel, Slurry } from '../../core/prediction.ts';
import { curveOf } from './curve.ts';
import { allowedGaps, type GapLimits, limitRemark, nearestAllowed } from './limits.ts';
import { probabilityWithin } from './tolerance.ts';

export interface AdviceRequest extends GapLimits {
  readonly wanted_mg_cm2: number;
  /** Half-width of what is still good. */
  readonly tolerance_mg_cm2?: number | undefined;
  readonly line?: string | undefined;
  readonly slurry?: Slurry | undefined;
  /** Gaps that the machine's bar can be set to (µm). */
  readonly range_um?: Interval | undefined;
}

const GRID_STEP_UM = 5;

/**
 * The gap to set for a wanted loading: where the line's curve reaches it. The interval holds, with 90 % credibility,
 * the gap at which the line's long-run mean is the wanted loading; single runs scatter about that, which is what
 * `inTolerance` counts. Limits move the advice to the nearest gap allowed and say so.
 *
 * @throws BadInputError for a loading that isn't above 0, or limits that allow no gap.
 */
export function advise(model: PredictorModel, request: AdviceRequest): Advice {
  const { wanted_mg_cm2, tolerance_mg_cm2 } = request;
  if (!(wanted_mg_cm2 > 0 && Number.isFinite(wanted_mg_cm2))) {
    throw new BadInputError(`wanted loading is ${wanted_mg_cm2}`, { allowed: 'mg/cm² above 0' });
  }
  const range_um = request.range_um ?? GAP_RANGE_UM;
  const allowed = allowedGaps(request, range_um);
  const query = (gap_um: number): PredictionQuery => ({
    gap_um,
    ...(request.line !== undefined && { line: request.line }),
    ...(request.slurry && { slurry: request.slurry }),
  });
  const curve = curveOf(model);
  const best = crossing(range_um, (gap) => curve.mean_mg_cm2(query(gap)) - wanted_mg_cm2);
  /** Where the curve has reached the wanted loading with this probability. */
  const reached = (probability: number): Crossing =>
    crossing(range_um, (gap) => 1 - probability - curve.below(query(gap), wanted_mg_cm2));
  const [low, high] = [reached(0.05), reached(0.95)];
  const gap_um = nearestAllowed(best.gap_um, allowed);
  const prediction = model.predict(query(gap_um));
  return {
    wanted_mg_cm2,
    tolerance_mg_cm2,
    reachable: best.found,
    gap_um,
    interval90_um: [Math.min(low.gap_um, best.gap_um), Math.max(high.gap_um, best.gap_um)],
    inTolerance:
      tolerance_mg_cm2 === undefined
        ? Number.NaN
        : probabilityWithin(prediction, wanted_mg_cm2, tolerance_mg_cm2),
    extrapolation: prediction.extrapolation,
    remarks: remarks({ ...request, range_um }, best, gap_um, prediction),
  };
}

interface Crossing {
  readonly gap_um: number;
  /** False where the whole range of machines lies on one side; `gap_um` is then its nearer end. */
  readonly found: boolean;
}

/** The lowest gap at which a rising function passes zero: a coarse walk, then bisection to 0.01 µm. */
function crossing([from, to]: Interval, f: (gap_um: number) => number): Crossing {
  if (f(from) >= 0) return { gap_um: from, found: false };
  for (let left = from; left < to; left += GRID_STEP_UM) {
    const right = Math.min(to, left + GRID_STEP_UM);
    if (f(right) < 0) continue;
    let [low, high] = [left, right];
    while (high - low > 0.01) {
      const middle = (low + high) / 2;
      if (f(middle) < 0) low = middle;
      else high = middle;
    }
    return { gap_um: (low + high) / 2, found: true };
  }
  return { gap_um: to, found: false };
}

function remarks(
  request: AdviceRequest & { readonly range_um: Interval },
  best: Crossing,
  gap_um: number,
  { extrapolation, distanceToLine_um, mean_mg_cm2 }: ReturnType<PredictorModel['predict']>,
): string[] {
  const said: string[] = [];
  if (!best.found) {
    said.push(
      `No gap from ${request.range_um[0]} to ${request.range_um[1]} µm gives ${request.wanted_mg_cm2} mg/cm²; ` +
        `${gap_um.toFixed(0)} µm would give ${mean_mg_cm2.toFixed(1)}.`,
    );
  }
  if (gap_um !== best.gap_um) {
    said.push(limitRemark(best.gap_um, gap_um, request, mean_mg_cm2));
  }
  if (extrapolation === 'outside') {
    said.push(
      Number.isFinite(distanceToLine_um)
        ? `Outside the data: the nearest gap this line has run is ${distanceToLine_um.toFixed(0)} µm away. Run a short trial first.`
        : 'Outside the data: this line has no runs yet, the advice rests on the laboratory alone. Run a short trial first.',
    );
  } else if (extrapolation === 'within') {
    said.push(`The line has never run this gap; its nearest run is ${distanceToLine_um.toFixed(0)} µm away.`);
  }
  return said;
}
