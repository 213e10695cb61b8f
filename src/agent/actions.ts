import { type Observable, Subject } from 'rxjs';
import type { AlarmAction, AlarmReport } from '../core/alarm.ts';
import { RetryableError } from '../core/errors.ts';
import type { LineMessage } from '../core/messages.ts';
import type { Arrival } from '../core/source.ts';

interface Asked {
  resolve(alarm: AlarmReport): void;
  reject(why: unknown): void;
}

/**
 * What people do about alarms, on its way through the journal like any message; whoever asked hears what came of it
 * once the message has been worked off.
 */
export class Actions {
  readonly #arrivals = new Subject<Arrival>();
  readonly #asked = new Map<LineMessage, Asked>();

  readonly arrivals: Observable<Arrival> = this.#arrivals;

  /** @throws RetryableError where nobody takes it: the line does not run, or the store is in trouble. */
  ask(action: AlarmAction): Promise<AlarmReport> {
    return new Promise((resolve, reject) => {
      if (!this.#arrivals.observed) {
        reject(new RetryableError('the line does not run', { where: action.line }));
        return;
      }
      this.#asked.set(action, { resolve, reject });
      const refuse = () =>
        this.failed(action, new RetryableError("the store can't take it just now", { where: action.line }));
      this.#arrivals.next({ message: action, acknowledge: () => {}, refuse });
    });
  }

  done(action: AlarmAction, alarm: AlarmReport): void {
    this.#take(action)?.resolve(alarm);
  }

  failed(action: AlarmAction, why: unknown): void {
    this.#take(action)?.reject(why);
  }

  /** No more come. */
  end(): void {
    this.#arrivals.complete();
  }

  /** In a replay nobody waits. */
  #take(action: AlarmAction): Asked | undefined {
    const asked = this.#asked.get(action);
    this.#asked.delete(action);
    return asked;
  }
}
