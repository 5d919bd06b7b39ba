import type { Split, SplitName } from '../data/dataset.js';
import type { Params } from '../tensor/params.js';
import { Absent, needsTraining } from './absent.js';
import type { Run, Subject } from './analysis.js';
import { openEvaluator } from './evaluator.js';
import { drawn, subset } from './images.js';
import type { Judged } from './outcomes.js';
import { judge } from './outcomes.js';
import type { BatchNormForm } from './reestimate.js';
import { openReestimator, REESTIMATION_IMAGES } from './reestimate.js';

/** The loss surface over fixed images: what any set of parameters comes to, image by image. */
export interface Surface {
  readonly images: Split;
  /** Throws when a logit is not finite; `who` names the parameters in the message. */
  at(params: Params, who: string): Promise<Judged>;
  release(): Promise<void>;
}

/** A surface that says how BatchNorms' statistics were made: 'none' without BatchNorm. */
export interface FreshSurface extends Surface {
  readonly batchNorm: BatchNormForm;
}

/** A surface on which BatchNorms' statistics are taken anew on training images for every set of parameters, as on a path between networks. */
export async function openFreshSurface(subject: Subject, run: Run, images: Split): Promise<FreshSurface> {
  const fresh = await openReestimator(subject, run, { images: REESTIMATION_IMAGES });
  const surface = await openSurface(subject, run, images);
  if (!fresh) return { ...surface, batchNorm: 'none' };
  return {
    images,
    batchNorm: 're-estimated',
    at: async (params, who) => surface.at(await fresh.reestimate(params), who),
    async release() {
      await fresh.release();
      await surface.release();
    },
  };
}

/** One session and one set of prepared batches for all parameters of a network like that of `run`. */
export async function openSurface(subject: Subject, run: Run, images: Split): Promise<Surface> {
  const evaluator = await openEvaluator(subject, run, images);
  const { classes } = evaluator;
  return {
    images,
    at: async (params, who) => judge({ ...images, logits: await evaluator.logits(params), classes }, who),
    release: () => evaluator.release(),
  };
}

/**
 * The images of a split that an analysis looks at: all, or `samples` drawn once by the subject's seed, the same for every set of parameters.
 * Throws Absent when the split has none.
 */
export function fixedImages({ data, seed }: Subject, analysis: string, name: SplitName, samples: number | null): Split {
  const split = data.splits[name];
  if (split.ids.length === 0)
    throw new Absent(analysis, name === 'train' ? needsTraining('it needs', 0) : `the ${name} split must have images, got none`);
  if (samples === null || samples >= split.ids.length) return split;
  return subset(data, split, drawn(split.ids.length, samples, seed, analysis, name));
}
