import type { AdviceDocument, PredictionDocument } from '../core/api.ts';
import type { Advice } from '../core/prediction.ts';
import type { ExplainedPrediction } from './explained.ts';

/** A number as JSON can hold it. */
const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The document of one prediction: `gapwise predict --json` and the HTTP API. */
export function predictionJson(prediction: ExplainedPrediction, version: string): PredictionDocument {
  const { labBins, warning, carriedBy } = prediction;
  return {
    gap_um: prediction.gap_um,
    mean_mg_cm2: prediction.mean_mg_cm2,
    sd: prediction.sd_mg_cm2,
    interval50: prediction.interval50_mg_cm2,
    interval90: prediction.interval90_mg_cm2,
    interval95: prediction.interval95_mg_cm2,
    lanes: prediction.lanes.map((lane) => ({
      mean_mg_cm2: lane.mean_mg_cm2,
      interval90: lane.interval90_mg_cm2,
    })),
    distance_um: known(prediction.distanceToLine_um),
    extrapolation: prediction.extrapolation,
    ...(labBins && { labBins }),
    ...(warning !== undefined && { warning }),
    ...(carriedBy && { carriedBy }),
    version,
  };
}

/** The document of one advice: `gapwise advise --json` and the HTTP API. */
export function adviceJson(
  advice: Advice,
  about: { readonly line: string; readonly version: string },
): AdviceDocument {
  return {
    line: about.line,
    wanted_mg_cm2: advice.wanted_mg_cm2,
    tolerance_mg_cm2: advice.tolerance_mg_cm2 ?? null,
    reachable: advice.reachable,
    gap_um: advice.gap_um,
    interval90: advice.interval90_um,
    inTolerance: known(advice.inTolerance),
    extrapolation: advice.extrapolation,
    remarks: advice.remarks,
    version: about.version,
  };
}
