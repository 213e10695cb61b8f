import type { Cancel, Clock } from '../../core/clock.ts';
import type { TagValue } from './values.ts';

/**
 * Brings together what belongs together although it comes in several notifications. A value that has stood for hours
 * carries a time of hours ago: were it passed on behind values of now, later stages could only take it for one that is
 * far too late. So the first values of all tags are held until each tag has told one, and what a server queued during
 * an outage is held until all of its parts are here; whoever takes it puts it in order of time.
 */
export class Gathering {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #pass: (values: readonly TagValue[]) => void;
  #held: TagValue[] | undefined;
  /** Tags that have yet to tell a value; undefined where only time decides. */
  #missing: Set<string> | undefined;
  #cancel: Cancel = () => {};

  /** Beyond `capacity` values nothing is held any longer. */
  constructor(clock: Clock, capacity: number, pass: (values: readonly TagValue[]) => void) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#pass = pass;
  }

  /** Holds values until each of these tags has told one, at most for `limit_ms`. */
  holdUntilEach(names: Iterable<string>, limit_ms: number): void {
    this.hold();
    this.#missing = new Set(names);
    this.releaseAfter(limit_ms);
  }

  /** These tags will tell nothing. */
  without(names: Iterable<string>): void {
    for (const name of names) this.#missing?.delete(name);
    if (this.#missing?.size === 0) this.release();
  }

  /** Holds values until told to release them. */
  hold(): void {
    this.#cancel();
    this.#missing = undefined;
    this.#held ??= [];
  }

  releaseAfter(delay_ms: number): void {
    this.#cancel();
    if (this.#held) this.#cancel = this.#clock.after(delay_ms, () => this.release());
  }

  /** Lets go of everything; later values pass at once. */
  release(): void {
    this.#cancel();
    this.#missing = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held && held.length > 0) this.#pass(held);
  }

  take(values: readonly TagValue[]): void {
    if (!this.#held) {
      this.#pass(values);
      return;
    }
    for (const value of values) {
      this.#held.push(value);
      this.#missing?.delete(value.name);
    }
    if (this.#missing?.size === 0 || this.#held.length > this.#capacity) this.release();
  }
}
