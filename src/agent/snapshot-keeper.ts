import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Journal } from '../store/journal.ts';
import type { Snapshots } from '../store/snapshots.ts';

export interface SnapshotKeeperParts {
  readonly line: string;
  readonly snapshots: Snapshots;
  readonly journal: Journal;
  readonly everyMessages: number;
  readonly clock: Pick<Clock, 'now_ms'>;
  readonly log: Logger;
  /** Hears why the store did not take a snapshot, and `undefined` when it takes them again. */
  readonly onTrouble: (why: string | undefined) => void;
}

/** Decides when the state of a line is kept, one snapshot at a time, and lets the journal go behind the oldest. */
export class SnapshotKeeper {
  readonly #parts: SnapshotKeeperParts;
  #position = 0;
  #saving: Promise<void> | undefined;
  #kept: { readonly at_ms: number; readonly took_ms: number } | undefined;

  constructor(parts: SnapshotKeeperParts) {
    this.#parts = parts;
  }

  /** The state was restored from the snapshot at this position. */
  restored(position: number): void {
    this.#position = position;
  }

  /** Keeps the state if enough messages have come since the last one; `state` is asked at once. */
  consider(position: number, state: () => unknown): void {
    if (this.#saving || position - this.#position < this.#parts.everyMessages) return;
    this.#saving = this.#save(position, state()).finally(() => {
      this.#saving = undefined;
    });
  }

  /** Keeps the state, unless it is on the disk already (and must not be kept in any case). */
  async keep(position: number, state: () => unknown, options: { readonly always: boolean }): Promise<void> {
    while (this.#saving) await this.#saving;
    if (position > this.#position || options.always) await this.#save(position, state());
  }

  /** A failure costs time at the next start, not data. */
  async #save(position: number, state: unknown): Promise<void> {
    const { snapshots, journal, clock, log, onTrouble } = this.#parts;
    this.#position = position;
    const began_ms = clock.now_ms();
    try {
      await snapshots.save(position, state);
      await journal.trim(snapshots.oldestPosition() + 1);
      const now_ms = clock.now_ms();
      this.#kept = { at_ms: now_ms, took_ms: now_ms - began_ms };
      onTrouble(undefined);
    } catch (error) {
      log.error({ event: 'snapshot-failed', position }, messageOf(error));
      onTrouble(messageOf(error));
    }
  }

  *figures(): Iterable<Figure> {
    const { line, clock } = this.#parts;
    const gauge = (what: string, help: string, value: number): Figure => ({
      name: `gapwise_snapshot_${what}`,
      help,
      type: 'gauge',
      labels: { line },
      value,
    });
    yield gauge('position', 'Journal position of the newest snapshot.', this.#position);
    if (!this.#kept) return;
    const { at_ms, took_ms } = this.#kept;
    yield gauge('age_seconds', 'Time since the newest snapshot.', (clock.now_ms() - at_ms) / 1000);
    yield gauge('duration_seconds', 'Time that the newest snapshot took.', took_ms / 1000);
  }
}
