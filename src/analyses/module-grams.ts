import type { Split } from '../data/dataset.js';
import type { NetworkModule } from '../models/network.js';
import { InputError } from '../tensor/input-error.js';
import { random } from '../tensor/random.js';
import type { End, Run, Subject } from './analysis.js';
import type { FeatureForm } from './features.js';
import { featureReader, featureSizes } from './features.js';
import type { GramEngine } from './gram.js';
import type { CentredGram, Estimator } from './hsic.js';
import { centre, undefinedGram } from './hsic.js';
import { subset } from './images.js';

/** Of one module of one network: a Gram a block of images. */
export interface ModuleGrams {
  readonly ids: readonly string[];
  /** Length of a feature vector. */
  readonly size: number;
  readonly blocks: readonly CentredGram[];
}

export interface GramOptions {
  readonly at: End;
  readonly estimator: Estimator;
  readonly features: FeatureForm;
  readonly fullUpTo: number;
  readonly minibatch: number;
}

/** Features held at once, in values: 1 GiB. */
const ROOM = 2 ** 28;

/** Centred Grams of modules of a run, by module, through as few forward passes as memory allows. */
export async function moduleGrams(
  subject: Subject,
  run: Run,
  modules: readonly NetworkModule[],
  images: Split,
  engine: GramEngine,
  options: GramOptions,
): Promise<ReadonlyMap<string, ModuleGrams>> {
  const params = await run.checkpoint(options.at);
  const sizes = featureSizes(subject.network(run, { batch: 1 }).graph, modules, options.features);
  const found = new Map<string, ModuleGrams>();
  for (const { group, blocks } of passes(modules, sizes, images.ids.length, subject.seed, options)) {
    const grams = new Map(group.map(({ name }) => [name, [] as CentredGram[]]));
    const reader = await featureReader(subject, run, group, options.features);
    try {
      for (const block of blocks) {
        const features = await reader.read(params, block === null ? images : subset(subject.data, images, block));
        const n = block?.length ?? images.ids.length;
        for (const [name, values] of features) grams.get(name)!.push(await gramOf(engine, values, n, sizes.get(name)!, run, options));
      }
    } finally {
      await reader.release();
    }
    for (const [name, blocks] of grams) found.set(name, { ids: images.ids, size: sizes.get(name)!, blocks });
  }
  return found;
}

async function gramOf(
  engine: GramEngine,
  features: Float32Array,
  n: number,
  p: number,
  { name }: Run,
  { estimator }: GramOptions,
): Promise<CentredGram> {
  const gram = await engine.gram(features, n, p);
  const centred = 'values' in gram ? centre(gram.values, n, estimator) : undefinedGram(n, estimator, gram.undefinedBecause);
  return { ...centred, undefinedBecause: centred.undefinedBecause && `${centred.undefinedBecause} (${name})` };
}

/** Modules whose features are read together, and the images that are read together (null: all). */
interface Pass {
  readonly group: readonly NetworkModule[];
  readonly blocks: readonly (Int32Array | null)[];
}

function passes(
  modules: readonly NetworkModule[],
  sizes: ReadonlyMap<string, number>,
  n: number,
  seed: number,
  { estimator, fullUpTo, minibatch }: GramOptions,
): Pass[] {
  const full = modules.filter(({ name }) => n <= fullUpTo && n * sizes.get(name)! <= ROOM);
  const rest = modules.filter((module) => !full.includes(module));
  if (rest.length > 0 && estimator === 'biased') {
    const p = sizes.get(rest[0]!.name)!;
    throw new InputError(
      `cka: the biased estimator needs all images at once, at most fullUpTo = ${fullUpTo} and ${Math.floor(ROOM / p)} for ${rest[0]!.name} (samples limits them), got ${n}`,
    );
  }
  const batches = rest.length === 0 ? [] : minibatches(n, minibatch, seed);
  const largest = Math.max(0, ...batches.map(({ length }) => length));
  return [
    ...packed(full, (module) => n * sizes.get(module.name)!).map((group) => ({ group, blocks: [null] })),
    ...packed(rest, (module) => largest * sizes.get(module.name)!).map((group) => ({ group, blocks: batches })),
  ];
}

/** Shuffled (a split may be sorted by class), in ⌊n/size⌋ batches whose sizes differ by at most one: none is short, none dropped. */
export function minibatches(n: number, size: number, seed: number): Int32Array[] {
  const order = random(seed, 'cka', 'minibatches').permutation(n);
  const count = Math.max(1, Math.floor(n / size));
  return Array.from({ length: count }, (_, k) => order.slice(Math.floor((k * n) / count), Math.floor(((k + 1) * n) / count)));
}

/** In order, as many together as there is room for, at least one. */
function packed(modules: readonly NetworkModule[], room: (module: NetworkModule) => number): NetworkModule[][] {
  const groups: NetworkModule[][] = [];
  let left = -1;
  for (const module of modules) {
    left -= room(module);
    if (left < 0) {
      groups.push([]);
      left = ROOM - room(module);
    }
    groups.at(-1)!.push(module);
  }
  return groups;
}
