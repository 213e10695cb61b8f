import type { Cancel, Clock } from '../../core/clock.ts';
import type { LineMessage } from '../../core/messages.ts';
import type { Arrival } from '../../core/source.ts';

/**
 * Hands messages over until they are kept. An OPC UA server has no second delivery, so a message that the store
 * refuses waits here, and those that come after it wait behind: order is kept. The queue is bounded; when it is
 * full the oldest message goes and `lost` hears of it.
 */
export class Redelivery {
  readonly #clock: Clock;
  readonly #delay_ms: number;
  readonly #capacity: number;
  readonly #deliver: (arrival: Arrival) => void;
  readonly #lost: (message: LineMessage) => void;
  /** Ascending in `order`. */
  #waiting: { readonly order: number; readonly message: LineMessage }[] = [];
  #order = 0;
  #cancel: Cancel | undefined;

  constructor(options: {
    clock: Clock;
    delay_ms: number;
    capacity: number;
    deliver: (arrival: Arrival) => void;
    lost: (message: LineMessage) => void;
  }) {
    this.#clock = options.clock;
    this.#delay_ms = options.delay_ms;
    this.#capacity = options.capacity;
    this.#deliver = options.deliver;
    this.#lost = options.lost;
  }

  send(message: LineMessage): void {
    const order = this.#order++;
    if (this.#waiting.length > 0) this.#wait(order, message);
    else this.#hand(order, message);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = [];
  }

  #hand(order: number, message: LineMessage): void {
    let settled = false;
    this.#deliver({
      message,
      acknowledge: () => {
        settled = true;
      },
      refuse: () => {
        if (!settled) this.#wait(order, message);
        settled = true;
      },
    });
  }

  #wait(order: number, message: LineMessage): void {
    const behind = this.#waiting.findIndex((other) => other.order > order);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, { order, message });
    if (this.#waiting.length > this.#capacity) {
      const oldest = this.#waiting.shift();
      if (oldest) this.#lost(oldest.message);
    }
    this.#cancel ??= this.#clock.after(this.#delay_ms, () => {
      this.#cancel = undefined;
      const again = this.#waiting;
      this.#waiting = [];
      for (const { order: place, message: kept } of again) this.#hand(place, kept);
    });
  }
}
