import type { OnFailure } from '../config/supervision.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { FatalError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { seededRandom } from '../core/random.ts';
import { type RetrySettings, retryDelays } from '../core/retry.ts';

/** A source or sink, as far as it is started and stopped. */
export interface Supervised {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** An adapter can't start, and the configuration says that the agent is not to run without it. */
export class AdapterStopsAgent extends FatalError {}

const retry: RetrySettings = { initial_ms: 1_000, max_ms: 60_000, factor: 2, jitter: 0.5 };

/**
 * Starts adapters, each by its own policy, so that one that can't start never takes another with it. An adapter that
 * has started keeps its connection by itself; this is about what fails before: a file that is missing, a name that is
 * taken, a fault of ours.
 */
export class Supervisor {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #failures = new Map<string, string>();
  readonly #waiting = new Set<Cancel>();
  #attempts: Promise<void>[] = [];
  #stopped = false;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Why those who don't run do not, by name. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /**
   * Resolves after the first attempt, whatever came of it.
   *
   * @throws AdapterStopsAgent where its policy is to stop.
   */
  async start(adapter: Supervised, policy: OnFailure): Promise<void> {
    const delays = retryDelays(retry, seededRandom(0).fork(adapter.name));
    const attempt = async (): Promise<void> => {
      try {
        await adapter.start();
        if (this.#failures.delete(adapter.name)) {
          this.#log.info({ event: 'adapter-started', adapter: adapter.name }, `${adapter.name} has started`);
        }
      } catch (error) {
        this.#failures.set(adapter.name, messageOf(error));
        this.#log.error({ event: 'adapter-not-started', adapter: adapter.name, policy }, messageOf(error));
        if (policy === 'stop') {
          throw new AdapterStopsAgent(`${adapter.name} can't start: ${messageOf(error)}`, {
            where: 'on_failure: stop',
            cause: error,
          });
        }
        if (policy === 'retry') this.#later(attempt, delays.next().value);
      }
    };
    await attempt();
  }

  /** No further attempts; one that is under way is waited for. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    await Promise.all(this.#attempts);
  }

  #later(attempt: () => Promise<void>, delay_ms: number): void {
    if (this.#stopped) return;
    const cancel = this.#clock.after(delay_ms, () => {
      this.#waiting.delete(cancel);
      const done = attempt().finally(() => {
        this.#attempts = this.#attempts.filter((other) => other !== done);
      });
      this.#attempts.push(done);
    });
    this.#waiting.add(cancel);
  }
}
