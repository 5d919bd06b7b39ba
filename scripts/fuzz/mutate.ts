// Changes to the bytes of a file, drawn from a seeded stream: the same seed gives the same files.
import type { Random } from '../../src/tensor/random.js';
import { packZip } from '../../test/support/zip.js';
import type { Packed } from '../../test/support/zip.js';

/** Numbers at which readers break: ends of types, off by one, negative ones. */
const EDGES = [0n, 1n, 0x7fn, 0xffn, 0xffffn, 0x7fffffffn, 0xffffffffn, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n];
const LONGEST = 2 ** 18;

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const at = (bytes: Uint8Array, { integer }: Random): number => integer(Math.max(1, bytes.length));
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const changed = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  change(copy);
  return copy;
};

const MUTATIONS: readonly Mutation[] = [
  // one bit
  (bytes, random) => changed(bytes, (copy) => void (copy[at(bytes, random)]! ^= 1 << random.integer(8))),
  // one byte
  (bytes, random) => changed(bytes, (copy) => void (copy[at(bytes, random)] = random.integer(256))),
  // a number of 1 to 8 bytes
  (bytes, random) =>
    changed(bytes, (copy) => {
      const [from, width, value] = [at(bytes, random), 2 ** random.integer(4), EDGES[random.integer(EDGES.length)]!];
      for (let i = 0; i < width && from + i < copy.length; i++) copy[from + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    }),
  // a digit of a text
  (bytes, random) =>
    changed(bytes, (copy) => {
      const from = at(bytes, random);
      const digit = copy.findIndex((byte, i) => i >= from && byte >= 0x30 && byte <= 0x39);
      if (digit >= 0) copy[digit] = 0x30 + random.integer(10);
    }),
  // cut short
  (bytes, random) => bytes.slice(0, at(bytes, random)),
  // a piece taken out
  (bytes, random) => {
    const from = at(bytes, random);
    return join(bytes.subarray(0, from), bytes.subarray(from + 1 + random.integer(64)));
  },
  // a piece written twice
  (bytes, random) => {
    const [from, length] = [at(bytes, random), 1 + random.integer(256)];
    return join(bytes.subarray(0, from + length), bytes.subarray(from));
  },
  // a piece many times
  (bytes, random) => {
    const [from, length] = [at(bytes, random), 1 + random.integer(8)];
    const piece = bytes.subarray(from, from + length);
    return join(bytes.subarray(0, from), ...Array.from({ length: random.integer(2000) }, () => piece), bytes.subarray(from));
  },
  // a piece of another file
  (bytes, random, other) => {
    const [from, start, length] = [at(bytes, random), at(other, random), 1 + random.integer(512)];
    return join(bytes.subarray(0, from), other.subarray(start, start + length), bytes.subarray(from));
  },
];

/** One to eight changes. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let result = bytes;
  for (let n = 1 + random.integer(8); n > 0; n--) result = MUTATIONS[random.integer(MUTATIONS.length)]!(result, random, other);
  return result.subarray(0, LONGEST);
}

/** A change inside one entry of an archive, which is packed again: records that do not fit would hide the pickle from most changes. */
export function mutateEntry(entries: readonly Packed[], random: Random, other: Uint8Array): Uint8Array {
  const chosen = random.integer(entries.length);
  return packZip(entries.map((entry, i) => (i === chosen ? { ...entry, data: mutate(entry.data, random, other) } : entry)));
}
