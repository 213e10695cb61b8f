/**
 * The only way to learn the time or to wait. Stages use event time alone; everything else asks the clock it was
 * given, so that a recording or a simulator may run at any speed.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now_ms(): number;
  /** Calls back once after `delay_ms`; the returned function cancels it. */
  after(delay_ms: number, callback: () => void): Cancel;
}

export type Cancel = () => void;

export const systemClock: Clock = {
  now_ms: () => Date.now(),
  after(delay_ms, callback) {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
};

/** A clock that moves only when told to; timers fire in order of their due time, then of their creation. */
export class VirtualClock implements Clock {
  #now_ms: number;
  #created = 0;
  #timers: { due_ms: number; order: number; callback: () => void }[] = [];

  constructor(start_ms: number) {
    this.#now_ms = start_ms;
  }

  now_ms(): number {
    return this.#now_ms;
  }

  after(delay_ms: number, callback: () => void): Cancel {
    const timer = { due_ms: this.#now_ms + Math.max(0, delay_ms), order: this.#created++, callback };
    this.#timers.push(timer);
    this.#timers.sort((a, b) => a.due_ms - b.due_ms || a.order - b.order);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves to `time_ms`, firing every timer that falls due on the way, at its own due time. */
  advanceTo(time_ms: number): void {
    for (let next = this.#timers[0]; next && next.due_ms <= time_ms; next = this.#timers[0]) {
      this.#timers.shift();
      this.#now_ms = Math.max(this.#now_ms, next.due_ms);
      next.callback();
    }
    this.#now_ms = Math.max(this.#now_ms, time_ms);
  }
}
