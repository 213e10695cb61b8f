import type { KV } from '@nats-io/kv';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

export interface LeaseSettings {
  /** Name of this worker, unlike any other's. */
  readonly worker: string;
  readonly partitions: number;
  readonly lease_s: number;
}

/** Told of what this worker may work and what no more. */
export interface LeaseHolder {
  acquired(partition: number): void;
  /** Gives the partition back in good order: saves, then resolves. */
  release(partition: number): Promise<void>;
  /** The lease is gone, perhaps to another: nothing may be written any more. */
  lost(partition: number): void;
}

const leaseKey = (partition: number) => `partition.${partition}`;
const workerKey = (worker: string) => `worker.${worker}`;

/**
 * Divides the partitions among the workers that are there, by entries of a bucket that vanish when they are not renewed.
 * Each worker takes free partitions up to its fair share and gives back what it has beyond, so that they spread without
 * anybody who decides. Safety does not rest on it: whoever saves a state has to be the last who did (see Standings).
 */
export class Leases {
  readonly #bucket: KV;
  readonly #settings: LeaseSettings;
  readonly #holder: LeaseHolder;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Revision of each lease held, and when it was last known to be ours. */
  readonly #held = new Map<number, { readonly revision: number; readonly renewed_ms: number }>();
  #cancel: Cancel | undefined;
  #turn: Promise<void> | undefined;
  #running = false;

  constructor(
    bucket: KV,
    settings: LeaseSettings,
    holder: LeaseHolder,
    around: { clock: Clock; log: Logger },
  ) {
    this.#bucket = bucket;
    this.#settings = settings;
    this.#holder = holder;
    this.#clock = around.clock;
    this.#log = around.log;
  }

  get held(): readonly number[] {
    return [...this.#held.keys()].sort((a, b) => a - b);
  }

  start(): void {
    this.#running = true;
    this.#next(0);
  }

  /** Gives everything back, so that others take over at once. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel?.();
    await this.#turn;
    await Promise.all(this.held.map((partition) => this.#giveBack(partition)));
    await this.#bucket.delete(workerKey(this.#settings.worker)).catch(() => {});
  }

  /** Gives one back that can't be worked; its turn comes again. */
  async drop(partition: number): Promise<void> {
    const lease = this.#held.get(partition);
    if (!lease) return;
    this.#held.delete(partition);
    await this.#bucket.delete(leaseKey(partition), { previousSeq: lease.revision }).catch(() => {});
  }

  #next(delay_ms: number): void {
    if (!this.#running) return;
    this.#cancel = this.#clock.after(delay_ms, () => {
      this.#turn = this.#once().then(() => this.#next((this.#settings.lease_s * 1000) / 4));
    });
  }

  /** Renew, then balance. A cluster that doesn't answer costs the leases in time. */
  async #once(): Promise<void> {
    try {
      const { worker, partitions } = this.#settings;
      await this.#bucket.put(workerKey(worker), worker);
      await Promise.all(this.held.map((partition) => this.#renew(partition)));
      const { workers, taken } = await this.#others();
      const share = Math.ceil(partitions / Math.max(1, workers));
      await this.#take(share, taken);
      const beyond = this.held.slice(share);
      await Promise.all(beyond.map((partition) => this.#giveBack(partition)));
    } catch (error) {
      this.#log.warn({ event: 'leases-unreachable' }, messageOf(error));
    }
    this.#expire();
  }

  async #others(): Promise<{ workers: number; taken: ReadonlySet<number> }> {
    let workers = 0;
    const taken = new Set<number>();
    for await (const key of await this.#bucket.keys()) {
      if (key.startsWith('worker.')) workers++;
      else taken.add(Number(key.slice('partition.'.length)));
    }
    return { workers, taken };
  }

  async #renew(partition: number): Promise<void> {
    const lease = this.#held.get(partition);
    if (!lease) return;
    const asked_ms = this.#clock.now_ms();
    try {
      const { worker } = this.#settings;
      const revision = await this.#bucket.update(leaseKey(partition), worker, lease.revision);
      this.#held.set(partition, { revision, renewed_ms: asked_ms });
    } catch (error) {
      // Another's, or no answer: in the second case time will tell.
      if (isConflict(error)) this.#lose(partition);
      else throw error;
    }
  }

  /** Begins at a place of its own, so that workers don't all reach for the same partition first. */
  async #take(share: number, taken: ReadonlySet<number>): Promise<void> {
    const { worker, partitions } = this.#settings;
    const first = [...worker].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % partitions;
    for (let i = 0; i < partitions && this.#held.size < share; i++) {
      const partition = (first + i) % partitions;
      if (taken.has(partition) || this.#held.has(partition)) continue;
      const asked_ms = this.#clock.now_ms();
      try {
        const revision = await this.#bucket.create(leaseKey(partition), worker);
        this.#held.set(partition, { revision, renewed_ms: asked_ms });
        this.#holder.acquired(partition);
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  }

  async #giveBack(partition: number): Promise<void> {
    await this.#holder.release(partition);
    await this.drop(partition);
  }

  /** What was not renewed in time may be another's by now. */
  #expire(): void {
    const limit_ms = this.#clock.now_ms() - this.#settings.lease_s * 1000;
    for (const [partition, { renewed_ms }] of this.#held) if (renewed_ms < limit_ms) this.#lose(partition);
  }

  #lose(partition: number): void {
    this.#held.delete(partition);
    this.#log.warn(
      { event: 'lease-lost', partition },
      `partition ${partition} is another's now, or nobody's`,
    );
    this.#holder.lost(partition);
  }
}

/** JetStream's code for "wrong last sequence": somebody else wrote in between. */
const wrongLastSequence = 10071;

export function isConflict(error: unknown): boolean {
  const { code, api_error } = error as { code?: number; api_error?: { err_code?: number } };
  return code === wrongLastSequence || api_error?.err_code === wrongLastSequence;
}
