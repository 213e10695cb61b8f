import type { ConsumerMessages } from '@nats-io/jetstream';
import type { Processor, ProcessorState } from '../agent/processor.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf, RetryableError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Report } from '../core/report.ts';
import type { ReportId } from '../core/report-id.ts';
import { decodeMessage } from '../store/message-codec.ts';
import type { Cluster } from './cluster.ts';
import { type EnvelopeEntry, unpackEnvelope } from './envelope.ts';
import { partitionFilter } from './partitions.ts';
import { type LineStanding, OvertakenError, Standings } from './standings.ts';

/** What the lines of a plant have in common for a worker. */
export interface LineWork {
  /** The same agent that an edge runs, from a stored state or anew. */
  processor(line: string, tell: (report: Report) => void, state?: ProcessorState): Processor;
  /** Told again with the same ids after a take-over. */
  tell(line: string, report: Report, id: ReportId): void;
}

export interface RunnerSettings {
  readonly stream: string;
  readonly saveEveryMessages: number;
  /** Longest time between two saves while messages come (ms). */
  readonly saveEvery_ms: number;
}

export interface RunnerParts {
  readonly cluster: Cluster;
  readonly work: LineWork;
  readonly clock: Clock;
  readonly log: Logger;
  /** The partition can't be worked any more: overtaken, or a fault. */
  readonly failed: (error: unknown) => void;
}

/** Counts that only grow, for tests and metrics. */
export interface RunnerCounts {
  applied: number;
  /** Applied before: left out. */
  repeated: number;
  /** Positions that an edge's journal had and the stream never got (a spool that overflowed). */
  missing: number;
  unreadable: number;
}

interface Line {
  readonly processor: Processor;
  position: number;
  dirty: boolean;
  reports: number;
}

/** Longest stretch of work before timers and the network get their turn (ms). */
const stretch_ms = 10;

/**
 * Works one partition: loads how its lines stand, applies what the stream has behind that, and saves from time to time.
 * The stream keeps everything, so no message is acknowledged one by one: what is not yet in a saved standing is simply
 * read again by whoever comes next.
 */
