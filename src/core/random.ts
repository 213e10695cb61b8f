import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** A stream of its own for a named part, so that one part's draws never shift another's. */
  fork(name: string): Random;
}

export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0);
  const uniform = () =>
    (uniformInt(generator, 0, 0x3ffffff) * 0x8000000 + uniformInt(generator, 0, 0x7ffffff)) / 2 ** 53;
  return {
    uniform,
    // Box and Muller (1958); 1 - u keeps the logarithm away from zero.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (bound) => uniformInt(generator, 0, bound - 1),
    fork: (name) => seededRandom(hash(name, seed)),
  };
}

/** FNV-1a over the name, started from the seed. */
function hash(name: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h;
}
