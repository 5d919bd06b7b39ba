import type { Split } from '../data/dataset.js';
import { compileForward, forward } from '../runtime/forward.js';
import type { Params } from '../tensor/params.js';
import { batchesOf, EVALUATION_BATCH } from './images.js';
import type { Run, Subject } from './analysis.js';

/** A compiled network over fixed images, for any number of parameter sets. */
export interface Evaluator {
  readonly classes: number;
  /** float32 [images, classes], in the split's order. */
  logits(params: Params): Promise<Float32Array>;
  release(): Promise<void>;
}

/** One session serves every checkpoint and every mix of checkpoints: parameters are fed. `run` says which network. */
export async function openEvaluator(subject: Subject, run: Run, split: Split): Promise<Evaluator> {
  const { graph, shape } = subject.network(run, { batch: EVALUATION_BATCH });
  const batches = await batchesOf(subject, split);
  const session = await compileForward(graph, { threads: subject.threads });
  return {
    classes: shape.classes,
    logits: (params) => forward(session, params, batches()),
    release: () => session.release(),
  };
}
