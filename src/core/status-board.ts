import { BehaviorSubject, type Observable } from 'rxjs';
import type { Logger } from './logger.ts';
import type { AdapterStatus } from './source.ts';

/** The status of an adapter: the latest for whoever asks, changes only, each in the log. */
export class StatusBoard {
  readonly #board = new BehaviorSubject<AdapterStatus>({ state: 'disconnected', detail: 'not started' });
  readonly #log: Logger;
  readonly changes: Observable<AdapterStatus> = this.#board.asObservable();

  constructor(log: Logger) {
    this.#log = log;
  }

  get state(): AdapterStatus['state'] {
    return this.#board.value.state;
  }

  set(state: AdapterStatus['state'], detail: string): void {
    const { value } = this.#board;
    if (value.state === state && value.detail === detail) return;
    const level = state === 'disconnected' || state === 'degraded' ? 'warn' : 'info';
    this.#log[level]({ event: 'adapter-status', state, was: value.state }, detail);
    this.#board.next({ state, detail });
  }
}
