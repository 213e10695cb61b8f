import { from } from 'rxjs';
import type { PipelineConfig } from '../../../../src/config/pipeline.ts';
import type { LineMessage } from '../../../../src/core/messages.ts';
import type { DroppedScan, Observation } from '../../../../src/core/observation.ts';
import type { DeadLetter } from '../../../../src/core/source.ts';
import {
  type ExpectedLoading,
  linePipeline,
  type PipelineOutput,
  type PipelineState,
} from '../../../../src/pipeline/line.ts';
import type { Cell } from '../../../../src/pipeline/operator.ts';
import { LINE, loadingOf } from './day.ts';

export const expectedLoading: ExpectedLoading = (gap_um) => ({
  mean_mg_cm2: loadingOf(gap_um),
  sd_mg_cm2: 1,
});

export interface Ran {
  readonly outputs: readonly PipelineOutput[];
  readonly letters: readonly DeadLetter[];
  readonly state: PipelineState;
}

/** Plays the messages through a new pipeline to its end. */
export function play(config: PipelineConfig, messages: readonly LineMessage[]): Ran {
  const letters: DeadLetter[] = [];
  const dead = { take: (letter: DeadLetter) => void letters.push(letter) };
  const pipeline = linePipeline(config, { line: LINE, expectedLoading });
  const cell: Cell<PipelineState> = { state: pipeline.initial() };
  const outputs: PipelineOutput[] = [];
  from(messages)
    .pipe(pipeline.through(cell, dead))
    .subscribe((output) => outputs.push(output));
  outputs.push(...pipeline.finish(cell, dead));
  return { outputs, letters, state: cell.state };
}

export const observations = (outputs: readonly PipelineOutput[]): Observation[] =>
  outputs.filter((o): o is Observation => o.kind === 'observation');

export const drops = (outputs: readonly PipelineOutput[]): DroppedScan[] =>
  outputs.filter((o): o is DroppedScan => o.kind === 'dropped');
