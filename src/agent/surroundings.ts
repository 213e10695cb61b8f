import { type Observable, type Subject, takeUntil } from 'rxjs';
import type { AlarmsConfig } from '../config/alarms.ts';
import type { Clock } from '../core/clock.ts';
import type { Report } from '../core/report.ts';
import type { AdapterStatus } from '../core/source.ts';
import { SystemAlarms } from './alarms/system-alarms.ts';

export interface SurroundingsParts {
  readonly line: string;
  readonly alarms: AlarmsConfig;
  readonly realTime: Clock;
  /** The time to put on the state of an adapter (ms). */
  readonly now_ms: () => number;
  readonly tell: (report: Report) => void;
}

/** What a line stands in: its adapters, their spools, its store. Tells their state, and raises alarms about them. */
export class LineSurroundings {
  readonly #parts: SurroundingsParts;
  readonly alarms: SystemAlarms;
  #config: AlarmsConfig;
  #storeRefuses = false;

  constructor(parts: SurroundingsParts) {
    this.#parts = parts;
    this.#config = parts.alarms;
    this.alarms = new SystemAlarms(parts.line, parts.alarms, parts.realTime, parts.tell);
  }

  apply(config: AlarmsConfig): void {
    this.#config = config;
    this.alarms.apply(config);
  }

  /** Tells each state of an adapter until `end`. */
  watch(adapter: string, status: Observable<AdapterStatus>, end: Subject<void>): void {
    const { line, now_ms, tell } = this.#parts;
    status.pipe(takeUntil(end)).subscribe((now) => {
      tell({ ...now, kind: 'adapter', line, adapter, time_ms: now_ms() });
      this.away(adapter, now.state === 'disconnected' || now.state === 'connecting', now.detail);
    });
  }

  /** Whether an adapter is without its peer. */
  away(adapter: string, present: boolean, detail: string): void {
    this.alarms.see({ alarm: 'adapter-disconnected', subject: adapter, present, detail });
  }

  /** How much of its room on the disk the spool of a sink takes, 0 to 1. */
  spool(sink: string, share: number): void {
    const detail = `${Math.round(100 * share)} % of the room for what waits is taken`;
    const present = share >= this.#config.spool_filling.share;
    this.alarms.see({ alarm: 'spool-filling', subject: sink, present, detail });
  }

  /** Why the store does not take a message or snapshot; `undefined` when it takes them. */
  store(why: string | undefined): void {
    const present = why !== undefined;
    if (!present && !this.#storeRefuses) return;
    this.#storeRefuses = present;
    const detail = why ?? 'the store takes messages and snapshots again';
    this.alarms.see({ alarm: 'store-refusing', subject: '', present, detail });
  }

  /** Sentences about what is amiss; adapters apart, whose state is told anyway. */
  troubles(): string[] {
    const raised = this.alarms
      .list()
      .filter(({ active, alarm }) => active && alarm !== 'adapter-disconnected');
    return raised.map(({ alarm, detail }) => `${this.#parts.line}: ${alarm}, ${detail}`);
  }
}
