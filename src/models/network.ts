import type { Params } from '../tensor/params.js';
import type { Graph } from '../onnx/graph.js';

/** What a network is built for. Shapes are static, batch included. */
export interface NetworkShape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

/** A group of parameters that criticality, CKA and distance treat as one (stem, one residual block, head). */
export interface NetworkModule {
  /** Prefix of its parameters' names: 'conv1', 'layer1.0', …, 'fc'. */
  readonly name: string;
  /** Coarser group: 'conv1', 'layer1', …, 'fc'. */
  readonly stage: string;
  readonly parameters: readonly string[];
  /** Its buffers. */
  readonly buffers: readonly string[];
  /** Value in the graph that leaves the module: features [batch, C, H, W], tokens [batch, tokens, C], for the head logits [batch, classes]. */
  readonly output: string;
}

/**
 * An architecture built for one shape. Graph inputs: `images` [batch, C, H, W] float32, then every parameter and buffer by its own name
 * (PyTorch's names and shapes). The graph evaluates: BatchNorms use their running statistics (`withBatchStatistics` trains). Output: `logits` [batch, classes].
 */
export interface Network {
  readonly spec: NetworkSpec;
  readonly shape: NetworkShape;
  readonly graph: Graph;
  readonly parameters: readonly string[];
  /** Running statistics of BatchNorms: no gradient reaches them, training steps update them. They stand in every set of parameters. */
  readonly buffers: readonly string[];
  /** Tables of learned positions: prefix tokens without a place, then a grid of patches. Checkpoints of another grid are resampled to it. */
  readonly positions?: readonly { readonly name: string; readonly prefix: number; readonly rows: number; readonly columns: number }[];
  /** What its file was changed in, to be said to whoever brought it. */
  readonly notes?: readonly string[];
  /** In forward order; the last one is the head. */
  readonly modules: readonly NetworkModule[];
  /** Fresh parameters and buffers. Same seed, same bytes; each tensor has its own stream, so that a new head does not disturb the body. */
  init(seed: number): Params;
}

/** What a study says about a network: its architecture and that architecture's options. */
export interface NetworkSpec {
  readonly architecture: string;
  readonly [option: string]: unknown;
}

/** One file of `models/`: a name, default options, and how to build. */
export interface Architecture<O extends object = object> {
  readonly name: string;
  readonly options: O;
  /** Refuses options that no shape would make right; without it, building for some shape tells. Throws InputError. */
  check?(options: O): unknown;
  build(options: O, shape: NetworkShape): Omit<Network, 'spec' | 'shape'>;
}
