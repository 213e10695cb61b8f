import type { Random } from './random.ts';

export interface RetrySettings {
  /** Delay before the first retry, before jitter (ms). */
  readonly initial_ms: number;
  /** Delays never grow past this (ms). */
  readonly max_ms: number;
  /** Each delay is this many times the one before, ≥ 1. */
  readonly factor: number;
  /** Share of each delay that is drawn at random, 0 to 1: 0.5 gives delays between half and the whole. */
  readonly jitter: number;
}

/**
 * The delays (ms) between attempts, without end: geometric growth up to a ceiling, shortened by jitter so that the
 * clients of a server that comes back don't all knock at the same instant. Pure: the same random stream gives the
 * same delays. Start a new schedule after each success.
 */
export function* retryDelays(settings: RetrySettings, random: Random): Generator<number, never> {
  let delay_ms = Math.min(settings.initial_ms, settings.max_ms);
  for (;;) {
    yield delay_ms * (1 - settings.jitter * random.uniform());
    delay_ms = Math.min(delay_ms * settings.factor, settings.max_ms);
  }
}
