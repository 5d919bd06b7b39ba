import type { NetworkModule } from '../models/network.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Graph, Value } from '../onnx/graph.js';
import { compileForward } from '../runtime/forward.js';
import type { Split } from '../data/dataset.js';
import type { Params } from '../tensor/params.js';
import { floats, sizeOf } from '../tensor/tensor.js';
import type { Run, Subject } from './analysis.js';
import { batchesOf, EVALUATION_BATCH } from './images.js';

/** How a feature map [C, H, W] or tokens [tokens, C] become a vector: all values, or the mean of each channel. */
export type FeatureForm = 'flatten' | 'gap';

export interface FeatureReader {
  /** float32 [images, size] of each module, rows in the split's order. */
  read(params: Params, split: Split): Promise<ReadonlyMap<string, Float32Array>>;
  release(): Promise<void>;
}

/** A session that gives what leaves these modules of a run's network. */
export async function featureReader(
  subject: Subject,
  run: Run,
  modules: readonly NetworkModule[],
  form: FeatureForm,
): Promise<FeatureReader> {
  const { graph } = subject.network(run, { batch: EVALUATION_BATCH });
  const tapped = featureGraph(graph, modules, form);
  const sizes = featureSizes(graph, modules, form);
  const session = await compileForward(tapped, { threads: subject.threads });
  return {
    async read(params, split) {
      const features = new Map([...sizes].map(([name, size]) => [name, new Float32Array(split.ids.length * size)]));
      const batches = await batchesOf(subject, split);
      const ready = await session.prepare(params);
      let row = 0;
      for await (const batch of batches()) {
        const found = await session.run(ready, batch.images);
        const padding = batch.indices.indexOf(-1);
        const count = padding < 0 ? batch.indices.length : padding;
        for (const [i, { name }] of modules.entries()) {
          const size = sizes.get(name)!;
          features.get(name)!.set(floats(found.get(tapped.outputs[i]!.name), name).subarray(0, count * size), row * size);
        }
        row += count;
      }
      return features;
    },
    release: () => session.release(),
  };
}

/** The network's graph with the modules' features as its outputs. What leaves a module without spatial axes is a vector already. */
function featureGraph(graph: Graph, modules: readonly NetworkModule[], form: FeatureForm): Graph {
  const b = GraphBuilder.from(graph);
  const formed = (value: Value): Value =>
    form === 'flatten' || value.dims.length <= 2
      ? value
      : b.op.ReduceMean([value], { axes: value.dims.length === 3 ? [1] : value.dims.map((_, i) => i).slice(2), keepdims: 0 });
  return b.build(modules.map(({ output }) => formed(b.value(output))));
}

/** Length of a feature vector, module by module. */
export function featureSizes(graph: Graph, modules: readonly NetworkModule[], form: FeatureForm): ReadonlyMap<string, number> {
  const { outputs } = featureGraph(graph, modules, form);
  return new Map(modules.map(({ name }, i) => [name, sizeOf(outputs[i]!.dims.slice(1))]));
}
