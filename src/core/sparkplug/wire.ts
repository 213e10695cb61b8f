import { BadInputError } from '../errors.ts';

/** One field of a protobuf message as it stands on the wire; `bytes` are a view, not a copy. */
export type WireField =
  | { readonly number: number; readonly kind: 'varint'; readonly varint: bigint }
  | { readonly number: number; readonly kind: 'fixed64' | 'fixed32' | 'bytes'; readonly bytes: DataView };

/**
 * Reads protobuf messages field by field, without a schema (protobuf.dev, "Encoding"). Groups, which proto2 gave up,
 * are refused.
 *
 * @throws BadInputError where the bytes are not such a message.
 */
export function* wireFields(message: DataView): Generator<WireField> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= message.byteLength) throw new BadInputError('cut short');
      const byte = message.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new BadInputError('a number of more than 64 bits');
  }

  function take(length: number): DataView {
    if (length > message.byteLength - at) throw new BadInputError('cut short');
    const bytes = new DataView(message.buffer, message.byteOffset + at, length);
    at += length;
    return bytes;
  }

  while (at < message.byteLength) {
    const key = Number(varint());
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, kind: 'varint', varint: varint() };
        break;
      case 1:
        yield { number, kind: 'fixed64', bytes: take(8) };
        break;
      case 2:
        yield { number, kind: 'bytes', bytes: take(Number(varint())) };
        break;
      case 5:
        yield { number, kind: 'fixed32', bytes: take(4) };
        break;
      default:
        throw new BadInputError(`wire type ${key % 8}`);
    }
  }
}
