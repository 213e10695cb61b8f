import type { RootDatabase } from 'lmdb';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { causeOf } from './commit.ts';
import type { Room } from './room.ts';
import type { Change } from './table.ts';

/** Has changes that may wait for the next commit but must not be lost by one that fails. */
export interface Participant {
  /** Everything that is not on the disk yet; asked once for each commit. */
  changes(): readonly Change[];
  /** How the commit of what `changes` gave last went: where it failed, the next call gives it again. */
  settled(kept: boolean): void;
}

/** How long changes that nobody waits for may wait for company. */
const company_ms = 100;
const retry_ms = 1000;

/**
 * The only writer of the store. One transaction at a time, each with all that came up while the one before it was
 * on its way (group commit): so the order in which things were told is the order in which they become durable, and
 * whoever awaits one change knows that all earlier ones are on the disk too, those of participants included.
 */
export class Commits {
  readonly #root: RootDatabase<unknown, string>;
  readonly #room: Room | undefined;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #log: Logger;
  readonly #participants: Participant[] = [];
  #queue: { changes: readonly Change[]; done: () => void; failed: (error: unknown) => void }[] = [];
  #running: Promise<void> | undefined;
  /** Until when the next commit may wait, once the one under way is done. */
  #next_ms: number | undefined;
  #cancel: Cancel | undefined;

  /** @param room absent where nothing can be written. */
  constructor(
    root: RootDatabase<unknown, string>,
    room: Room | undefined,
    clock: Pick<Clock, 'after'>,
    log: Logger,
  ) {
    this.#root = root;
    this.#room = room;
    this.#clock = clock;
    this.#log = log;
  }

  join(participant: Participant): void {
    this.#participants.push(participant);
  }

  /** Rejects, with nothing of it kept, where the disk did not take it. */
  write(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ changes, done: resolve, failed: reject });
      this.#start();
    });
  }

  /** A participant has something: it is committed soon, with whatever else comes up. */
  wake(): void {
    this.#later(company_ms);
  }

  /** Waits for the next commit, which takes all that participants have. Rejects where it fails. */
  flush(): Promise<void> {
    return this.write([]);
  }

  /** Resolves once nothing is under way; what could not be kept by then is lost. */
  async close(): Promise<void> {
    await this.flush().catch((error: unknown) =>
      this.#log.error({ event: 'store-close-failed' }, `the last changes were not kept: ${messageOf(error)}`),
    );
    this.#cancel?.();
    await this.#running;
  }

  #later(delay_ms: number): void {
    if (this.#running) this.#next_ms = Math.min(delay_ms, this.#next_ms ?? delay_ms);
    else this.#cancel ??= this.#clock.after(delay_ms, () => this.#start());
  }

  #start(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#running ??= this.#once().finally(() => {
      this.#running = undefined;
      const delay_ms = this.#next_ms;
      this.#next_ms = undefined;
      if (this.#queue.length > 0) this.#start();
      else if (delay_ms !== undefined) this.#later(delay_ms);
    });
  }

  async #once(): Promise<void> {
    // What else this turn of the event loop brings goes along.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const groups = this.#queue;
    this.#queue = [];
    const told = this.#participants.map((participant) => participant.changes());
    try {
      await this.#commit([...told.flat(), ...groups.flatMap(({ changes }) => changes)]);
      for (const participant of this.#participants) participant.settled(true);
      for (const { done } of groups) done();
    } catch (error) {
      for (const participant of this.#participants) participant.settled(false);
      for (const { failed } of groups) failed(error);
      if (told.some((changes) => changes.length > 0)) this.#later(retry_ms);
    }
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    if (!this.#room) throw new Error('the store is open for reading only');
    this.#room.ensure(changes.map(({ body }) => body?.length ?? 0));
    try {
      await this.#root.batch(() => {
        for (const change of changes) change.table.apply(change);
      });
    } catch (error) {
      throw await causeOf(error);
    }
  }
}
