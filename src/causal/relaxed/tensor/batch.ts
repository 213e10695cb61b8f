import type { TensorFlow } from '../../tensor-backend.ts';
import type { DiagramProblem } from '../diagram.ts';
import type { ResolvedSettings } from '../options.ts';
import type { Restart, RestartOutcome } from '../restarts.ts';
import { type BatchLoss, makeBatchLoss } from './loss.ts';
import { Patience } from './patience.ts';
import { advance, dispose, startState } from './step.ts';

export interface BatchWatch {
  /** Called every `CHECKED_EVERY` steps with the smallest distance so far. */
  readonly onSteps?: ((steps: number, distance: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type BatchSettings = Pick<
  ResolvedSettings,
  'loss' | 'objective' | 'steps' | 'patience_steps' | 'goal'
>;

/**
 * Adam (Kingma and Ba 2015) on the logits of all restarts at once, each with its own temperature, λ and learning
 * rate. Keeps each restart's best state, and leaves no tensor behind. The batch ends early when every restart has
 * reached the goal or run out of patience.
 */
export async function descendBatch(
  tf: TensorFlow,
  problem: DiagramProblem,
  settings: BatchSettings,
  restarts: readonly Restart[],
  watch: BatchWatch = {},
): Promise<RestartOutcome[]> {
  const loss = makeBatchLoss(
    tf,
    problem,
    settings,
    restarts.map((r) => r.temperature),
    restarts.map((r) => r.lambda),
  );
  const rates = tf.tensor3d(
    restarts.map((r) => r.learningRate),
    [restarts.length, 1, 1],
  );
  const patience = new Patience(restarts.length, settings);
  let state = startState(tf, problem, restarts);
  let step = 0;
  try {
    while (step < settings.steps && !watch.signal?.aborted) {
      step++;
      const next = tf.tidy(() => advance(tf, state, loss.evaluate, rates, step));
      dispose(state);
      state = next;
      if (step % CHECKED_EVERY !== 0 && step !== settings.steps) continue;
      const distances = await state.best.distance.data<'float32'>();
      watch.onSteps?.(
        step,
        distances.reduce((x, y) => Math.min(x, y)),
      );
      if (patience.isOver(step, await state.best.total.data<'float32'>(), distances)) break;
      await new Promise(setImmediate);
    }
    return step === 0 ? [] : await outcomes(problem, restarts, state.best, step);
  } finally {
    dispose(state);
    loss.dispose();
    rates.dispose();
  }
}

export const CHECKED_EVERY = 50;

async function outcomes(
  problem: DiagramProblem,
  restarts: readonly Restart[],
  best: BatchLoss,
  steps: number,
): Promise<RestartOutcome[]> {
  const [distance, penalty] = [await best.distance.data<'float32'>(), await best.penalty.data<'float32'>()];
  const maps = await Promise.all(best.probabilities.map((probability) => probability.data<'float32'>()));
  return restarts.map(({ index }, r) => ({
    index,
    entries: Float64Array.from(
      problem.maps.flatMap(({ low, high }, i) => [
        ...maps[i]!.subarray(r * low * high, (r + 1) * low * high),
      ]),
    ),
    distance: distance[r]!,
    penalty: penalty[r]!,
    steps,
  }));
}
