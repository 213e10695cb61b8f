import type { LineState } from '../core/api.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Report } from '../core/report.ts';
import type { ReportId } from '../core/report-id.ts';
import type { EventStream, Subscriber } from './event-stream.ts';
import type { LineMemory } from './line-memory.ts';

/** One line's memory with the pages that follow it: gathers what comes in and sends it in batches. */
export class LiveLine {
  readonly memory: LineMemory;
  readonly #stream: EventStream;
  readonly #clock: Clock;
  readonly #flush_ms: number;
  #pending: Cancel | undefined;

  constructor(memory: LineMemory, stream: EventStream, clock: Clock, flush_ms: number) {
    this.memory = memory;
    this.#stream = stream;
    this.#clock = clock;
    this.#flush_ms = flush_ms;
  }

  /** How many pages follow this line. */
  get followers(): number {
    return this.#stream.size;
  }

  accept(report: Report, id?: ReportId): void {
    this.memory.accept(report, id);
    this.#pending ??= this.#clock.after(this.#flush_ms, () => this.flush());
  }

  state(): LineState {
    this.flush();
    return this.memory.state();
  }

  follow(subscriber: Subscriber): void {
    this.#stream.add(subscriber);
  }

  /** Tells the pages that the connection is alive though nothing happens. */
  beat(): void {
    this.#stream.send('beat', {});
  }

  flush(): void {
    this.#pending?.();
    this.#pending = undefined;
    const batch = this.memory.takeBatch();
    if (batch) this.#stream.send('batch', batch);
  }

  close(): void {
    this.#pending?.();
    this.#pending = undefined;
    this.#stream.close();
  }
}
