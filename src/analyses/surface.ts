import type { Split, SplitName } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import type { Run, Subject } from './analysis.js';
import { openEvaluator } from './evaluator.js';
import { drawn, subset } from './images.js';
import type { Outcomes } from './outcomes.js';
import { outcomes } from './outcomes.js';

/** The loss surface over fixed images: what any set of parameters comes to, image by image. */
export interface Surface {
  readonly images: Split;
  /** Throws when a logit is not finite; `who` names the parameters in the message. */
  at(params: Params, who: string): Promise<Outcomes>;
  release(): Promise<void>;
}

/** One session and one set of prepared batches for all parameters of a network like that of `run`. */
export async function openSurface(subject: Subject, run: Run, images: Split): Promise<Surface> {
  const evaluator = await openEvaluator(subject, run, images);
  const { classes } = evaluator;
  return {
    images,
    at: async (params, who) => outcomes({ logits: await evaluator.logits(params), labels: images.labels, classes }, who),
    release: () => evaluator.release(),
  };
}

/**
 * The images of a split that an analysis looks at: all, or `samples` drawn once by the subject's seed, the same for every set of parameters.
 * Throws InputError when the split has none.
 */
export function fixedImages({ data, seed }: Subject, analysis: string, name: SplitName, samples: number | null): Split {
  const split = data.splits[name];
  if (split.ids.length === 0) throw new InputError(`${analysis}: the ${name} split must have images, got none`);
  if (samples === null || samples >= split.ids.length) return split;
  return subset(data, split, drawn(split.ids.length, samples, seed, analysis, name));
}
