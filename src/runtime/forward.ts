import { hoist } from '../onnx/edits/hoist.js';
import { prune } from '../onnx/edits/prune.js';
import { tap } from '../onnx/edits/tap.js';
import type { Graph } from '../onnx/graph.js';
import type { Params } from '../tensor/params.js';
import type { Tensor } from '../tensor/tensor.js';
import { float32, floats } from '../tensor/tensor.js';
import { lowered } from './compile.js';
import { openAll } from './open-all.js';
import type { CompileOptions } from './session.js';

/** A network compiled for many batches under the same parameters. */
export interface ForwardSession {
  readonly graph: Graph;
  /** All that depends on parameters only: filters in the lowering's order, folded BatchNorms. For any number of batches. */
  prepare(params: Params): Promise<ReadyParams>;
  /** Every output for a batch of images, float32 [batch, channels, height, width] in row-major order. */
  run(ready: ReadyParams, images: Float32Array): Promise<ReadonlyMap<string, Tensor>>;
  release(): Promise<void>;
}

/** Parameters, and what was computed of them, ready to feed. */
export type ReadyParams = ReadonlyMap<string, Tensor>;

/**
 * Compiles a graph of `images` and parameters in two parts: what depends on the images, and what does not, which then runs once for every set
 * of parameters instead of once for every batch. Throws when an output does not depend on the images.
 */
export async function compileForward(graph: Graph, options: CompileOptions = {}): Promise<ForwardSession> {
  const { whole, open } = await lowered(graph, options);
  const { invariants, rest } = hoist(whole, ['images']);
  const names = invariants.map(({ name }) => name);
  const setup = withUsedInputs(prune({ ...tap(whole, names), outputs: invariants }));
  const [main, before] = await openAll([() => open(rest), ...(names.length > 0 ? [() => open(setup, { profiled: false })] : [])]);
  const { dims } = graph.inputs.find(({ name }) => name === 'images')!;
  const fed = rest.inputs.map(({ name }) => name).filter((name) => name !== 'images');
  return {
    graph,
    async prepare(params) {
      const made = await before?.run(new Map(before.graph.inputs.map(({ name }) => [name, params.get(name)!])));
      return new Map(fed.map((name) => [name, made?.get(name) ?? params.get(name)!]));
    },
    run: (ready, images) => main!.run(new Map(ready).set('images', float32(dims, images))),
    async release() {
      await main!.release();
      await before?.release();
    },
  };
}

function withUsedInputs(graph: Graph): Graph {
  const used = new Set(graph.nodes.flatMap((node) => node.inputs));
  return { ...graph, inputs: graph.inputs.filter(({ name }) => used.has(name)) };
}

/** What a forward pass needs of a batch: images, and −1 as the index of every padded row. */
export interface Inputs {
  readonly images: Float32Array;
  readonly indices: Int32Array;
}

/**
 * Runs a network over batches with these parameters and returns its logits, float32 [images, classes] row by row in the batches' order;
 * padded rows are left out.
 */
export async function forward(session: ForwardSession, params: Params, batches: AsyncIterable<Inputs>): Promise<Float32Array> {
  const logits = session.graph.outputs.find(({ name }) => name === 'logits');
  if (!logits) throw new Error('internal: forward: the graph must have an output logits');
  const classes = logits.dims[1]!;
  const ready = await session.prepare(params);
  const parts: Float32Array[] = [];
  for await (const { images, indices } of batches) {
    parts.push(withoutPadding(floats((await session.run(ready, images)).get('logits'), 'logits'), indices, classes));
  }
  return concatenate(parts);
}

/** Padding comes last in a batch. */
function withoutPadding(rows: Float32Array, indices: Int32Array, classes: number): Float32Array {
  const padding = indices.indexOf(-1);
  return padding < 0 ? rows : rows.subarray(0, padding * classes);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
