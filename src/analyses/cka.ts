import type { NetworkModule } from '../models/network.js';
import { InputError } from '../tensor/input-error.js';
import type { Split } from '../data/dataset.js';
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
import { BODY_PAIRS, pairsOf, sharesHead } from './pairs.js';
import type { CkaRow } from './rows.js';

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
}

/**
 * Linear centred kernel alignment of what leaves the modules of two networks on the same test images (Kornblith et al. 2019).
 * See hsic.ts for the estimators and the interval. Heads are compared only where both have the target's classes.
 */
export const cka: Analysis<CkaOptions> = {
  name: 'cka',
  version: 2,
  options: { at: 'final', level: 'stage', estimator: 'debiased', features: 'flatten', samples: null, fullUpTo: 1024, minibatch: 256 },
  check({ at, level, estimator, features, samples, fullUpTo, minibatch }) {
    oneOf('cka: at', at, ENDS);
    oneOf('cka: level', level, ['stage', 'block']);
    oneOf('cka: estimator', estimator, ['debiased', 'biased']);
    oneOf('cka: features', features, ['flatten', 'gap']);
    if (samples !== null) integerOption('cka: samples', samples, 4);
    integerOption('cka: fullUpTo', fullUpTo, 4);
    integerOption('cka: minibatch', minibatch, 4);
  },
  async run(subject, options): Promise<Tables> {
    cka.check!(options);
    const pairs = pairsOf(subject.runs, BODY_PAIRS);
    const runs = subject.runs.filter((run) => pairs.some(({ a, b }) => a === run || b === run));
    if (runs.length === 0) return { similarities: [] };
    const images = chosen(subject, options);
    const engine = gramEngine(subject);
    try {
      const grams = new Map<Run, ReadonlyMap<string, ModuleGrams>>();
      for (const run of runs) {
        const modules = modulesAt(subject, run, options).slice(0, run.role === 'P' ? -1 : undefined);
        grams.set(run, await moduleGrams(subject, run, modules, images, engine, options));
        subject.progress((0.9 * grams.size) / runs.length);
      }
      const rows = pairs.flatMap((pair) => {
        const compared = modulesAt(subject, pair.a, options).slice(0, sharesHead(pair) ? undefined : -1);
        const names = { target: subject.target, a: pair.a.name, b: pair.b.name, pair: pair.pair, at: options.at };
        return compared.map((module, depth): CkaRow => {
          const [x, y] = [grams.get(pair.a)!.get(module.name), grams.get(pair.b)!.get(module.name)];
          if (!x || !y || x.size !== y.size) throw new Error(`internal: cka: ${pair.a.name} and ${pair.b.name} differ in ${module.name}`);
          return { ...names, module: labelOf(module, options), depth, ...rowOf(x, y, options) };
        });
      });
      subject.progress(1);
      return { similarities: rows };
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
  return {
    ...alignment(a.blocks, b.blocks),
    n,
    p,
    estimator: batches === 1 ? estimator : `${estimator}, ${batches} minibatches`,
    features,
    baseline: estimator === 'biased' ? randomFeatureBaseline(n, p) : null,
  };
}

/** The modules whose outputs are compared: all, or the last of each stage. */
function modulesAt(subject: Subject, run: Run, { level }: CkaOptions): readonly NetworkModule[] {
  const { modules } = subject.network(run, { batch: 1 });
  return level === 'block' ? modules : modules.filter(({ stage }, i) => modules[i + 1]?.stage !== stage);
}

const labelOf = ({ name, stage }: NetworkModule, { level }: CkaOptions): string => (level === 'block' ? name : stage);

function chosen({ data, seed }: Subject, { samples }: CkaOptions): Split {
  const { test } = data.splits;
  if (test.ids.length < 4) throw new InputError(`cka: the test split must have at least 4 images, got ${test.ids.length}`);
  return samples === null || samples >= test.ids.length ? test : subset(data, test, drawn(test.ids.length, samples, seed, 'cka'));
}
