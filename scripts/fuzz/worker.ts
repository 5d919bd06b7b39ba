// One reader's share of the fuzzing, in a thread that the main one watches: files in, values or an InputError out, in bounded memory.
import { parentPort, workerData } from 'node:worker_threads';
import { random } from '../../src/tensor/random.js';
import { mutate, mutateEntry } from './mutate.js';
import { seedsOf, TARGETS } from './targets.js';
import { verdict } from './verdict.js';

/** The file that is being read, for the main thread when this one does not come back: length, then bytes. */
export interface FuzzWork {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  readonly current: SharedArrayBuffer;
}

export type FuzzMessage =
  | { readonly kind: 'alive'; readonly runs: number; readonly read: number }
  | { readonly kind: 'done'; readonly runs: number; readonly read: number; readonly seeds: number }
  | { readonly kind: 'broken'; readonly why: string };

/** Bytes of arrays that reading a file of 256 kB may take: what the readers grant small files, widened. */
const MOST_BYTES = 2 ** 30;

const { target: name, seconds, seed, current } = workerData as FuzzWork;
const target = TARGETS[name]!;
const seeds = await seedsOf(target);
const stream = random(seed, 'fuzz', name);
const { integer } = stream;
const [length, place] = [new Uint32Array(current, 0, 1), new Uint8Array(current, 4)];
const say = (message: FuzzMessage) => parentPort!.postMessage(message);

let [runs, read] = [0, 0];
const end = performance.now() + 1000 * seconds;
for (let told = 0; performance.now() < end; runs++) {
  const chosen = seeds[runs < seeds.length ? runs : integer(seeds.length)]!;
  const other = seeds[integer(seeds.length)]!.bytes;
  const bytes =
    runs < seeds.length
      ? chosen.bytes
      : chosen.entries.length > 0 && integer(3) > 0
        ? mutateEntry(chosen.entries, stream, other)
        : mutate(chosen.bytes, stream, other);
  length[0] = bytes.length;
  place.set(bytes.subarray(0, place.length));
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await verdict(() => target.read(bytes));
  if (outcome === 'read') read++;
  const grown = process.memoryUsage().arrayBuffers - before;
  if (typeof outcome === 'object' || grown > MOST_BYTES) {
    say({ kind: 'broken', why: typeof outcome === 'object' ? outcome.broken : `took ${Math.round(grown / 1e6)} MB` });
    break;
  }
  if (performance.now() - told > 1000) {
    told = performance.now();
    say({ kind: 'alive', runs, read });
  }
}
say({ kind: 'done', runs, read, seeds: seeds.length });
