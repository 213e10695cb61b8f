import { resolve } from 'node:path';
import { AbstractionKeeper } from '../agent/abstraction-keeper.ts';
import type { ProcessAlarmSettings } from '../agent/alarms/process-alarms.ts';
import { Forecaster } from '../agent/forecaster.ts';
import { Learner, type LearnerState } from '../agent/learner.ts';
import type { ProcessorParts } from '../agent/processor.ts';
import { exactSolver } from '../causal/exact/index.ts';
import type { LineConfig } from '../config/schema.ts';
import type { LabGroup } from '../core/prediction.ts';
import { linePipeline } from '../pipeline/line.ts';
import { labExpectation } from '../pipeline/pairing/sequence/expectation.ts';
import { readConfiguredLab, readPastRuns } from '../predict/files.ts';
import { hierarchicalPredictor } from '../predict/hierarchical/predictor.ts';

/** What makes a line's processor, wherever it runs: beside the coater or on a worker of the plant. */
export type LineParts = Pick<ProcessorParts, 'line' | 'pipeline' | 'learner' | 'alarms'> & {
  readonly lab: readonly LabGroup[];
};

/** @param solver certifies what it finds; the exact one, or one that counts besides. */
export function lineParts(config: LineConfig, folder: string, solver = exactSolver): LineParts {
  const line = config.name;
  const lab = readConfiguredLab(config.lab, folder);
  const past = readPastRuns(config.predictor.past_campaigns.map((file) => resolve(folder, file)));
  const predictor = hierarchicalPredictor(config.predictor);
  const { gap_range_um: gapRange_um } = config.predictor;
  const { abstraction, pipeline, slurry } = config;
  return {
    line,
    lab,
    pipeline: linePipeline(pipeline, {
      line,
      // Of the lab alone: what the line has learnt so far would make a pairing depend on when it was decided.
      expectedLoading: labExpectation(lab),
    }),
    learner: (state?: LearnerState) =>
      new Learner(
        new Forecaster(
          predictor,
          { line, lab, past, gapRange_um, slurry, curve_um: curve(config.curve_um) },
          state?.forecaster,
        ),
        new AbstractionKeeper({ line, lab, abstraction, bins: pipeline.bins, solver }, state?.abstraction),
      ),
    alarms: alarmSettings(config),
  };
}

/** What of a line's configuration its alarms go by; it may change while the agent runs. */
export const alarmSettings = ({
  alarms,
  target_mg_cm2,
  tolerance_mg_cm2,
}: LineConfig): ProcessAlarmSettings => ({ alarms, target_mg_cm2, tolerance_mg_cm2 });

function curve({ from, to, step }: LineConfig['curve_um']): number[] {
  const points = Math.max(0, Math.floor((to - from) / step + 1e-9)) + 1;
  return Array.from({ length: points }, (_, i) => from + i * step);
}
