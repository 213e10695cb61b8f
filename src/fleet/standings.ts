import { Readable } from 'node:stream';
import type { KV } from '@nats-io/kv';
import type { ObjectStore } from '@nats-io/obj';
import { stateShape } from '../agent/processor.ts';
import { BadInputError } from '../core/errors.ts';
import { decodeSnapshot, encodeSnapshot } from '../store/snapshot-codec.ts';
import { migrated } from '../store/snapshots.ts';
import { isConflict } from './leases.ts';

/** A line as it stood when its partition was last saved. */
export interface LineStanding {
  /** Position in the edge's journal of the last message that was applied. */
  readonly position: number;
  /** Plain data. */
  readonly state: unknown;
}

/** All lines of a partition at one place of the stream. */
export interface PartitionStanding {
  /** Sequence in the stream of the last message that was applied; 0 before the first. */
  readonly sequence: number;
  readonly lines: ReadonlyMap<string, LineStanding>;
}

/** Somebody else has saved the partition meanwhile: this worker's lease was over without its knowing. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

interface Pointer {
  readonly format: 1;
  readonly sequence: number;
  readonly lines: Readonly<Record<string, { readonly object: string; readonly position: number }>>;
}

/**
 * The states of one partition's lines in the cluster. The states are objects of their own; one small entry says which of
 * them belong together, and is replaced only by whoever wrote or read it last. So a partition moves from one whole
 * standing to the next, and a worker that was overtaken (asleep, cut off) can't put back what is past.
 */
export class Standings {
  readonly #pointers: KV;
  readonly #states: ObjectStore;
  readonly #key: string;
  readonly #worker: string;
  #revision = 0;
  #pointer: Pointer = { format: 1, sequence: 0, lines: {} };

  constructor(
    bucket: { readonly standings: KV; readonly states: ObjectStore },
    partition: number,
    worker: string,
  ) {
    this.#pointers = bucket.standings;
    this.#states = bucket.states;
    this.#key = `partition.${partition}`;
    this.#worker = worker;
  }

  /** @throws BadInputError where what is stored can't be read. */
  async load(): Promise<PartitionStanding> {
    const entry = await this.#pointers.get(this.#key);
    if (entry?.operation === 'PUT') {
      this.#pointer = parsePointer(entry.string(), this.#key);
      this.#revision = entry.revision;
    }
    const lines = await Promise.all(
      Object.entries(this.#pointer.lines).map(async ([line, { object, position }]) => {
        const bytes = await this.#states.getBlob(object);
        if (!bytes)
          throw new BadInputError('a saved state is missing', { where: `line ${line}, object ${object}` });
        const state = migrated(decodeSnapshot(Buffer.from(bytes)), stateShape);
        return [line, { position, state }] as const;
      }),
    );
    return { sequence: this.#pointer.sequence, lines: new Map(lines) };
  }

  /**
   * Saves the lines that changed, and with them the place in the stream.
   *
   * @throws OvertakenError where another worker has saved since; then nothing of this one counts.
   */
  async save(sequence: number, changed: ReadonlyMap<string, LineStanding>): Promise<void> {
    const before = this.#pointer;
    const written = await Promise.all(
      [...changed].map(async ([line, { position, state }]) => {
        // Of a worker and a place: two that save the same never write the same object.
        const object = `${this.#key}/${line}/${sequence}/${this.#worker}`;
        await this.#states.put({ name: object }, stream(encodeSnapshot(state, stateShape.version)));
        return [line, { object, position }] as const;
      }),
    );
    const pointer: Pointer = {
      format: 1,
      sequence,
      lines: { ...before.lines, ...Object.fromEntries(written) },
    };
    try {
      this.#revision = await this.#replace(JSON.stringify(pointer));
    } catch (error) {
      if (isConflict(error))
        throw new OvertakenError(`another worker has saved ${this.#key}`, { cause: error });
      throw error;
    }
    this.#pointer = pointer;
    // Nobody points to them any more; one that stays behind costs room, no more.
    const stale = written.flatMap(([line, { object }]) => {
      const old = before.lines[line]?.object;
      return old !== undefined && old !== object ? [old] : [];
    });
    await Promise.allSettled(stale.map((object) => this.#states.delete(object)));
  }

  /** Only where nobody else has written since this worker read or wrote. */
  #replace(text: string): Promise<number> {
    return this.#revision === 0
      ? this.#pointers.create(this.#key, text)
      : this.#pointers.update(this.#key, text, this.#revision);
  }
}

const stream = (bytes: Buffer): ReadableStream<Uint8Array> =>
  Readable.toWeb(Readable.from([bytes])) as ReadableStream<Uint8Array>;

function parsePointer(text: string, where: string): Pointer {
  const pointer = JSON.parse(text) as Partial<Pointer>;
  if (pointer.format !== 1) {
    throw new BadInputError(`a standing of format ${String(pointer.format)}`, { where, allowed: 'format 1' });
  }
  return pointer as Pointer;
}
