import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { KV } from '@nats-io/kv';
import { stateShape } from '../agent/processor.ts';
import { BadInputError } from '../core/errors.ts';
import { decodeSnapshot, encodeSnapshot } from '../store/snapshot-codec.ts';
import { migrated } from '../store/snapshots.ts';
import { isConflict } from './leases.ts';

/** A line as it stood when it was last saved. */
export interface LineStanding {
  /** Position in the edge's journal of the last message that was applied. */
  readonly position: number;
  /** Plain data. */
  readonly state: unknown;
}

/** All lines of a partition. Each may stand further than the stream is to be read from, never less far. */
export interface PartitionStanding {
  /** Every message of the stream up to this sequence is in the states of the lines; 0 before the first. */
  readonly sequence: number;
  readonly lines: ReadonlyMap<string, LineStanding>;
}

/** Somebody else has saved a line meanwhile: this worker's lease was over without its knowing. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
const positionBytes = 8;

/**
 * The states of one partition's lines in the cluster: an entry for each line, replaced only by whoever read or wrote it
 * last, and a mark that says how far the stream is in them. The mark moves after the entries; so wherever a worker dies or
 * is overtaken (asleep, cut off), entries only go forward, and a mark that is too low costs a second reading: what an
 * entry already holds is known by its position.
 */
export class Standings {
  readonly #bucket: KV;
  readonly #prefix: string;
  readonly #revisions = new Map<string, number>();

  constructor(bucket: KV, partition: number) {
    this.#bucket = bucket;
    this.#prefix = `partition.${partition}`;
  }

  /** @throws BadInputError where what is stored can't be read. */
  async load(): Promise<PartitionStanding> {
    // Before the lines: they may go on meanwhile, the mark must not.
    const mark = await this.#bucket.get(`${this.#prefix}.mark`);
    const lines = new Map<string, LineStanding>();
    for await (const key of await this.#bucket.keys(`${this.#prefix}.line.>`)) {
      const entry = await this.#bucket.get(key);
      if (entry?.operation !== 'PUT') continue;
      const line = key.slice(this.#key('').length);
      this.#revisions.set(line, entry.revision);
      lines.set(line, await unpacked(entry.value, line));
    }
    return { sequence: mark?.operation === 'PUT' ? Number(mark.string()) : 0, lines };
  }

  /**
   * Saves the lines that changed, then the place in the stream.
   *
   * @throws OvertakenError where another worker has saved one of them since; then nothing of this one counts.
   */
  async save(sequence: number, changed: ReadonlyMap<string, LineStanding>): Promise<void> {
    await Promise.all(
      [...changed].map(async ([line, standing]) => this.#replace(line, await packed(standing))),
    );
    await this.#bucket.put(`${this.#prefix}.mark`, String(sequence));
  }

  async #replace(line: string, bytes: Uint8Array): Promise<void> {
    const revision = this.#revisions.get(line);
    try {
      const next =
        revision === undefined
          ? await this.#bucket.create(this.#key(line), bytes)
          : await this.#bucket.update(this.#key(line), bytes, revision);
      this.#revisions.set(line, next);
    } catch (error) {
      if (!isConflict(error)) throw error;
      throw new OvertakenError(`another worker has saved line ${line}`, { cause: error });
    }
  }

  #key(line: string): string {
    return `${this.#prefix}.line.${line}`;
  }
}

async function packed({ position, state }: LineStanding): Promise<Uint8Array> {
  const head = Buffer.alloc(positionBytes);
  head.writeDoubleLE(position);
  return deflate(Buffer.concat([head, encodeSnapshot(state, stateShape.version)]));
}

async function unpacked(bytes: Uint8Array, line: string): Promise<LineStanding> {
  try {
    const whole = await inflate(bytes);
    const state = migrated(decodeSnapshot(whole.subarray(positionBytes)), stateShape);
    return { position: whole.readDoubleLE(0), state };
  } catch (cause) {
    throw new BadInputError('a saved state can’t be read', { where: `line ${line}`, cause });
  }
}
