import type { PredictorModel, Slurry } from '../core/prediction.ts';
import { type Abstraction, discreteView } from './discrete.ts';

/** A prediction in the bins of the laboratory, as documents carry it. */
export interface LabBins {
  /** Probability of each lab bin through the abstraction, lowest first; what it does not map is missing from the sum. */
  readonly labBins: readonly number[];
  /** Plain words where the discrete and the continuous view disagree. */
  readonly warning?: string;
}

export interface LabBinsRequest {
  readonly gap_um: number;
  readonly line?: string;
  readonly slurry?: Slurry;
}

/** The next run at a gap, seen through the line's current abstraction (an `AbstractionReport` will do). */
export function labBins(model: PredictorModel, request: LabBinsRequest, abstraction: Abstraction): LabBins {
  const line = model.predict({ ...request, target: 'line' });
  const { slurry } = request;
  const view = discreteView(
    line,
    (gap_um) => model.predict({ gap_um, target: 'lab', ...(slurry && { slurry }) }),
    abstraction,
  );
  return { labBins: view.byAbstraction, ...(view.warning !== undefined && { warning: view.warning }) };
}
