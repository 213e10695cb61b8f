import type { Advice } from '../core/prediction.ts';

/** What the reports don't carry, asked of the agent. */
export interface LineKnowledge {
  /** @throws BadInputError for a loading that no model can answer. */
  advise(
    line: string,
    wanted_mg_cm2: number,
    tolerance_mg_cm2?: number,
  ): { readonly version: string; readonly answer: Advice };
}

/** A line as its plant is told of it. */
export interface OutputLine {
  readonly name: string;
  /** Mass loading that is wanted (mg/cm²); without it there is no advice. */
  readonly target_mg_cm2?: number | undefined;
  /** Half width of the tolerance band around the target (mg/cm²). */
  readonly tolerance_mg_cm2?: number | undefined;
}
