import type { Tensor3D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { diagramOf } from '../../../../src/causal/relaxed/diagram.ts';
import { FusedKernel } from '../../../../src/causal/relaxed/fused/kernel.ts';
import { fusedTables } from '../../../../src/causal/relaxed/fused/tables.ts';
import { solveRelaxed } from '../../../../src/causal/relaxed/index.ts';
import { resolveSettings } from '../../../../src/causal/relaxed/options.ts';
import { planRestarts } from '../../../../src/causal/relaxed/restarts.ts';
import { descendBatch } from '../../../../src/causal/relaxed/tensor/batch.ts';
import { makeBatchLoss } from '../../../../src/causal/relaxed/tensor/loss.ts';
import { lossAndGradients } from '../../../../src/causal/relaxed/tensor/step.ts';
import { loadTensorBackend, type TensorBackend } from '../../../../src/causal/tensor-backend.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { softmaxColumns } from './oracle.ts';
import { randomProblem } from './problems.ts';

const VARIANTS = [
  { loss: 'column', objective: 'max', surjectiveLoading: false },
  { loss: 'column', objective: 'sum', surjectiveLoading: true },
  { loss: 'published', objective: 'max', surjectiveLoading: false },
] as const;

const problem = randomProblem(21, { labGaps: 3, lineGaps: 6, labBins: 5, outcomes: 10 });

let backend: TensorBackend;
beforeAll(async () => {
  backend = await loadTensorBackend();
});

it('names the backend and why it was chosen', () => {
  expect(backend.tf.getBackend()).toBe(backend.name === 'native' ? 'tensorflow' : 'wasm');
  expect(backend.detail).toMatch(/TensorFlow\.js|tfjs-node/);
});

describe.each(VARIANTS)('tensor engine: %j', (variant) => {
  it('agrees with the fused gradient to 1e-3, in one batch of different settings', () => {
    const { tf } = backend;
    const temperatures = [0.1, 0.2, 1];
    const lambdas = [5, 10, 1];
    const tables = fusedTables(problem);
    const random = seededRandom(5);
    const starts = temperatures.map(() =>
      Float64Array.from({ length: tables.entries }, () => Math.fround(random.uniform())),
    );
    const loss = makeBatchLoss(tf, diagramOf(problem, variant), variant, temperatures, lambdas);
    const split = (from: number, low: number, high: number): Tensor3D =>
      tf.tensor3d(
        starts.flatMap((start) => [...start.subarray(from, from + low * high)]),
        [starts.length, low, high],
      );
    const logits = [split(0, 6, 3), split(18, 10, 5)];
    const { loss: value, gradients } = lossAndGradients(tf, loss.evaluate, logits);

    const kernel = new FusedKernel(tables, variant.loss, variant);
    starts.forEach((start, r) => {
      const gradient = new Float64Array(tables.entries);
      const temperature = temperatures[r]!;
      const a = softmaxColumns(problem, start, temperature);
      kernel.evaluate(a, lambdas[r]!, temperature, gradient);
      const total = lambdas[r]! * kernel.distance + kernel.penalty;
      expect(Math.abs(value.total.dataSync()[r]! - total)).toBeLessThan(1e-4 * Math.max(1, total));
      const byTensor = [
        ...gradients[0]!.dataSync().subarray(r * 18, (r + 1) * 18),
        ...gradients[1]!.dataSync().subarray(r * 50, (r + 1) * 50),
      ];
      byTensor.forEach((slope, i) => {
        expect(Math.abs(slope - gradient[i]!)).toBeLessThan(1e-3 * Math.max(1, Math.abs(gradient[i]!)));
      });
    });
    loss.dispose();
  });

  it('goes the way of the fused engine', async () => {
    const options = { ...variant, restarts: 5, steps: 40, seed: 3 };
    const fused = await solveRelaxed(problem, options);
    const tensor = await solveRelaxed(problem, { ...options, engine: 'tensor' });
    expect(tensor.engine).toBe(`tensor (${backend.name})`);
    tensor.restarts.forEach((restart, i) => {
      expect(Math.abs(restart.distance - fused.restarts[i]!.distance)).toBeLessThan(0.01);
    });
  });
});

it('leaves no tensor behind', async () => {
  const { tf } = backend;
  const settings = resolveSettings({ restarts: 4, steps: 30 });
  const run = () => descendBatch(tf, diagramOf(problem, settings), settings, planRestarts(settings));
  await run();
  const before = tf.memory().numTensors;
  await run();
  expect(tf.memory().numTensors).toBe(before);
});

it('ends early by its goal, and when it is stopped', async () => {
  const easy = await solveRelaxed(problem, { engine: 'tensor', restarts: 2, steps: 500, goal: 0.8 });
  expect(easy.restarts.every((restart) => restart.steps < 500)).toBe(true);
  const stop = new AbortController();
  const stopped = await solveRelaxed(problem, {
    engine: 'tensor',
    restarts: 2,
    steps: 500,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  expect(stopped.restarts[0]!.steps).toBe(50);
});
