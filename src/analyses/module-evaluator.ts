import type { Batch, Split } from '../data/dataset.js';
import type { NetworkShape } from '../models/network.js';
import { batchStatistic, withBatchStatistics } from '../onnx/edits/batch-statistics.js';
import { dependents } from '../onnx/edits/hoist.js';
import type { Graph } from '../onnx/graph.js';
import type { Prepared, StagedPlan, StagedSession } from '../runtime/staged.js';
import { planStaged } from '../runtime/staged.js';
import type { Params } from '../tensor/params.js';
import type { Tensor } from '../tensor/tensor.js';
import { float32, floats } from '../tensor/tensor.js';
import type { Run, Subject } from './analysis.js';
import { batchesOf, EVALUATION_BATCH } from './images.js';
import type { ModuleGroup } from './module-groups.js';

/** Activations of several batches are kept at once up to this size: more images are gone through in several rounds. */
const TOGETHER = 128 * 2 ** 20;
/** A batch whose activations take more than this is made smaller. */
const ALONE = 256 * 2 ** 20;

/** What one group of parameters is replaced with, one set after the other. */
export interface Variants {
  readonly count: number;
  /** The group's parameters (and running statistics, where they change with it); null: as they are in the base. Asked again for every round of images. */
  at(index: number): Params | null | Promise<Params | null>;
}

export interface ModuleSweep {
  /** Every group's variants, in the order of the evaluator's groups. */
  variants(group: ModuleGroup): Variants;
  /** Logits [rows, classes] of images from `first` on, in the split's order. */
  found(group: ModuleGroup, variant: number, logits: Float32Array, first: number): void;
  /** Told after each variant: share done in [0, 1]. */
  progress(share: number): void;
}

/** A compiled network over fixed images, for parameter sets that differ from a base in one group of modules. */
export interface ModuleEvaluator {
  readonly classes: number;
  /** Runs all variants of all groups; returns the base's own logits [images, classes]. */
  sweep(base: Params, sweep: ModuleSweep): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Activations before a group are computed once for all its variants (see runtime/staged.ts), in one pass for all groups. Sessions serve every
 * base. With BatchNorm a variant may also hold running statistics: the group's own, and those of BatchNorms that it reaches. `run` says which network.
 */
export async function openModuleEvaluator(
  subject: Subject,
  run: Run,
  images: Split,
  groups: readonly ModuleGroup[],
): Promise<ModuleEvaluator> {
  const { plan, shape } = await planBatch(subject, run, groups);
  const dims = [shape.batch, shape.channels, shape.height, shape.width];
  const batches = await batchesOf(subject, images, shape.batch);
  const count = Math.ceil(images.ids.length / shape.batch);
  const session = await plan.open();
  const together = Math.max(1, Math.floor(TOGETHER / Math.max(1, plan.bytes)));
  return {
    classes: shape.classes,
    async sweep(base, sweep) {
      const logits = new Float32Array(images.ids.length * shape.classes);
      const rounds = Math.ceil(count / together);
      let round = 0;
      for await (const part of inParts(batches(), together)) {
        const prepared: Prepared[] = [];
        for (const batch of part) prepared.push(await session.prepare(base, float32(dims, batch.images), prepared[0]));
        const first = round * together * shape.batch;
        const rows = Math.min(part.length * shape.batch, images.ids.length - first);
        const own = logits.subarray(first * shape.classes, (first + rows) * shape.classes);
        fill(own, prepared, ({ outputs }) => logitsOf(outputs));
        const tell = (share: number) => sweep.progress((round + share) / rounds);
        await runAll({ session, groups, prepared, own, first }, sweep, tell);
        round++;
      }
      return logits;
    },
    release: () => session.release(),
  };
}

/** The largest batch, of powers of two up to the usual one, whose activations fit. */
async function planBatch(subject: Subject, run: Run, groups: readonly ModuleGroup[]): Promise<{ plan: StagedPlan; shape: NetworkShape }> {
  const planned = async (batch: number) => {
    const { graph, shape, buffers } = subject.network(run, { batch });
    const varying = buffers.length > 0 ? groups.map((group) => [...group.parameters, ...statisticsAfter(graph, group)]) : null;
    return { plan: await planStaged(graph, varying ?? groups.map(({ parameters }) => parameters), { threads: subject.threads }), shape };
  };
  const usual = await planned(EVALUATION_BATCH);
  if (usual.plan.bytes <= ALONE) return usual;
  const fitting = Math.floor((EVALUATION_BATCH * ALONE) / usual.plan.bytes);
  return planned(2 ** Math.max(0, Math.floor(Math.log2(fitting))));
}

/** Running statistics that are the group's own or, taken anew, change with it. */
function statisticsAfter(graph: Graph, { parameters, buffers }: ModuleGroup): readonly string[] {
  const { graph: training, norms } = withBatchStatistics(graph);
  const varies = dependents(training, parameters);
  const reached = norms.filter(({ mean }) => varies.has(batchStatistic(mean)));
  return [...new Set([...buffers, ...reached.flatMap(({ mean, variance }) => [mean, variance])])];
}

interface Round {
  readonly session: StagedSession;
  readonly groups: readonly ModuleGroup[];
  readonly prepared: readonly Prepared[];
  /** The base's logits of these images. */
  readonly own: Float32Array;
  readonly first: number;
}

async function runAll(
  { session, groups, prepared, own, first }: Round,
  sweep: ModuleSweep,
  progress: (share: number) => void,
): Promise<void> {
  const all = groups.map((group) => ({ group, ...bound(sweep.variants(group)) }));
  const total = all.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  for (const [g, { group, count, at }] of all.entries()) {
    for (let i = 0; i < count; i++) {
      const variant = await at(i);
      let logits = own;
      if (variant) {
        const parts: Float32Array[] = [];
        for (const batch of prepared) parts.push(logitsOf(await session.run(g, batch, variant)));
        logits = fill(new Float32Array(own.length), parts, (part) => part);
      }
      sweep.found(group, i, logits, first);
      progress(++done / total);
    }
  }
}

const logitsOf = (outputs: ReadonlyMap<string, Tensor>): Float32Array => floats(outputs.get('logits'), 'logits');

const bound = (variants: Variants) => ({ count: variants.count, at: (index: number) => variants.at(index) });

/** One after the other into `whole`; what is left over is padding. */
function fill<T>(whole: Float32Array, parts: readonly T[], of: (part: T) => Float32Array): Float32Array {
  let at = 0;
  for (const part of parts) {
    const values = of(part);
    whole.set(values.subarray(0, whole.length - at), at);
    at += values.length;
  }
  return whole;
}

async function* inParts(batches: AsyncIterable<Batch>, size: number): AsyncGenerator<readonly Batch[]> {
  let part: Batch[] = [];
  for await (const batch of batches) {
    part.push(batch);
    if (part.length === size) {
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}
