import { loadTensorBackend } from '../../tensor-backend.ts';
import type { DiagramProblem } from '../diagram.ts';
import type { Restart, RestartOutcome } from '../restarts.ts';
import { type BatchSettings, type BatchWatch, descendBatch } from './batch.ts';

/** Runs all restarts in one batch on the best backend that is there, and names it. */
export async function descendDiagrams(
  problem: DiagramProblem,
  settings: BatchSettings,
  restarts: readonly Restart[],
  watch: BatchWatch = {},
): Promise<{ outcomes: RestartOutcome[]; backend: string }> {
  const { tf, name } = await loadTensorBackend();
  return { outcomes: await descendBatch(tf, problem, settings, restarts, watch), backend: name };
}