export class PartitionRunner {
  readonly #partition: number;
  readonly #settings: RunnerSettings;
  readonly #parts: RunnerParts;
  readonly #standings: Standings;
  readonly #lines = new Map<string, Line>();
  readonly counts: RunnerCounts = { applied: 0, repeated: 0, missing: 0, unreadable: 0 };
  #messages: ConsumerMessages | undefined;
  #sequence = 0;
  #saved = 0;
  #unsaved = 0;
  #saving: Promise<void> | undefined;
  #cancelSave: Cancel | undefined;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(partition: number, settings: RunnerSettings, parts: RunnerParts) {
    this.#partition = partition;
    this.#settings = settings;
    this.#parts = parts;
    this.#standings = new Standings(parts.cluster.standings, partition);
  }

  /** Sequence in the stream up to which the lines stand. */
  get sequence(): number {
    return this.#sequence;
  }

  states(): ReadonlyMap<string, LineStanding> {
    return new Map(
      [...this.#lines].map(([line, { processor, position }]) => [line, { position, state: processor.state }]),
    );
  }

  processor(line: string): Processor | undefined {
    return this.#lines.get(line)?.processor;
  }

  start(): void {
    this.#done = this.#run().catch((error: unknown) => {
      if (!this.#stopped) this.#parts.failed(error);
    });
  }

  /** Ends where it is. With `save` the next worker need not repeat anything. */
  async stop(options: { readonly save: boolean }): Promise<void> {
    this.#stopped = true;
    this.#cancelSave?.();
    this.#messages?.stop();
    await this.#done;
    await this.#saving?.catch(() => {});
    if (!options.save) return;
    try {
      await this.#save();
    } catch (error) {
      this.#parts.log.warn({ event: 'standing-not-saved', partition: this.#partition }, messageOf(error));
    }
  }

  async #run(): Promise<void> {
    const { cluster, log } = this.#parts;
    const standing = await this.#standings.load();
    this.#sequence = this.#saved = standing.sequence;
    for (const [line, { position, state }] of standing.lines) {
      this.#lines.set(line, this.#line(line, position, state as ProcessorState));
    }
    const consumer = await cluster.jetstream.consumers.get(this.#settings.stream, {
      filter_subjects: partitionFilter(this.#partition),
      opt_start_seq: standing.sequence + 1,
    });
    log.info(
      {
        event: 'partition-taken',
        partition: this.#partition,
        lines: standing.lines.size,
        sequence: standing.sequence,
      },
      `works partition ${this.#partition}`,
    );
    if (this.#stopped) return;
    this.#messages = await consumer.consume({ max_messages: 500 });
    let began_ms = this.#parts.clock.now_ms();
    for await (const message of this.#messages) {
      if (this.#stopped) return;
      this.#apply(message.data, message.seq);
      if (this.#unsaved >= this.#settings.saveEveryMessages) await this.#save();
      else this.#saveLater();
      if (this.#parts.clock.now_ms() - began_ms < stretch_ms) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      began_ms = this.#parts.clock.now_ms();
    }
    // A consumer that can't be restored ends without a word; whoever takes the partition next makes a new one.
    if (!this.#stopped) throw new RetryableError(`the messages of partition ${this.#partition} ended`);
  }

  #apply(packed: Uint8Array, sequence: number): void {
    if (sequence <= this.#sequence) return;
    try {
      const { line: name, entries } = unpackEnvelope(packed);
      const line = this.#lines.get(name) ?? this.#line(name, 0);
      this.#lines.set(name, line);
      for (const entry of entries) this.#entry(name, line, entry);
    } catch (error) {
      this.counts.unreadable++;
      this.#parts.log.error({ event: 'message-unreadable', sequence }, messageOf(error));
    }
    this.#sequence = sequence;
  }

  #entry(name: string, line: Line, { position, bytes }: EnvelopeEntry): void {
    if (position <= line.position) {
      this.counts.repeated++;
      return;
    }
    if (line.position > 0) this.counts.missing += position - line.position - 1;
    const message = decodeMessage(bytes);
    line.position = position;
    line.reports = 0;
    line.dirty = true;
    if (message.kind === 'action') this.#act(line, message, name);
    else line.processor.process(message);
    this.counts.applied++;
    this.#unsaved++;
  }

  #act(line: Line, action: Parameters<Processor['act']>[0], name: string): void {
    try {
      line.processor.act(action);
    } catch (error) {
      // Where it could be done at the edge it can be done here; where not, it was refused there as well.
      this.#parts.log.info({ event: 'alarm-action-failed', line: name }, messageOf(error));
    }
  }

  #line(name: string, position: number, state?: ProcessorState): Line {
    const { work } = this.#parts;
    const tell = (report: Report) =>
      work.tell(name, report, { position: line.position, index: line.reports++ });
    const line: Line = { processor: work.processor(name, tell, state), position, dirty: false, reports: 0 };
    return line;
  }

  #saveLater(): void {
    this.#cancelSave ??= this.#parts.clock.after(this.#settings.saveEvery_ms, () => {
      this.#cancelSave = undefined;
      this.#save().catch((error: unknown) => this.#saveFailed(error));
    });
  }

  #saveFailed(error: unknown): void {
    if (error instanceof OvertakenError) {
      this.#stopped = true;
      this.#messages?.stop();
      this.#parts.failed(error);
      return;
    }
    this.#parts.log.warn({ event: 'standing-not-saved', partition: this.#partition }, messageOf(error));
    if (!this.#stopped) this.#saveLater();
  }

  /** The states are taken at once; one save after the other. */
  async #save(): Promise<void> {
    await this.#saving;
    if (this.#sequence === this.#saved) return;
    const sequence = this.#sequence;
    const changed = new Map<string, LineStanding>();
    for (const [name, line] of this.#lines) {
      if (line.dirty) changed.set(name, { position: line.position, state: line.processor.state });
      line.dirty = false;
    }
    this.#unsaved = 0;
    this.#saving = this.#standings.save(sequence, changed).then(
      () => {
        this.#saved = sequence;
        this.#saving = undefined;
      },
      (error: unknown) => {
        for (const name of changed.keys()) (this.#lines.get(name) as Line).dirty = true;
        this.#saving = undefined;
        throw error;
      },
    );
    await this.#saving;
  }
}
