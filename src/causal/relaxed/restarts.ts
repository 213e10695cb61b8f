import { seededRandom } from '../../core/random.ts';
import type { ResolvedSettings } from './options.ts';

/** One descent of the search: everything that makes it what it is, so that any thread or engine may run it. */
export interface Restart {
  readonly index: number;
  readonly temperature: number;
  readonly lambda: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Probabilities to begin with instead of random ones. */
  readonly start?: Float64Array;
}

/** Where a restart was at its best, by λ·distance + penalty. */
export interface RestartOutcome {
  readonly index: number;
  /** Both maps' columns, one after the other, as in `flatten`. */
  readonly entries: Float64Array;
  readonly distance: number;
  readonly penalty: number;
  readonly steps: number;
}

/** The restarts, going round the grid of temperatures, λ and learning rates. */
export function planRestarts(settings: ResolvedSettings, start?: Float64Array): Restart[] {
  const grid = settings.temperatures.flatMap((temperature) =>
    settings.lambdas.flatMap((lambda) =>
      settings.learningRates.map((learningRate) => ({ temperature, lambda, learningRate })),
    ),
  );
  return Array.from({ length: settings.restarts }, (_, index) => ({
    index,
    ...grid[index % grid.length]!,
    seed: settings.seed,
    ...(index === 0 && start && { start }),
  }));
}

/** Logits to begin with: uniform in [0, 1), or those whose softmax the given start is. */
export function startLogits(restart: Restart, entries: number): Float64Array {
  const { start, temperature } = restart;
  if (start) return start.map((probability) => temperature * Math.log(Math.max(probability, LEAST_START)));
  const random = seededRandom(restart.seed).fork(`restart ${restart.index}`);
  return Float64Array.from({ length: entries }, () => random.uniform());
}

/** A probability of 0 has no logit and could never grow. */
const LEAST_START = 1e-6;

/** A loss must fall below this share of the last one that did for patience to start anew. */
export const GAIN = 0.999;
