import { createHash, type Hash } from 'node:crypto';

/**
 * One text for each plain-data state: equal exactly where two states are equal to the last bit (-0 and NaN included).
 * The bytes of a snapshot won't do: they also tell which parts were one object in memory.
 */
export function stateDigest(state: unknown): string {
  const hash = createHash('sha256');
  take(hash, state);
  return hash.digest('hex');
}

function take(hash: Hash, value: unknown): void {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    hash.update('n').update(bytes);
  } else if (ArrayBuffer.isView(value)) {
    hash
      .update(value.constructor.name)
      .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (Array.isArray(value)) {
    hash.update(`[${value.length}`);
    for (const item of value) take(hash, item);
  } else if (value instanceof Map) {
    hash.update(`M${value.size}`);
    for (const [key, item] of value) {
      take(hash, key);
      take(hash, item);
    }
  } else if (value instanceof Set) {
    hash.update(`S${value.size}`);
    for (const item of value) take(hash, item);
  } else if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    hash.update(`{${entries.length}`);
    for (const [key, item] of entries) {
      hash.update(JSON.stringify(key));
      take(hash, item);
    }
  } else {
    hash.update(`${typeof value}:${JSON.stringify(value) ?? 'undefined'}`);
  }
}
