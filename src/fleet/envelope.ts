import { Packr } from 'msgpackr';
import { BadInputError } from '../core/errors.ts';

/**
 * Messages of one line's journal, in order, on their way through the cluster: several in one, so that a stretch that
 * waited is sent in few steps though each step awaits the one before.
 */
export interface Envelope {
  readonly line: string;
  readonly entries: readonly EnvelopeEntry[];
}

export interface EnvelopeEntry {
  /** Place in the journal of the edge: with the line it names the message for good. */
  readonly position: number;
  /** As the journal has it. */
  readonly bytes: Uint8Array;
}

const packr = new Packr({ useRecords: false });
const format = 1;

export const packEnvelope = ({ line, entries }: Envelope): Buffer =>
  packr.pack([format, line, entries.map(({ position, bytes }) => [position, bytes])]);

/** @throws BadInputError for bytes that are no envelope of this format. */
export function unpackEnvelope(packed: Uint8Array): Envelope {
  const record = unpacked(packed);
  if (!Array.isArray(record) || record.length !== 3) throw new BadInputError('not an envelope');
  const [version, line, entries] = record as [number, unknown, unknown];
  if (version !== format) throw new BadInputError(`envelope of format ${version}`, { allowed: `${format}` });
  if (typeof line !== 'string' || !Array.isArray(entries) || entries.length === 0 || !entries.every(isEntry))
    throw new BadInputError('not an envelope');
  return { line, entries: entries.map(([position, bytes]) => ({ position, bytes })) };
}

function unpacked(packed: Uint8Array): unknown {
  try {
    return packr.unpack(packed);
  } catch (cause) {
    throw new BadInputError('not an envelope', { cause });
  }
}

const isEntry = (entry: unknown): entry is [number, Uint8Array] =>
  Array.isArray(entry) && Number.isSafeInteger(entry[0]) && entry[1] instanceof Uint8Array;
