import type { Split } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption } from '../tensor/options.js';
import { random } from '../tensor/random.js';
import { Absent } from './absent.js';
import type { Analysis, Run, Subject, Tables } from './analysis.js';
import { corrected, DEFAULT_RESAMPLES, percentiles, resample, weightedMean } from './bootstrap.js';
import { featureReader } from './features.js';
import { frechetFrom, gaussianOf } from './frechet.js';
import { subset } from './images.js';
import { principalComponents } from './principal-components.js';
import { crossValidated, proxyDistance } from './proxy-distance.js';
import type { DomainDistanceRow } from './rows.js';

export interface DomainDistanceOptions {
  /** Images a side at most, drawn by the subject's seed. */
  readonly samples: number;
  /** Principal components of the features that are kept. */
  readonly dimensions: number;
  /** Folds of the cross-validation. */
  readonly folds: number;
  /** Resamples of the bootstrap over images. */
  readonly resamples: number;
}

/**
 * How far the target's images lie from the source's as P sees them (ours): squared Fréchet distance and proxy 𝒜-distance of the features that
 * enter P's head, between n test images of the source and n of the target. Both are also taken between two halves of the source, n images
 * each: what there is without any difference of domain. Features of both domains are projected on their common principal components.
 */
export const domainDistance: Analysis<DomainDistanceOptions> = {
  name: 'domain-distance',
  version: 1,
  source: true,
  options: { samples: 512, dimensions: 32, folds: 5, resamples: DEFAULT_RESAMPLES },
  check({ samples, dimensions, folds, resamples }) {
    integerOption('domain-distance: samples', samples, 10);
    integerOption('domain-distance: dimensions', dimensions, 1);
    integerOption('domain-distance: folds', folds, 2);
    integerOption('domain-distance: resamples', resamples, 1);
  },
  async run(subject, options): Promise<Tables> {
    domainDistance.check!(options);
    const p = subject.runs.find(({ role }) => role === 'P');
    if (!p) return { distances: [] };
    if (!subject.source)
      throw new Absent(
        'domain-distance',
        'it needs the images that P was trained on, which are not in the study (pretrain: on; carryover compare takes them from --source)',
      );
    const { sides, n, size, module } = await featuresOf(subject, p, options);
    subject.progress(0.3);
    const all = new Float32Array(3 * n * size);
    for (const [i, side] of sides.entries()) all.set(side, i * n * size);
    const { scores, dimensions: k, explained } = principalComponents(all, 3 * n, size, options.dimensions);
    if (k === 0) throw new InputError('domain-distance: features must differ between images, got constant ones');
    const [source, twin, target] = [0, 1, 2].map((i) => scores.subarray(i * n * k, (i + 1) * n * k)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const found = measure({ source, twin, target, n, k }, [subject.seed, 'domain-distance'], options);
    const about = { target: subject.target, module, n, p: size, dimensions: k, explained };
    subject.progress(1);
    return { distances: found.map((row): DomainDistanceRow => ({ ...about, ...row })) };
  },
};

/** Features of n test images each: two disjoint halves of the source, the target. */
async function featuresOf(subject: Subject, p: Run, { samples }: DomainDistanceOptions) {
  const { data, seed } = subject;
  const own = { ...subject, ...subject.source! };
  const [from, to] = [own.data.splits.test, data.splits.test];
  const n = Math.min(samples, Math.floor(from.ids.length / 2), to.ids.length);
  if (n < 10)
    throw new InputError(
      `domain-distance: there must be 20 test images of the source and 10 of the target, got ${from.ids.length} and ${to.ids.length}`,
    );
  const shuffled = (split: Split, name: string) => random(seed, 'domain-distance', name).permutation(split.ids.length);
  const order = shuffled(from, 'source');
  const module = subject.network(p, { batch: 1 }).modules.at(-2);
  if (!module) throw new InputError('domain-distance: the network must have a module before its head, got none');
  const params = await p.checkpoint('final');
  const read = async (of: Subject, splits: readonly Split[]): Promise<Float32Array[]> => {
    const reader = await featureReader(of, p, [module], 'gap');
    try {
      const found: Float32Array[] = [];
      for (const split of splits) found.push((await reader.read(params, split)).get(module.name)!);
      return found;
    } finally {
      await reader.release();
    }
  };
  const halves = [order.slice(0, n), order.slice(n, 2 * n)].map((indices) => subset(own.data, from, indices));
  const sides = [...(await read(own, halves)), ...(await read(subject, [subset(data, to, shuffled(to, 'target').slice(0, n))]))];
  const size = sides[0]!.length / n;
  return { sides, n, size, module: module.name };
}

interface Sides {
  /** float64 [n, k] each; rows in random order, so that one draw of places resamples all three. */
  readonly source: Float64Array;
  readonly twin: Float64Array;
  readonly target: Float64Array;
  readonly n: number;
  readonly k: number;
}

type Found = Pick<DomainDistanceRow, 'measure' | 'comparison' | 'value' | 'low' | 'high' | 'plain'>;

/** Both measures, between the domains, within the source, and their difference, all from the same resamples. */
function measure(
  { source, twin, target, n, k }: Sides,
  key: readonly (string | number)[],
  { folds, resamples }: DomainDistanceOptions,
): Found[] {
  const wrongs = [target, twin].map((other, i) => {
    const { a, b } = crossValidated(source, other, { k, folds, key: [...key, i] });
    return Float64Array.from(a, (wrong, at) => (wrong + b[at]!) / 2);
  });
  const statistics = (counts: Uint32Array | null): number[] => {
    const to = frechetFrom(gaussianOf(source, k, counts));
    const [across, within] = [target, twin].map((other) => to(gaussianOf(other, k, counts))) as [number, number];
    const once = counts ?? new Uint32Array(n).fill(1);
    const [apart, alike] = wrongs.map((wrong) => proxyDistance(weightedMean(once, wrong))) as [number, number];
    return [across, within, across - within, apart, alike, apart - alike];
  };
  const plain = statistics(null);
  const drawn = resample(n, plain.length, (counts, out) => out.set(statistics(counts)), { resamples, key });
  const comparisons = ['source & target', 'source & source', 'difference'];
  return plain.map((value, i): Found => {
    const about = { measure: i < 3 ? 'frechet' : 'proxy-a', comparison: comparisons[i % 3]!, plain: value };
    // an error of a classifier is not biased by how many images it is counted on
    if (i >= 3) return { ...about, value, ...(percentiles(drawn[i]!) as { low: number; high: number }) };
    return { ...about, ...corrected(value, drawn[i]!) };
  });
}
