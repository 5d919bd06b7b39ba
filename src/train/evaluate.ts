import type { Params } from '../tensor/params.js';
import { evaluationBatches } from '../data/batches.js';
import type { Dataset, SplitName } from '../data/dataset.js';
import type { Network } from '../models/network.js';
import { compileForward, forward } from '../runtime/forward.js';
import type { CompileOptions } from '../runtime/session.js';
import { abortable } from './abortable.js';
import type { Score } from './metrics.js';
import { score, scoreMarks } from './metrics.js';
import type { Loss } from './recipe.js';

/** A compiled network that scores any of its parameters on a data set. */
export interface Evaluation {
  /** Loss and accuracy over a whole split, without augmentation; null when it has no images. */
  score(params: Params, split: SplitName): Promise<Score | null>;
  release(): Promise<void>;
}

export async function openEvaluation(
  { graph, shape: { batch } }: Pick<Network, 'graph' | 'shape'>,
  dataset: Dataset,
  { loss, signal, ...options }: { readonly loss: Loss; readonly signal?: AbortSignal | undefined } & CompileOptions,
): Promise<Evaluation> {
  const session = await compileForward(graph, options);
  return {
    async score(params, name) {
      const split = dataset.splits[name];
      if (split.ids.length === 0) return null;
      const logits = await forward(session, params, abortable(evaluationBatches({ split, dataset, batch }), signal));
      return split.marks ? scoreMarks(logits, split.marks, dataset.classes.length) : score(logits, split.labels, loss);
    },
    release: () => session.release(),
  };
}
