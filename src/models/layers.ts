import type { FloatTensor } from '../tensor/tensor.js';
import { float32, sizeOf } from '../tensor/tensor.js';
import type { Random } from '../tensor/random.js';
import { random } from '../tensor/random.js';
import type { Value } from '../onnx/graph.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Network, NetworkModule, NetworkShape } from './network.js';

/** Draws one number of a fresh parameter. */
export type Initializer = (random: Random) => number;

export const constant =
  (value: number): Initializer =>
  () =>
    value;

/** N(0, std²). */
export const gaussian =
  (std: number): Initializer =>
  ({ normal }) =>
    std * normal();

/** PyTorch's default for Conv2d and Linear, weights (kaiming_uniform_ with a = √5) and biases alike: U(−1/√fanIn, 1/√fanIn). */
export const fanInUniform =
  (fanIn: number): Initializer =>
  ({ uniform }) =>
    (2 * uniform() - 1) / Math.sqrt(fanIn);

/**
 * A network in the making: parameters and buffers become graph inputs as they are declared, and belong to the module that is closed next.
 *
 *     const net = startNetwork('linear', shape);
 *     const w = net.parameter('fc.weight', [10, 64], fanInUniform(64));
 *     return net.finish(net.b.op.Gemm([net.b.op.Flatten([net.images]), w], { transB: 1 }, 'logits'), 'fc');
 */
export function startNetwork(name: string, { batch, channels, height, width }: NetworkShape) {
  const b = new GraphBuilder(name);
  const images = b.input('images', [batch, channels, height, width]);
  const declared: Declared[] = [];
  const modules: NetworkModule[] = [];
  let open: Declared[] = [];
  const declare = (kind: Declared['kind'], name: string, dims: readonly number[], initializer: Initializer): Value => {
    const made = { kind, name, dims, initializer };
    declared.push(made);
    open.push(made);
    return b.input(name, dims);
  };
  const close = (name: string, stage: string, output: string) => {
    modules.push({ name, stage, parameters: namesOf(open, 'parameter'), buffers: namesOf(open, 'buffer'), output });
    open = [];
  };
  return {
    b,
    images,
    /** Declares a parameter; its stream of random numbers is its own. */
    parameter: (name: string, dims: readonly number[], initializer: Initializer) => declare('parameter', name, dims, initializer),
    /** Declares what training steps update without a gradient. */
    buffer: (name: string, dims: readonly number[], initializer: Initializer) => declare('buffer', name, dims, initializer),
    /** Closes a module: the value that leaves it bears its name. */
    module(leaving: Value, { stage = leaving.name }: { stage?: string } = {}): Value {
      close(leaving.name, stage, leaving.name);
      return leaving;
    },
    /** Closes the head, whose value is named `logits`, and the network. */
    finish(logits: Value, head: string): Built {
      close(head, head, logits.name);
      return {
        graph: b.build([logits]),
        parameters: namesOf(declared, 'parameter'),
        buffers: namesOf(declared, 'buffer'),
        modules,
        init: (seed) => new Map(declared.map(({ name, dims, initializer }) => [name, draw(name, dims, initializer, seed)])),
      };
    },
  };
}

interface Declared {
  readonly kind: 'parameter' | 'buffer';
  readonly name: string;
  readonly dims: readonly number[];
  readonly initializer: Initializer;
}

const namesOf = (declared: readonly Declared[], kind: Declared['kind']): readonly string[] =>
  declared.filter((each) => each.kind === kind).map(({ name }) => name);

/** What an architecture builds; the registry adds what was asked for. */
export type Built = Omit<Network, 'spec' | 'shape'>;
export type NetworkStart = ReturnType<typeof startNetwork>;

/** Fresh numbers, from the stream of that name. */
export function draw(name: string, dims: readonly number[], initializer: Initializer, seed: number): FloatTensor {
  const stream = random(seed, 'init', name);
  const data = new Float32Array(sizeOf(dims));
  for (let i = 0; i < data.length; i++) data[i] = initializer(stream);
  return float32(dims, data);
}
