import { BadInputError } from '../core/errors.ts';

/**
 * Arrays of numbers as bytes: one byte that names the form, then the numbers, little-endian. A form that takes half
 * the room is chosen only where it gives every number back exactly; NaN stays NaN and -0 stays -0.
 */
const form = {
  /** As they are. */
  float64: 0,
  /** The numbers are float32 already: a gauge that reports mg/cm² in float32. */
  float32: 1,
  /** Ten times the numbers are float32: a gauge that reports g/m² in float32. */
  float32Tenths: 2,
} as const;

export function packNumbers(numbers: Float64Array): Uint8Array {
  if (numbers.every((number) => Object.is(Math.fround(number), number))) {
    return pack(form.float32, Float32Array.from(numbers));
  }
  if (numbers.every((number) => Object.is(Math.fround(number * 10) / 10, number))) {
    return pack(
      form.float32Tenths,
      Float32Array.from(numbers, (number) => number * 10),
    );
  }
  return pack(form.float64, numbers);
}

/** @throws BadInputError for a form that is not known. */
export function unpackNumbers(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = view.getUint8(0);
  switch (tag) {
    case form.float64:
      return unpack(view, 8, (at) => view.getFloat64(at, true));
    case form.float32:
      return unpack(view, 4, (at) => view.getFloat32(at, true));
    case form.float32Tenths:
      return unpack(view, 4, (at) => view.getFloat32(at, true) / 10);
    default:
      throw new BadInputError(`numbers of form ${tag}`, { allowed: '0 to 2' });
  }
}

function pack(tag: number, numbers: Float32Array | Float64Array): Uint8Array {
  const size = numbers.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(1 + numbers.length * size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, tag);
  for (let i = 0, at = 1; i < numbers.length; i++, at += size) {
    if (size === 4) view.setFloat32(at, numbers[i] as number, true);
    else view.setFloat64(at, numbers[i] as number, true);
  }
  return bytes;
}

function unpack(view: DataView, size: number, read: (at: number) => number): Float64Array {
  if ((view.byteLength - 1) % size !== 0) throw new BadInputError('numbers cut short');
  const numbers = new Float64Array((view.byteLength - 1) / size);
  for (let i = 0; i < numbers.length; i++) numbers[i] = read(1 + i * size);
  return numbers;
}
