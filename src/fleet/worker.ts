import type { FleetSettings } from '../config/fleet.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Cluster } from './cluster.ts';
import { type LeaseHolder, Leases } from './leases.ts';
import { type LineWork, PartitionRunner, type RunnerCounts } from './partition-runner.ts';

export interface WorkerParts {
  readonly cluster: Cluster;
  readonly work: LineWork;
  readonly clock: Clock;
  readonly log: Logger;
}

const saveEvery_ms = 5_000;

/** One of those who share the lines of a plant: takes partitions while it has leases for them, and gives them back. */
export class Worker implements Metered {
  readonly #name: string;
  readonly #settings: FleetSettings;
  readonly #parts: WorkerParts;
  readonly #leases: Leases;
  readonly #runners = new Map<number, PartitionRunner>();
  /** Of runners that are gone. */
  readonly #past: RunnerCounts = { applied: 0, repeated: 0, missing: 0, unreadable: 0 };

  constructor(name: string, settings: FleetSettings, parts: WorkerParts) {
    this.#name = name;
    this.#settings = settings;
    this.#parts = parts;
    const holder: LeaseHolder = {
      acquired: (partition) => this.#begin(partition),
      release: (partition) => this.#end(partition, { save: true }),
      lost: (partition) => void this.#end(partition, { save: false }),
    };
    const { partitions, lease_s } = settings;
    this.#leases = new Leases(parts.cluster.leases, { worker: name, partitions, lease_s }, holder, parts);
  }

  get partitions(): readonly number[] {
    return this.#leases.held;
  }

  runner(partition: number): PartitionRunner | undefined {
    return this.#runners.get(partition);
  }

  counts(): RunnerCounts {
    const sum = { ...this.#past };
    for (const { counts } of this.#runners.values()) add(sum, counts);
    return sum;
  }

  start(): void {
    this.#leases.start();
  }

  /** Saves what it works and gives it back, so that others go on at once. */
  stop(): Promise<void> {
    return this.#leases.stop();
  }

  *figures(): Iterable<Figure> {
    const labels = { worker: this.#name };
    yield {
      name: 'gapwise_worker_partitions',
      help: 'Partitions worked.',
      type: 'gauge',
      labels,
      value: this.partitions.length,
    };
    for (const [outcome, value] of Object.entries(this.counts())) {
      yield {
        name: 'gapwise_worker_messages_total',
        help: 'Messages from the cluster, by what became of them.',
        type: 'counter',
        labels: { ...labels, outcome },
        value,
      };
    }
  }

  #begin(partition: number): void {
    const { stream, save_every_messages } = this.#settings;
    const runner = new PartitionRunner(
      partition,
      { stream, saveEveryMessages: save_every_messages, saveEvery_ms },
      { ...this.#parts, failed: (error) => this.#failed(partition, error) },
    );
    this.#runners.set(partition, runner);
    runner.start();
  }

  async #end(partition: number, options: { readonly save: boolean }): Promise<void> {
    const runner = this.#runners.get(partition);
    if (!runner) return;
    this.#runners.delete(partition);
    await runner.stop(options);
    add(this.#past, runner.counts);
  }

  /** Without its runner a lease is no use: others, or this worker itself, take the partition up anew. */
  #failed(partition: number, error: unknown): void {
    this.#parts.log.error({ event: 'partition-failed', partition }, messageOf(error));
    void this.#end(partition, { save: false }).then(() => this.#leases.drop(partition));
  }
}

function add(sum: RunnerCounts, counts: RunnerCounts): void {
  for (const key of Object.keys(counts) as (keyof RunnerCounts)[]) sum[key] += counts[key];
}
