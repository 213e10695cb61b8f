import type { Random } from '../../../../src/core/random.ts';

const asked = Number(process.env['GAPWISE_MUTATIONS'] ?? Number.NaN);

/** Mutated payloads for each decoder: few in the suite, GAPWISE_MUTATIONS=1000000 for a long run. */
export const mutations = (usual: number): number => (Number.isFinite(asked) ? asked : usual);

export const mutationTime_ms = Number.isFinite(asked) ? 3_600_000 : 30_000;

/** Flips, cuts, repeats or inserts some bytes. */
export function mutated(payload: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(payload);
  for (let edits = 1 + random.integer(4); edits > 0; edits--) {
    const at = random.integer(Math.max(1, random.integer(2) ? bytes.length : Math.min(bytes.length, 90)));
    const kind = random.integer(4);
    if (kind < 2 && bytes.length > 0) bytes[at] = random.integer(256);
    else if (kind === 2) bytes = bytes.subarray(0, at);
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 9), bytes.subarray(at)]);
  }
  return bytes;
}
