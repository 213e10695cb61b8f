import {
  first,
  firstValueFrom,
  fromEvent,
  merge,
  type Observable,
  startWith,
  TimeoutError,
  timeout,
} from 'rxjs';
import type { LineAgent } from '../agent/line-agent.ts';
import { RetryableError } from '../core/errors.ts';

/** With nothing happening for so long (real time), what is awaited was lost on the way. */
const STALLED_AFTER_MS = 60_000;

/** Lets a simulator run as fast as an agent can follow: tells when the agent is done with all that was sent. */
export class Pace {
  readonly #line: LineAgent;
  /** Newest time of each tag, Unix ms. */
  readonly #newest = new Map<string, number>();
  readonly #adapters = new Map<string, string>();
  #scans = 0;

  constructor(line: LineAgent, tags: readonly string[]) {
    this.#line = line;
    for (const tag of tags) this.#newest.set(tag, Number.NEGATIVE_INFINITY);
    line.reports.subscribe((report) => {
      if (report.kind === 'adapter') this.#adapters.set(report.adapter, report.state);
    });
    line.processed.subscribe(({ message }) => {
      if (message.kind === 'scan') this.#scans++;
      if (message.kind !== 'machine') return;
      for (const tag of Object.keys(message.values)) this.#newest.set(tag, message.time_ms);
    });
  }

  /** Resolves when all adapters are connected, or `stop` aborts. */
  async connected(stop: AbortSignal): Promise<void> {
    const all = () =>
      this.#adapters.size > 0 && [...this.#adapters.values()].every((state) => state === 'connected');
    await until(this.#line.reports, all, stop);
  }

  /**
   * Resolves when every tag has come up to `time_ms` and so many scans have been worked off, or `stop` aborts.
   *
   * @throws RetryableError naming what is missing when nothing more comes.
   */
  async caughtUp(time_ms: number, scans: number, stop: AbortSignal): Promise<void> {
    const behind = () => [...this.#newest].filter(([, newest]) => newest < time_ms).map(([tag]) => tag);
    try {
      await until(this.#line.processed, () => this.#scans >= scans && behind().length === 0, stop);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      throw new RetryableError(
        `nothing more came; missing are ${scans - this.#scans} scans and values of: ${behind().join(', ') || 'no tag'}`,
        { where: `line ${this.#line.line}` },
      );
    }
  }
}

/** Looks at once, then at each event, until the condition holds or `stop` aborts. */
async function until(events: Observable<unknown>, holds: () => boolean, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const looks = merge(events, fromEvent(stop, 'abort')).pipe(
    startWith(undefined),
    timeout({ each: STALLED_AFTER_MS }),
  );
  await firstValueFrom(looks.pipe(first(() => stop.aborted || holds())));
}
