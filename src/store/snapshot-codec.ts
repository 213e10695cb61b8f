import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { BadInputError, messageOf } from '../core/errors.ts';

/**
 * A state as bytes and back: plain objects, arrays, maps, sets, typed arrays and numbers, each bit as it was (-0,
 * NaN, undefined and the order of keys and maps included). V8's own structured serialisation does exactly that, and
 * reads what every earlier version of it wrote.
 *
 * | offset | what                                     |
 * | ------ | ---------------------------------------- |
 * | 0      | ASCII `GWSN`                             |
 * | 4      | uint8: version of this layout            |
 * | 5      | SHA-256 of all that follows              |
 * | 37     | the state                                |
 */
const magic = Buffer.from('GWSN');
const format = 1;
const hashAt = 5;
const stateAt = hashAt + 32;

export function encodeSnapshot(state: unknown): Buffer {
  const body = serialize(state);
  return Buffer.concat([magic, Buffer.from([format]), sha256(body), body]);
}

/** @throws BadInputError for a snapshot that is damaged or of another version. */
export function decodeSnapshot(bytes: Buffer): unknown {
  if (bytes.length < stateAt || !bytes.subarray(0, magic.length).equals(magic)) {
    throw new BadInputError('not a snapshot');
  }
  const version = bytes[magic.length];
  if (version !== format) {
    throw new BadInputError(`snapshot of format ${version}`, { allowed: `format ${format}` });
  }
  // A copy, because typed arrays of the result may be views into the bytes that they were read from.
  const body = Buffer.from(bytes.subarray(stateAt));
  if (!sha256(body).equals(bytes.subarray(hashAt, stateAt))) {
    throw new BadInputError('the checksum does not fit');
  }
  try {
    return deserialize(body);
  } catch (error) {
    throw new BadInputError(`can't be read: ${messageOf(error)}`, { cause: error });
  }
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
