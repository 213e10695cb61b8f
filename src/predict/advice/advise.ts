import { BadInputError } from '../../core/errors.ts';
import type { Advice, Interval, PredictionQuery, PredictorModel, Slurry } from '../../core/prediction.ts';
import { normalQuantile } from '../numeric/normal.ts';
import { curveOf } from './curve.ts';
import { probabilityWithin } from './tolerance.ts';

export interface AdviceRequest {
  readonly wanted_mg_cm2: number;
  /** Half-width of what is still good. */
  readonly tolerance_mg_cm2?: number | undefined;
  readonly line?: string | undefined;
  readonly slurry?: Slurry | undefined;
  /** Gaps that may be set on this machine (µm). */
  readonly lowestGap_um?: number | undefined;
  readonly highestGap_um?: number | undefined;
  /** The gap now set, and how far it may be moved in one go (µm). */
  readonly gapNow_um?: number | undefined;
  readonly largestStep_um?: number | undefined;
}

/** Range of comma bars; beyond it no advice makes sense. */
const MACHINE_UM: Interval = [10, 600];
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
  const allowed = allowedGaps(request);
  const query = (gap_um: number): PredictionQuery => ({
    gap_um,
    ...(request.line !== undefined && { line: request.line }),
    ...(request.slurry && { slurry: request.slurry }),
  });
  const curve = curveOf(model);
  /** How many standard deviations the curve lies above the wanted loading, and then `shift` more. */
  const above = (gap_um: number, shift: number): number => {
    const { mean_mg_cm2, sd_mg_cm2 } = curve(query(gap_um));
    return mean_mg_cm2 + shift * sd_mg_cm2 - wanted_mg_cm2;
  };
  const reach = normalQuantile(0.95);
  const best = crossing((gap) => above(gap, 0));
  const low = crossing((gap) => above(gap, reach));
  const high = crossing((gap) => above(gap, -reach));
  const gap_um = Math.min(allowed[1], Math.max(allowed[0], best.gap_um));
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
    remarks: remarks(request, best, gap_um, prediction),
  };
}

interface Crossing {
  readonly gap_um: number;
  /** False where the whole range of machines lies on one side; `gap_um` is then its nearer end. */
  readonly found: boolean;
}

/** The lowest gap at which a rising function passes zero: a coarse walk, then bisection to 0.01 µm. */
function crossing(f: (gap_um: number) => number): Crossing {
  const [from, to] = MACHINE_UM;
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

/** The gaps that limits and the largest step leave. */
function allowedGaps(request: AdviceRequest): Interval {
  const { lowestGap_um, highestGap_um, gapNow_um, largestStep_um } = request;
  let low = lowestGap_um ?? MACHINE_UM[0];
  let high = highestGap_um ?? MACHINE_UM[1];
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

function remarks(
  request: AdviceRequest,
  best: Crossing,
  gap_um: number,
  { extrapolation, distanceToLine_um, mean_mg_cm2 }: ReturnType<PredictorModel['predict']>,
): string[] {
  const said: string[] = [];
  if (!best.found) {
    said.push(
      `No gap from ${MACHINE_UM[0]} to ${MACHINE_UM[1]} µm gives ${request.wanted_mg_cm2} mg/cm²; ` +
        `${gap_um.toFixed(0)} µm would give ${mean_mg_cm2.toFixed(1)}.`,
    );
  }
  if (gap_um !== best.gap_um) {
    const { gapNow_um, largestStep_um, lowestGap_um, highestGap_um } = request;
    const outsideRange =
      best.gap_um < (lowestGap_um ?? Number.NEGATIVE_INFINITY) ||
      best.gap_um > (highestGap_um ?? Number.POSITIVE_INFINITY);
    const limit = outsideRange
      ? `the gap's range ends at ${gap_um.toFixed(0)} µm`
      : `one step may move the gap from ${gapNow_um} µm by ${largestStep_um} µm only`;
    said.push(
      `${best.gap_um.toFixed(1)} µm would be right, but ${limit}; expect ${mean_mg_cm2.toFixed(2)} mg/cm² there.`,
    );
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
