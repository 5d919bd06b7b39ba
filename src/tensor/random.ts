import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers. Same key, same numbers, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Box–Muller, both values used). */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** A permutation of 0 … n−1 (Fisher–Yates). */
  permutation(n: number): Int32Array;
}

/** 32-bit FNV-1a over the key's parts, separated so that ['ab'] and ['a', 'b'] differ. */
function hash(key: readonly (string | number)[]): number {
  let h = 0x811c9dc5;
  for (const char of key.map(String).join('\u0000')) {
    h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193);
  }
  // murmur3's finalizer spreads small seeds over all bits
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** The stream of a key, e.g. `random(seed, 'order', epoch)`: one purpose, one stream, none shared. */
export function random(...key: readonly (string | number)[]): Random {
  const generator = xoroshiro128plus(hash(key));
  let spare: number | undefined;
  const uniform = () => uniformFloat64(generator);
  const integer = (n: number) => Math.floor(uniform() * n);
  return {
    uniform,
    integer,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
  };
}
