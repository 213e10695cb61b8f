import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { BadInputError, messageOf } from '../core/errors.ts';

/**
 * A state as bytes and back: plain objects, arrays, maps, sets, typed arrays and numbers, each bit as it was (-0,
 * NaN, undefined and the order of keys and maps included). V8's own structured serialisation does exactly that, and
 * reads what every earlier version of it wrote.
 *
 * | offset | what                                                 |
 * | ------ | ---------------------------------------------------- |
 * | 0      | ASCII `GWSN`                                         |
 * | 4      | uint8: version of this layout                        |
 * | 5      | SHA-256 of all that follows                          |
 * | 37     | uint32, little endian: version of the state's shape  |
 * | 41     | the state                                            |
 *
 * Layout 1 had no version of the shape: it is 1.
 */
const magic = Buffer.from('GWSN');
const layout = 2;
const hashAt = 5;
const bodyAt = hashAt + 32;
const shapeBytes = 4;

export interface DecodedSnapshot {
  /** Version of the state's shape. */
  readonly shape: number;
  readonly state: unknown;
}

export function encodeSnapshot(state: unknown, shape = 1): Buffer {
  const version = Buffer.alloc(shapeBytes);
  version.writeUInt32LE(shape);
  const body = Buffer.concat([version, serialize(state)]);
  return Buffer.concat([magic, Buffer.from([layout]), sha256(body), body]);
}

/** @throws BadInputError for a snapshot that is damaged or of a layout that is not known. */
export function decodeSnapshot(bytes: Buffer): DecodedSnapshot {
  if (bytes.length < bodyAt || !bytes.subarray(0, magic.length).equals(magic)) {
    throw new BadInputError('not a snapshot');
  }
  const version = bytes[magic.length] as number;
  if (version < 1 || version > layout) {
    throw new BadInputError(`snapshot of format ${version}`, { allowed: `format 1 to ${layout}` });
  }
  // A copy, because typed arrays of the result may be views into the bytes that they were read from.
  const body = Buffer.from(bytes.subarray(bodyAt));
  if (!sha256(body).equals(bytes.subarray(hashAt, bodyAt))) {
    throw new BadInputError('the checksum does not fit');
  }
  try {
    return version === 1
      ? { shape: 1, state: deserialize(body) }
      : { shape: body.readUInt32LE(0), state: deserialize(Buffer.from(body.subarray(shapeBytes))) };
  } catch (error) {
    throw new BadInputError(`can't be read: ${messageOf(error)}`, { cause: error });
  }
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
