import { first, firstValueFrom, fromEvent, merge, type Observable, startWith } from 'rxjs';
import type { LineAgent } from '../agent/line-agent.ts';

/**
 * Lets a simulator run as fast as an agent can follow: tells when the agent is done with all that was sent, counted
 * in values of each tag and in scans.
 */
export class Pace {
  readonly #line: LineAgent;
  readonly #seen = new Map<string, number>();
  readonly #adapters = new Map<string, string>();
  #scans = 0;

  constructor(line: LineAgent, tags: readonly string[]) {
    this.#line = line;
    for (const tag of tags) this.#seen.set(tag, 0);
    line.reports.subscribe((report) => {
      if (report.kind === 'adapter') this.#adapters.set(report.adapter, report.state);
    });
    line.processed.subscribe(({ message }) => {
      if (message.kind === 'scan') this.#scans++;
      if (message.kind !== 'machine') return;
      for (const tag of Object.keys(message.values)) this.#seen.set(tag, (this.#seen.get(tag) ?? 0) + 1);
    });
  }

  /** Resolves when all adapters are connected, or `stop` aborts. */
  async connected(stop: AbortSignal): Promise<void> {
    const all = () =>
      this.#adapters.size > 0 && [...this.#adapters.values()].every((state) => state === 'connected');
    await until(this.#line.reports, all, stop);
  }

  /** Resolves when so many values of every tag and so many scans have been worked off, or `stop` aborts. */
  async caughtUp(samples: number, scans: number, stop: AbortSignal): Promise<void> {
    const done = () => this.#scans >= scans && [...this.#seen.values()].every((count) => count >= samples);
    await until(this.#line.processed, done, stop);
  }
}

/** Looks at once, then at each event, until the condition holds or `stop` aborts. */
async function until(events: Observable<unknown>, holds: () => boolean, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const looks = merge(events, fromEvent(stop, 'abort')).pipe(startWith(undefined));
  await firstValueFrom(looks.pipe(first(() => stop.aborted || holds())));
}
