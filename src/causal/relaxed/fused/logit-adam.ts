import { BETA1, BETA2, EPSILON } from '../adam.ts';
import type { FusedTables } from './tables.ts';

/**
 * Adam (Kingma and Ba 2015) on logits of which only the softmax is kept. A step of
 * Δ on a logit multiplies its probability by exp(-Δ/T) before the column is normalised again, so the iterates are
 * those of Adam on the logits, and neither logits nor a full softmax are ever needed. The exponent is small, and
 * a short polynomial gives its exponential to the last digits: the largest single gain, as with Math.exp instead
 * a step of the published problem takes 2.3 to 2.8 µs, not 1.8.
 */
export class LogitAdam {
  readonly #tables: FusedTables;
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  #decay1 = 1;
  #decay2 = 1;

  constructor(tables: FusedTables) {
    this.#tables = tables;
    this.#m = new Float64Array(tables.entries);
    this.#v = new Float64Array(tables.entries);
  }

  /** Forgets all moments: ready for another restart. */
  reset(): void {
    this.#m.fill(0);
    this.#v.fill(0);
    this.#decay1 = 1;
    this.#decay2 = 1;
  }

  /** Moves the probabilities `a` by one step along `gradient` (by logits). */
  step(a: Float64Array, gradient: Float64Array, learningRate: number, temperature: number): void {
    this.#decay1 *= BETA1;
    this.#decay2 *= BETA2;
    // Both corrections for the moments' start at zero, folded into two constants of the step.
    const correction = Math.sqrt(1 - this.#decay2);
    const rate = (-learningRate * correction) / ((1 - this.#decay1) * temperature);
    const epsilon = EPSILON * correction;
    const { lineGaps, labGaps, outcomes, labBins, gapEntries } = this.#tables;
    this.#columns(a, gradient, 0, lineGaps, labGaps, rate, epsilon);
    this.#columns(a, gradient, gapEntries, outcomes, labBins, rate, epsilon);
  }

  #columns(
    a: Float64Array,
    gradient: Float64Array,
    start: number,
    columns: number,
    rows: number,
    rate: number,
    epsilon: number,
  ): void {
    const m = this.#m;
    const v = this.#v;
    for (let c = 0, first = start; c < columns; c++, first += rows) {
      let sum = 0;
      for (let i = first; i < first + rows; i++) {
        const g = gradient[i]!;
        const mi = BETA1 * m[i]! + (1 - BETA1) * g;
        const vi = BETA2 * v[i]! + (1 - BETA2) * g * g;
        m[i] = mi;
        v[i] = vi;
        const moved = a[i]! * exponential((rate * mi) / (Math.sqrt(vi) + epsilon));
        a[i] = moved;
        sum += moved;
      }
      const scale = 1 / sum;
      for (let i = first; i < first + rows; i++) a[i]! *= scale;
    }
  }
}

/** exp(y): for |y| ≤ 1/16 its Taylor polynomial of degree 7, whose relative error is below 6e-15. */
function exponential(y: number): number {
  if (y > 0.0625 || y < -0.0625) return Math.exp(y);
  const y2 = y * y;
  // Estrin's scheme: the terms don't wait for each other, as they would in Horner's.
  return (
    1 + y + y2 * (1 / 2 + y * (1 / 6)) + y2 * y2 * (1 / 24 + y * (1 / 120) + y2 * (1 / 720 + y * (1 / 5040)))
  );
}
