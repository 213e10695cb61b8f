import { crc32 } from 'node:zlib';
import { BadInputError } from '../core/errors.ts';

/** A key of a table: what LMDB orders by, element by element. */
export type StoreKey = readonly (string | number)[];

/**
 * Each record carries its table, its key and a checksum over all three, because LMDB has none of its own: a flipped
 * bit is found where the record is read, and a record can be saved from a file whose tree is beyond use.
 *
 * | offset | what                                            |
 * | ------ | ----------------------------------------------- |
 * | 0      | uint8: 0xa7, which no record of format 1 began with |
 * | 1      | uint8: the table's tag                          |
 * | 2      | uint16: length of the key                       |
 * | 4      | uint32: CRC-32 over all the rest, tag included  |
 * | 8      | the key as JSON, then the body                  |
 *
 * Numbers are little endian.
 */
const marker = 0xa7;
const keyAt = 8;

export interface Unsealed {
  readonly tag: number;
  readonly key: StoreKey;
  readonly body: Buffer;
}

export function seal(tag: number, key: StoreKey, body: Uint8Array): Buffer {
  const keyText = Buffer.from(JSON.stringify(key));
  const sealed = Buffer.allocUnsafe(keyAt + keyText.length + body.length);
  sealed[0] = marker;
  sealed[1] = tag;
  sealed.writeUInt16LE(keyText.length, 2);
  keyText.copy(sealed, keyAt);
  sealed.set(body, keyAt + keyText.length);
  sealed.writeUInt32LE(checksum(sealed), 4);
  return sealed;
}

export const isSealed = (bytes: Uint8Array): boolean => bytes[0] === marker;

/** What the seal of a record with this key takes beside the body. */
export const sealBytes = (key: StoreKey): number => keyAt + Buffer.byteLength(JSON.stringify(key));

/**
 * The body is a view into `bytes`.
 *
 * @throws BadInputError where the bytes are not as they were sealed.
 */
export function unseal(bytes: Buffer): Unsealed {
  const bodyAt = bytes.length < keyAt ? keyAt : keyAt + bytes.readUInt16LE(2);
  if (!isSealed(bytes) || bodyAt > bytes.length) throw new BadInputError('not a record of this store');
  if (checksum(bytes) !== bytes.readUInt32LE(4)) throw new BadInputError('the checksum does not fit');
  const key = JSON.parse(bytes.toString('utf8', keyAt, bodyAt)) as StoreKey;
  return { tag: bytes[1] as number, key, body: bytes.subarray(bodyAt) };
}

/** Over everything but the checksum's own four bytes. */
const checksum = (sealed: Uint8Array): number => crc32(sealed.subarray(keyAt), crc32(sealed.subarray(0, 4)));
