import { expect, it } from 'vitest';
import { FusedKernel } from '../../../../src/causal/relaxed/fused/kernel.ts';
import { LogitAdam } from '../../../../src/causal/relaxed/fused/logit-adam.ts';
import { fusedTables } from '../../../../src/causal/relaxed/fused/tables.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { softmaxColumns } from './oracle.ts';
import { randomProblem } from './problems.ts';

it.each([
  { learningRate: 0.001, temperature: 0.1 },
  { learningRate: 0.005, temperature: 0.2 },
  // Steps too large for the polynomial, so that the other branch is taken too.
  { learningRate: 0.05, temperature: 0.1 },
])('takes the very steps of Adam on logits: %j', ({ learningRate, temperature }) => {
  const problem = randomProblem(7, { labGaps: 3, lineGaps: 6, labBins: 5, outcomes: 10 });
  const tables = fusedTables(problem);
  const kernel = new FusedKernel(tables, 'published');
  const random = seededRandom(3);
  const logits = Float64Array.from({ length: tables.entries }, () => random.uniform());
  const a = softmaxColumns(problem, logits, temperature);
  const adam = new LogitAdam(tables);
  const plain = new PlainAdam(tables.entries);
  const gradient = new Float64Array(tables.entries);
  let worst = 0;
  for (let step = 0; step < 400; step++) {
    kernel.evaluate(a, 5, temperature, gradient);
    adam.step(a, gradient, learningRate, temperature);

    // The same gradient for both, or rounding alone would drive them apart where the worst group changes.
    plain.step(logits, gradient, learningRate);
    const expected = softmaxColumns(problem, logits, temperature);
    expected.forEach((probability, i) => {
      worst = Math.max(worst, Math.abs(a[i]! - probability));
    });
  }
  expect(worst).toBeLessThan(1e-11);
});

it('forgets everything on reset', () => {
  const problem = randomProblem(7, { labGaps: 2, lineGaps: 2, labBins: 2, outcomes: 2 });
  const tables = fusedTables(problem);
  const adam = new LogitAdam(tables);
  const gradient = Float64Array.from({ length: tables.entries }, (_, i) => i - 3);
  const step = () => {
    const a = softmaxColumns(problem, new Float64Array(tables.entries), 1);
    adam.step(a, gradient, 0.01, 1);
    return a;
  };
  const first = step();
  step();
  adam.reset();
  expect(step()).toEqual(first);
});

/** Algorithm 1 of Kingma and Ba (2015), line by line. */
class PlainAdam {
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  #t = 0;

  constructor(length: number) {
    this.#m = new Float64Array(length);
    this.#v = new Float64Array(length);
  }

  step(weights: Float64Array, gradient: Float64Array, learningRate: number): void {
    this.#t++;
    weights.forEach((_, i) => {
      this.#m[i] = 0.9 * this.#m[i]! + 0.1 * gradient[i]!;
      this.#v[i] = 0.999 * this.#v[i]! + 0.001 * gradient[i]! ** 2;
      const m = this.#m[i]! / (1 - 0.9 ** this.#t);
      const v = this.#v[i]! / (1 - 0.999 ** this.#t);
      weights[i]! -= (learningRate * m) / (Math.sqrt(v) + 1e-8);
    });
  }
}
