import type { ResolvedSettings } from '../options.ts';
import { GAIN } from '../restarts.ts';

/** Whether a batch may end: by the same rules as a fused restart, but for all at once and looked at now and then. */
export class Patience {
  readonly #settings: Pick<ResolvedSettings, 'goal' | 'patience_steps'>;
  readonly #lastGain: Float64Array;
  readonly #gainedAt: Float64Array;

  constructor(restarts: number, settings: Pick<ResolvedSettings, 'goal' | 'patience_steps'>) {
    this.#settings = settings;
    this.#lastGain = new Float64Array(restarts).fill(Number.POSITIVE_INFINITY);
    this.#gainedAt = new Float64Array(restarts);
  }

  /** Takes the best total and distance of each restart after so many steps; true when no restart need go on. */
  isOver(step: number, totals: ArrayLike<number>, distances: ArrayLike<number>): boolean {
    let over = true;
    for (let r = 0; r < totals.length; r++) {
      if (totals[r]! < this.#lastGain[r]! * GAIN) {
        this.#lastGain[r] = totals[r]!;
        this.#gainedAt[r] = step;
      }
      const { goal, patience_steps } = this.#settings;
      if (distances[r]! > goal && step - this.#gainedAt[r]! <= patience_steps) over = false;
    }
    return over;
  }
}
