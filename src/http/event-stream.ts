import type { ServerResponse } from 'node:http';

/** The part of a response that an event stream needs. */
export type Subscriber = Pick<ServerResponse, 'write' | 'destroy' | 'writableLength' | 'on'>;

/**
 * Server-sent events (WHATWG HTML, section 9.2) to the pages of one line. An event is written down once for all of
 * them. A page that reads too slowly is cut off once more than `limit_bytes` wait for it: it connects again and
 * loads the state afresh, which costs less than catching up.
 */
export class EventStream {
  readonly #limit_bytes: number;
  readonly #onSlow: () => void;
  readonly #subscribers = new Set<Subscriber>();

  constructor(limit_bytes: number, onSlow: () => void) {
    this.#limit_bytes = limit_bytes;
    this.#onSlow = onSlow;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Takes over a response whose head has been written. */
  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    subscriber.on('close', () => this.#subscribers.delete(subscriber));
    subscriber.on('error', () => this.#subscribers.delete(subscriber));
    // A first event at once tells the page that it is through, and how soon to try again if it is cut off.
    subscriber.write('retry: 1000\nevent: ready\ndata: {}\n\n');
  }

  send(event: string, document: unknown): void {
    if (this.#subscribers.size === 0) return;
    const frame = Buffer.from(`event: ${event}\ndata: ${JSON.stringify(document)}\n\n`);
    for (const subscriber of this.#subscribers) {
      subscriber.write(frame);
      if (subscriber.writableLength > this.#limit_bytes) {
        this.#subscribers.delete(subscriber);
        subscriber.destroy();
        this.#onSlow();
      }
    }
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.destroy();
    this.#subscribers.clear();
  }
}
