import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { Objective } from '../../problem.ts';
import type { TensorFlow } from '../../tensor-backend.ts';
import type { DiagramProblem } from '../diagram.ts';
import { offsetOf, type RelaxedLoss } from '../loss.ts';

/** Loss of all restarts of a batch, as tensors of one number per restart. */
export type BatchLoss = {
  /** λ·distance + penalty. */
  readonly total: Tensor1D;
  readonly distance: Tensor1D;
  readonly penalty: Tensor1D;
  /** The maps' probabilities, each restarts × low × high. */
  readonly probabilities: Tensor3D[];
};

/** Takes the logits of those maps that are not frozen, in their order. */
export type BatchLossFunction = (logits: readonly Tensor3D[]) => BatchLoss;

/**
 * Builds the loss over a batch of restarts from tensors that stay for the whole search; `dispose` frees them.
 * Several squares add up under `published` (as in the study) and for the objective `sum`; under `column` with
 * `max` the overall distance is the largest of all interventions of all squares.
 *
 * @param temperatures one per restart, as are `lambdas`
 */
export function makeBatchLoss(
  tf: TensorFlow,
  problem: DiagramProblem,
  settings: { readonly loss: RelaxedLoss; readonly objective: Objective },
  temperatures: readonly number[],
  lambdas: readonly number[],
): { readonly evaluate: BatchLossFunction; dispose(): void } {
  const restarts = temperatures.length;
  const epsilon = offsetOf(settings.loss);
  const sharpness = tf.tensor3d(
    temperatures.map((t) => 1 / t),
    [restarts, 1, 1],
  );
  const lambda = tf.tensor1d([...lambdas]);
  const squares = problem.diagrams.map(({ cause, effect, mu, nu }) => ({
    cause,
    effect,
    mu: matrix(tf, mu),
    // ν transposed: multiplied from the right, so that constant and batch need no broadcasting.
    nuTransposed: tf.tidy(() => matrix(tf, nu).transpose<Tensor2D>()),
  }));
  const frozen = problem.maps.map(
    ({ frozen: choice, high }) =>
      choice &&
      tf.tidy(() =>
        tf
          .oneHot([...choice], high)
          .toFloat()
          .expandDims(0)
          .tile<Tensor3D>([restarts, 1, 1]),
      ),
  );

  const evaluate: BatchLossFunction = (logits) => {
    let learned = 0;
    const probabilities = problem.maps.map(
      (_, i) => frozen[i]?.clone() ?? tf.softmax(logits[learned++]!.mul<Tensor3D>(sharpness), 2),
    );
    const distances = squares.map((square) => {
      const alphaCause = product(
        tf,
        square.cause.map((i) => probabilities[i]!),
      );
      const alphaEffect = product(
        tf,
        square.effect.map((i) => probabilities[i]!),
      );
      const p = rightMultiply(alphaCause, square.mu);
      const q = tf.transpose(
        rightMultiply(tf.transpose(alphaEffect, [0, 2, 1]), square.nuTransposed),
        [0, 2, 1],
      );
      return groupDistances(tf, p, q, epsilon, settings.loss === 'column' ? 2 : 1);
    });
    const distance = (
      settings.loss === 'published'
        ? tf.addN(distances.map((d) => d.max(1)))
        : settings.objective === 'sum'
          ? tf.addN(distances.map((d) => d.sum(1)))
          : tf.concat(distances, 1).max(1)
    ) as Tensor1D;
    const missing = problem.maps.flatMap((map, i) =>
      map.surjective && !map.frozen ? [tf.sub(map.high, probabilities[i]!.max(1).sum(1))] : [],
    );
    const penalty = (missing.length > 0 ? tf.addN(missing) : tf.zerosLike(distance)) as Tensor1D;
    return { total: lambda.mul<Tensor1D>(distance).add(penalty), distance, penalty, probabilities };
  };
  return {
    evaluate,
    dispose: () => {
      const kept: (Tensor | undefined)[] = [sharpness, lambda, ...frozen];
      for (const square of squares) kept.push(square.mu, square.nuTransposed);
      for (const tensor of kept) tensor?.dispose();
    },
  };
}

/** [restarts, interventions, outcomes] twice → distance of each group, [restarts, groups]. */
function groupDistances(tf: TensorFlow, p: Tensor3D, q: Tensor3D, epsilon: number, axis: number): Tensor2D {
  const s = p.add(q).add(NO_MASS);
  // In x = (p-q)/s, as in the fused kernel: in single precision p ln(p/m) would cancel to noise near p = q.
  const x = p.sub(q).div(s).clipByValue(-LARGEST_X, LARGEST_X);
  const phi = x
    .add(1)
    .mul(tf.log1p(x.add(epsilon)))
    .add(tf.sub(1, x).mul(tf.log1p(tf.sub(epsilon, x))));
  const divergence = s.mul(phi).sum(axis).div(4);
  return tf.sqrt(tf.maximum(divergence, LEAST_DIVERGENCE)) as Tensor2D;
}

/** Single precision: its spacing at 1 is 6e-8, its smallest normal number 1.2e-38. */
const LARGEST_X = 1 - 1e-7;
const NO_MASS = 1e-30;
const LEAST_DIVERGENCE = 1e-14;

/** Tensor product of maps over several variables, batch by batch: [restarts, Π low, Π high]. */
function product(tf: TensorFlow, factors: readonly Tensor3D[]): Tensor3D {
  return factors.reduce((x, y) => {
    const [restarts, lowX, highX] = x.shape;
    const [, lowY, highY] = y.shape;
    // Rank 4 at most, which every backend broadcasts: restarts and the slow low index share an axis.
    const outer = x.reshape([restarts * lowX, 1, highX, 1]);
    const inner = tf.tile(y.expandDims(1), [1, lowX, 1, 1]).reshape([restarts * lowX, lowY, 1, highY]);
    return outer.mul(inner).reshape([restarts, lowX * lowY, highX * highY]);
  });
}

/** [restarts, rows, n] · [n, columns]. */
function rightMultiply(batch: Tensor3D, constant: Tensor2D): Tensor3D {
  const [restarts, rows, n] = batch.shape;
  return batch
    .reshape<Tensor2D>([restarts * rows, n])
    .matMul(constant)
    .reshape([restarts, rows, constant.shape[1]]);
}

const matrix = (tf: TensorFlow, rows: readonly Float64Array[]): Tensor2D =>
  tf.tensor2d(
    rows.map((row) => [...row]),
    [rows.length, rows[0]!.length],
    'float32',
  );
