import type { AlarmsConfig } from '../../config/alarms.ts';
import type { AlarmAction, AlarmReport } from '../../core/alarm.ts';
import type { Cancel, Clock } from '../../core/clock.ts';
import { AlarmBook, type Sign } from './book.ts';
import { systemRules } from './rules.ts';

const TICK_MS = 1_000;

/**
 * Alarms about what the agent stands in: its connections, its spools, its store. They follow from no message, so
 * they go by real time, have no id, and a restart begins without them.
 */
export class SystemAlarms {
  readonly #line: string;
  readonly #clock: Clock;
  readonly #tell: (alarm: AlarmReport) => void;
  #book: AlarmBook;
  #rules: ReturnType<typeof systemRules>;
  #cancel: Cancel | undefined;
  #running = false;

  constructor(line: string, config: AlarmsConfig, clock: Clock, tell: (alarm: AlarmReport) => void) {
    this.#line = line;
    this.#clock = clock;
    this.#tell = tell;
    this.#rules = systemRules(config);
    this.#book = new AlarmBook(line, this.#rules);
  }

  start(): void {
    this.#running = true;
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  list(): AlarmReport[] {
    return this.#book.list();
  }

  knows(alarm: string): boolean {
    return this.#rules.has(alarm);
  }

  apply(config: AlarmsConfig): void {
    this.#rules = systemRules(config);
    this.#book = new AlarmBook(this.#line, this.#rules, this.#book.state);
  }

  see(sign: Sign): void {
    this.#settle([sign]);
  }

  /** @throws BadInputError for an action that can't be done, saying why. */
  act(action: AlarmAction): AlarmReport {
    const alarm = this.#book.act(action);
    this.#tell(alarm);
    this.#tick();
    return alarm;
  }

  #settle(signs: readonly Sign[]): void {
    for (const alarm of this.#book.see(this.#clock.now_ms(), signs)) this.#tell(alarm);
    this.#tick();
  }

  /** Only while a delay or a shelf may run out. */
  #tick(): void {
    const waits = this.#book.state.entries.some(
      ({ pending, until_ms }) => pending !== undefined || until_ms !== undefined,
    );
    if (!this.#running || !waits || this.#cancel) return;
    this.#cancel = this.#clock.after(TICK_MS, () => {
      this.#cancel = undefined;
      this.#settle([]);
    });
  }
}
