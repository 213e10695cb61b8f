import type { Scalar, Tensor, Tensor1D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../tensor-backend.ts';
import { BETA1, BETA2, EPSILON } from '../adam.ts';
import { type DiagramProblem, entriesOf } from '../diagram.ts';
import { type Restart, startLogits } from '../restarts.ts';
import type { BatchLoss, BatchLossFunction } from './loss.ts';

/** Logits and moments of the maps that are not frozen; the best state has all maps. */
export type BatchState = {
  readonly logits: Tensor3D[];
  /** First and second moments. */
  readonly m: Tensor3D[];
  readonly v: Tensor3D[];
  readonly best: BatchLoss;
};

/** Random or given logits, moments at zero, and a best state that any other is better than. */
export function startState(
  tf: TensorFlow,
  problem: DiagramProblem,
  restarts: readonly Restart[],
): BatchState {
  const starts = restarts.map((restart) => startLogits(restart, entriesOf(problem.maps)));
  let first = 0;
  const logits = problem.maps.flatMap(({ low, high, frozen }) => {
    const from = first;
    first += low * high;
    if (frozen) return [];
    const entries = starts.flatMap((start) => [...start.subarray(from, from + low * high)]);
    return [tf.tensor3d(entries, [restarts.length, low, high], 'float32')];
  });
  const zeros = () => logits.map((w) => tf.zerosLike(w));
  const never = () => tf.fill([restarts.length], LARGEST) as Tensor1D;
  return {
    logits,
    m: zeros(),
    v: zeros(),
    best: {
      total: never(),
      distance: never(),
      penalty: never(),
      probabilities: problem.maps.map(({ low, high }) => tf.zeros([restarts.length, low, high])),
    },
  };
}

/** One step of Adam for every restart; the old state stays as it is. To be called inside `tidy`. */
export function advance(
  tf: TensorFlow,
  state: BatchState,
  evaluate: BatchLossFunction,
  rates: Tensor3D,
  step: number,
): BatchState {
  const { loss, gradients } = lossAndGradients(tf, evaluate, state.logits);
  const correction = Math.sqrt(1 - BETA2 ** step);
  const rate = rates.mul<Tensor3D>(correction / (1 - BETA1 ** step));
  const m = state.m.map((mi, i) => mi.mul(BETA1).add<Tensor3D>(gradients[i]!.mul(1 - BETA1)));
  const v = state.v.map((vi, i) => vi.mul(BETA2).add<Tensor3D>(gradients[i]!.square().mul(1 - BETA2)));
  const logits = state.logits.map((w, i) =>
    w.sub<Tensor3D>(rate.mul(m[i]!).div(v[i]!.sqrt().add(EPSILON * correction))),
  );
  const best = better(state.best, loss);
  for (const tensor of tensorsOf(loss)) tensor.dispose();
  return { logits, m, v, best };
}

/** Restart by restart the better of two states, by their total. */
function better(best: BatchLoss, now: BatchLoss): BatchLoss {
  const gained = now.total.less(best.total);
  const choose = (x: Tensor1D, y: Tensor1D) => x.where(gained, y) as Tensor1D;
  // Arithmetic instead of `where`, which does not broadcast.
  const share = gained.toFloat().reshape([-1, 1, 1]);
  return {
    total: choose(now.total, best.total),
    distance: choose(now.distance, best.distance),
    penalty: choose(now.penalty, best.penalty),
    probabilities: best.probabilities.map((b, i) => b.add<Tensor3D>(now.probabilities[i]!.sub(b).mul(share))),
  };
}

/** Loss of the batch and its gradient by the logits; the tensors belong to the caller. */
export function lossAndGradients(
  tf: TensorFlow,
  evaluate: BatchLossFunction,
  logits: readonly Tensor3D[],
): { readonly loss: BatchLoss; readonly gradients: readonly Tensor3D[] } {
  let loss: BatchLoss | undefined;
  const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
    loss = evaluate(weights as Tensor3D[]);
    // What the function makes is freed when it returns; the record of the best needs these.
    for (const tensor of tensorsOf(loss)) tf.keep(tensor);
    // Each restart's loss depends on its own logits alone, so the gradient of the sum is that of each.
    return loss.total.sum<Scalar>();
  })([...logits]);
  value.dispose();
  return { loss: loss!, gradients: grads as Tensor3D[] };
}

const tensorsOf = (loss: BatchLoss): Tensor[] => [
  loss.total,
  loss.distance,
  loss.penalty,
  ...loss.probabilities,
];

export function dispose(state: BatchState): void {
  for (const tensor of [...state.logits, ...state.m, ...state.v, ...tensorsOf(state.best)]) tensor.dispose();
}

/** Above any loss, and finite in single precision. */
const LARGEST = 1e30;
