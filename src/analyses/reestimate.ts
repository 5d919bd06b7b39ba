import type { Split } from '../data/dataset.js';
import { prune } from '../onnx/edits/prune.js';
import type { BatchNorm } from '../onnx/edits/batch-statistics.js';
import { withBatchStatistics } from '../onnx/edits/batch-statistics.js';
import type { Graph } from '../onnx/graph.js';
import { compile } from '../runtime/compile.js';
import { updateRunningStatistics } from '../runtime/running-statistics.js';
import type { Params } from '../tensor/params.js';
import { random } from '../tensor/random.js';
import type { FloatTensor } from '../tensor/tensor.js';
import { float32 } from '../tensor/tensor.js';
import type { AbsentRow } from './absent.js';
import { Absent, needsTraining } from './absent.js';
import type { Run, Subject } from './analysis.js';
import { batchesOf, EVALUATION_BATCH, subset } from './images.js';

/** Which running statistics a row was computed with: none in the network, those of the weights as they are, or new ones (`openReestimator`). */
export type BatchNormForm = 'none' | 'raw' | 're-estimated';

/** Training images that new statistics are taken over. */
export const REESTIMATION_IMAGES = 512;

/** The variance of a batch needs as many. */
const FEWEST_IMAGES = 2;

export const normalizes = (subject: Subject, run: Run): boolean => subject.network(run, { batch: 1 }).buffers.length > 0;

/** Whether statistics could be taken anew; where there are no BatchNorms nobody misses them. */
export const canReestimate = ({ data }: Subject): boolean => data.splits.train.ids.length >= FEWEST_IMAGES;

/** A row for what a network with BatchNorm lacks without training images. */
export const missingStatistics = (subject: Subject, run: Run): Omit<AbsentRow, 'target'>[] =>
  normalizes(subject, run) && !canReestimate(subject)
    ? [{ what: 're-estimated BatchNorm statistics', reason: needsTraining('they need at least 2', subject.data.splits.train.ids.length) }]
    : [];

/** Takes the running statistics of a network anew, for any number of parameter sets. */
export interface Reestimator {
  /**
   * `params` with other buffers: for every BatchNorm the cumulative average, over the batches, of the batch's mean and (unbiased) variance,
   * as PyTorch does in training mode with momentum=None. Parameters are shared, not copied; the old buffers do not matter.
   */
  reestimate(params: Params): Promise<Params>;
  release(): Promise<void>;
}

/**
 * Mixed, rewound or noisy weights do not fit the running statistics that lie beside them (methods of SWA and of linear mode connectivity:
 * Izmailov et al. 2018, 1803.05407, `bn_update`). This takes them anew on `images` training images, without augmentation, drawn once by the
 * subject's seed: the same for all parameters. One session serves them all; what is short of a whole batch is left out. null: the network
 * of `run` has no BatchNorm. Throws Absent when there are fewer than two training images.
 *
 *     const fresh = await openReestimator(subject, run);
 *     const logits = await evaluator.logits(fresh ? await fresh.reestimate(mixed) : mixed);
 *     await fresh?.release();
 */
export async function openReestimator(
  subject: Subject,
  run: Run,
  { images: wanted = REESTIMATION_IMAGES }: { readonly images?: number } = {},
): Promise<Reestimator | null> {
  const form = await openTrainingForm(subject, run, wanted);
  if (!form) return null;
  const { graph, norms, batches } = form;
  const session = await compile(graph, { threads: subject.threads });
  return {
    async reestimate(params) {
      const fresh = form.blank(params);
      let k = 0;
      for await (const images of batches()) {
        const results = await session.run(new Map(params).set('images', images));
        updateRunningStatistics(fresh, norms, results, 1 / ++k);
      }
      return fresh;
    },
    release: () => session.release(),
  };
}

/** What re-estimation goes through. */
export interface TrainingForm {
  /** Images and parameters → every BatchNorm's statistics in this batch. */
  readonly graph: Graph;
  readonly norms: readonly BatchNorm[];
  /** How many batches there are. */
  readonly count: number;
  batches(): AsyncIterable<FloatTensor>;
  /** Parameters with room for new buffers. */
  blank(params: Params): Params;
}

/** null: the network of `run` has no BatchNorm. */
export async function openTrainingForm(subject: Subject, run: Run, wanted: number): Promise<TrainingForm | null> {
  if (!normalizes(subject, run)) return null;
  const { images, batch } = chosen(subject, wanted);
  const network = subject.network(run, { batch });
  const { graph, norms } = withBatchStatistics(network.graph);
  const outputs = graph.outputs.slice(network.graph.outputs.length);
  const { dims } = graph.inputs.find(({ name }) => name === 'images')!;
  const batches = await batchesOf(subject, images, batch);
  const buffers = new Set(network.buffers);
  return {
    graph: prune({ ...graph, outputs }),
    norms,
    count: images.ids.length / batch,
    async *batches() {
      for await (const each of batches()) yield float32(dims, each.images);
    },
    blank: (params) => new Map([...params].map(([name, value]) => [name, buffers.has(name) ? float32(value.dims) : value])),
  };
}

/** As `openReestimator`, for every network: one without BatchNorm gets its parameters back as they are. */
export async function openFitting(subject: Subject, run: Run): Promise<Reestimator> {
  const found = await openReestimator(subject, run);
  return found ?? { reestimate: (params) => Promise.resolve(params), release: () => Promise.resolve() };
}

/** Whole batches of training images, shuffled: a split may be sorted by class, and a batch must look like the data. */
function chosen({ data, seed }: Subject, wanted: number): { readonly images: Split; readonly batch: number } {
  const { train } = data.splits;
  const count = Math.min(wanted, train.ids.length);
  if (count < FEWEST_IMAGES) throw new Absent('re-estimation', needsTraining('BatchNorm statistics need at least 2', count));
  const batch = Math.min(EVALUATION_BATCH, count);
  const order = random(seed, 're-estimation').permutation(train.ids.length);
  return { images: subset(data, train, order.slice(0, count - (count % batch))), batch };
}
