import type { Cancel, Clock } from '../../core/clock.ts';
import type { Outage, OutageReason } from '../../core/messages.ts';
import type { TagValue } from './values.ts';

/**
 * Keeps account of what is missing and tells it as outages, in the time of the device: a hole begins at the last
 * source time that was seen and ends at the first one behind it. Each hole is told twice, when it opens and, with
 * `until_ms`, when values are back. What the server had queued meanwhile closes the hole to one sampling interval.
 */
export class Holes {
  readonly #line: string;
  readonly #clock: Clock;
  readonly #tell: (outage: Outage) => void;
  readonly #staleAfter_ms: ReadonlyMap<string, number>;
  readonly #lastSource_ms = new Map<string, number>();
  readonly #timers = new Map<string, Cancel>();
  readonly #stale = new Set<string>();
  #open: { time_ms: number; reason: OutageReason; detail: string } | undefined;

  constructor(
    line: string,
    clock: Clock,
    staleAfter_ms: ReadonlyMap<string, number>,
    tell: (outage: Outage) => void,
  ) {
    this.#line = line;
    this.#clock = clock;
    this.#staleAfter_ms = staleAfter_ms;
    this.#tell = tell;
  }

  /** Latest source time of a tag; undefined before its first value. */
  lastSource_ms(name: string): number | undefined {
    return this.#lastSource_ms.get(name);
  }

  /** The whole connection is affected. Nothing was missed before the first value ever. */
  open(reason: OutageReason, detail: string): void {
    if (this.#open || this.#lastSource_ms.size === 0) return;
    this.#open = { time_ms: Math.max(...this.#lastSource_ms.values()), reason, detail };
    this.#tell({ kind: 'outage', line: this.#line, source: 'opcua', ...this.#open });
  }

  /** To be called with the news, before they are passed on. */
  close(news: readonly TagValue[]): void {
    const times = news.flatMap(({ source_ms }) => (source_ms === undefined ? [] : [source_ms]));
    if (times.length === 0) return;
    if (this.#open) {
      this.#tell({
        kind: 'outage',
        line: this.#line,
        source: 'opcua',
        ...this.#open,
        until_ms: Math.max(this.#open.time_ms, Math.min(...times)),
      });
      this.#open = undefined;
    }
    for (const { name, source_ms } of news) {
      if (source_ms !== undefined) this.#seen(name, source_ms);
    }
  }

  /** The server's queue ran over: what lay between the last value seen and the first one now is gone. */
  overflow(names: readonly string[], news: readonly TagValue[]): void {
    for (const name of names) {
      // The earliest, not the first to come: a server may tell the value that stands before those that it queued.
      const times = news.flatMap((value) => (value.name === name ? (value.source_ms ?? []) : []));
      if (times.length === 0) continue;
      const first = Math.min(...times);
      this.#tell({
        kind: 'outage',
        line: this.#line,
        source: 'opcua',
        time_ms: this.#lastSource_ms.get(name) ?? first,
        until_ms: first,
        reason: 'overflow',
        detail: `${name}: the server's queue ran over`,
      });
    }
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #seen(name: string, source_ms: number): void {
    const since_ms = this.#lastSource_ms.get(name);
    this.#lastSource_ms.set(name, source_ms);
    const limit_ms = this.#staleAfter_ms.get(name);
    if (limit_ms === undefined) return;
    if (this.#stale.delete(name)) this.#tellStale(name, since_ms ?? source_ms, source_ms);
    this.#timers.get(name)?.();
    this.#timers.set(
      name,
      this.#clock.after(limit_ms, () => {
        this.#stale.add(name);
        this.#tellStale(name, source_ms, undefined);
      }),
    );
  }

  #tellStale(name: string, time_ms: number, until_ms: number | undefined): void {
    this.#tell({
      kind: 'outage',
      line: this.#line,
      source: 'opcua',
      time_ms,
      ...(until_ms === undefined ? {} : { until_ms }),
      reason: 'stale',
      detail: `${name} does not change`,
    });
  }
}
