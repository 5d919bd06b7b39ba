import type { NetworkModule } from '../models/network.js';
import type { Split } from '../data/dataset.js';
import { Absent } from './absent.js';
import type { Analysis, End, Run, Subject, Tables } from './analysis.js';
import { integerOption, oneOf } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import type { FeatureForm } from './features.js';
import { gramEngine } from './gram.js';
import type { Estimator } from './hsic.js';
import { cka as alignment, randomFeatureBaseline } from './hsic.js';
import { drawn, subset } from './images.js';
import type { ModuleGrams } from './module-grams.js';
import { moduleGrams } from './module-grams.js';
import type { RunPair } from './pairs.js';
import { bodyPairs, isTrained, sharesHead } from './pairs.js';
import type { CkaLayerRow, CkaRow } from './rows.js';
import { UNBOUNDED } from './statistics.js';

export interface CkaOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** What leaves each stage (stem, stages, head), or every block. */
  readonly level: 'stage' | 'block';
  /** debiased: HSIC₁; biased: the plug-in, high when images are few against features (see `baseline`). */
  readonly estimator: Estimator;
  /** flatten: all values of a feature map; gap: each channel's mean. */
  readonly features: FeatureForm;
  /** Test images to use, drawn by the subject's seed; null: all. */
  readonly samples: number | null;
  /** Up to this many images the full Gram matrix is taken, beyond it minibatches. */
  readonly fullUpTo: number;
  /** Images a minibatch; a rest is shared out among the batches. */
  readonly minibatch: number;
  /** Every module of A against every module of B: for the first pair of each kind, all pairs, or none. */
  readonly crossLayer: (typeof CROSS_LAYER)[number];
}

const CROSS_LAYER = ['first', 'all', 'none'] as const;

/**
 * Linear centred kernel alignment of what leaves the modules of two networks on the same test images (Kornblith et al. 2019).
 * See hsic.ts for the estimators and the interval. Heads are compared only where both have the target's classes. A module's Gram is
 * computed once a run; all comparisons, across layers too, are inner products of Grams.
 */
export const cka: Analysis<CkaOptions> = {
  name: 'cka',
  version: 4,
  options: {
    at: 'final',
    level: 'stage',
    estimator: 'debiased',
    features: 'flatten',
    samples: null,
    fullUpTo: 1024,
    minibatch: 256,
    crossLayer: 'first',
  },
  check({ at, level, estimator, features, samples, fullUpTo, minibatch, crossLayer }) {
    oneOf('cka: at', at, ENDS);
    oneOf('cka: level', level, ['stage', 'block']);
    oneOf('cka: estimator', estimator, ['debiased', 'biased']);
    oneOf('cka: features', features, ['flatten', 'gap']);
    if (samples !== null) integerOption('cka: samples', samples, 4);
    integerOption('cka: fullUpTo', fullUpTo, 4);
    integerOption('cka: minibatch', minibatch, 4);
    oneOf('cka: crossLayer', crossLayer, CROSS_LAYER);
  },
  async run(subject, options): Promise<Tables> {
    cka.check!(options);
    const pairs = bodyPairs(subject.runs);
    const runs = subject.runs.filter((run) => pairs.some(({ a, b }) => a === run || b === run));
    if (runs.length === 0) return { similarities: [], layers: [] };
    const images = chosen(subject, options);
    const engine = gramEngine(subject);
    try {
      const grams = new Map<Run, ReadonlyMap<string, ModuleGrams>>();
      for (const run of runs) {
        const modules = modulesAt(subject, run, options).slice(0, isTrained(run) ? undefined : -1);
        grams.set(run, await moduleGrams(subject, run, modules, images, engine, options));
        subject.progress((0.9 * grams.size) / runs.length);
      }
      const modules = (run: Run) => modulesAt(subject, run, options).filter(({ name }) => grams.get(run)!.has(name));
      const similarities = pairs.flatMap((pair) => {
        const compared = modules(pair.a).slice(0, sharesHead(pair) ? undefined : -1);
        return compared.map((module, depth): CkaRow => {
          const [x, y] = [grams.get(pair.a)!.get(module.name), grams.get(pair.b)!.get(module.name)];
          if (!x || !y || x.size !== y.size) throw new Error(`internal: cka: ${pair.a.name} and ${pair.b.name} differ in ${module.name}`);
          return { ...namesOf(subject, pair, options), module: labelOf(module, options), depth, ...rowOf(x, y, options) };
        });
      });
      const layers = crossed(pairs, options).flatMap((pair) =>
        modules(pair.a).flatMap((a, depthA) =>
          modules(pair.b).map((b, depthB): CkaLayerRow => {
            const [moduleA, moduleB] = [labelOf(a, options), labelOf(b, options)];
            const { value, low, high, reason, n, estimator } = rowOf(
              grams.get(pair.a)!.get(a.name)!,
              grams.get(pair.b)!.get(b.name)!,
              options,
            );
            return { ...namesOf(subject, pair, options), moduleA, depthA, moduleB, depthB, value, low, high, reason, n, estimator };
          }),
        ),
      );
      subject.progress(1);
      return { similarities, layers };
    } finally {
      await engine.release();
    }
  },
};

function rowOf(a: ModuleGrams, b: ModuleGrams, { estimator, features }: CkaOptions) {
  if (a.ids.length !== b.ids.length || a.ids.some((id, i) => id !== b.ids[i])) {
    throw new Error('internal: cka: both networks must have seen the same images in the same order');
  }
  const [n, p, batches] = [a.ids.length, a.size, a.blocks.length];
  // a module too large for all images at once is compared with smaller ones only where these were cut up too
  const found = batches === b.blocks.length ? alignment(a.blocks, b.blocks) : { value: null, ...UNBOUNDED, reason: APART };
  return {
    ...found,
    n,
    p,
    estimator: batches === 1 ? estimator : `${estimator}, ${batches} minibatches`,
    features,
    baseline: estimator === 'biased' ? randomFeatureBaseline(n, p) : 0,
  };
}

const APART = 'one module was taken with all images at once, the other in minibatches';

const namesOf = ({ target }: Subject, { a, b, pair }: RunPair, { at }: CkaOptions) => ({ target, a: a.name, b: b.name, pair, at });

/** The pairs that get every layer against every layer. */
function crossed(pairs: readonly RunPair[], { crossLayer }: CkaOptions): readonly RunPair[] {
  if (crossLayer === 'none') return [];
  return crossLayer === 'all' ? pairs : pairs.filter(({ pair }, i) => pairs.findIndex((other) => other.pair === pair) === i);
}

/** The modules whose outputs are compared: all, or the last of each stage. */
function modulesAt(subject: Subject, run: Run, { level }: CkaOptions): readonly NetworkModule[] {
  const { modules } = subject.network(run, { batch: 1 });
  return level === 'block' ? modules : modules.filter(({ stage }, i) => modules[i + 1]?.stage !== stage);
}

const labelOf = ({ name, stage }: NetworkModule, { level }: CkaOptions): string => (level === 'block' ? name : stage);

function chosen({ data, seed }: Subject, { samples }: CkaOptions): Split {
  const { test } = data.splits;
  if (test.ids.length < 4) throw new Absent('cka', `the test split must have at least 4 images, got ${test.ids.length}`);
  return samples === null || samples >= test.ids.length ? test : subset(data, test, drawn(test.ids.length, samples, seed, 'cka'));
}
