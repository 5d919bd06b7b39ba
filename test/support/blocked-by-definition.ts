import type { Graph, Node, Value } from '../../src/onnx/graph.js';
import { intAttribute, NCHWC } from '../../src/onnx/graph.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { blockSize } from '../../src/runtime/probe.js';

/** One size of block, and how a graph that was lowered for it runs on this machine. */
export interface BlockSizeCase {
  readonly name: string;
  readonly block: number;
  runnable(lowered: Graph): Graph;
}

/** This CPU's, 1 when it has no blocked convolutions. */
export const native: number = await blockSize();

/** Both sizes that onnxruntime has: this CPU's by its kernels, what it lacks by the definition of the blocked ops. */
export const BLOCK_SIZES: readonly BlockSizeCase[] = [16, 8].map((block) =>
  block === native
    ? { name: `blocks of ${block}`, block, runnable: (lowered) => lowered }
    : { name: `blocks of ${block}, by definition`, block, runnable: (lowered) => byDefinition(lowered, block) },
);

/**
 * onnxruntime's blocked ops, written with standard ones: what they read is put in order, what they leave is blocked again. Their kernels fix the
 * size of a block to what the CPU has; so any size runs anywhere.
 */
export function byDefinition(graph: Graph, block: number): Graph {
  const b = new GraphBuilder(graph.name, Object.fromEntries(Object.entries(graph.opsets).filter(([domain]) => domain !== NCHWC)));
  b.reserve(graph.nodes.flatMap(({ name, outputs }) => [name, ...outputs]));
  for (const { name, dims, type } of graph.inputs) b.input(name, dims, type);
  for (const [name, value] of graph.initializers) b.initializer(name, value);
  for (const node of graph.nodes) {
    if (node.domain !== NCHWC) b.add(node);
    else b.named(replaced(b, node, block), node.outputs[0]!);
  }
  return b.build(graph.outputs.map(({ name }) => b.value(name)));
}

function replaced(b: GraphBuilder, node: Node, block: number): Value {
  const turned = (x: Value, from: readonly number[], perm: readonly number[], to: readonly number[]) =>
    b.op.Reshape([b.op.Transpose([b.op.Reshape([x, b.ints(from)])], { perm }), b.ints(to)]);
  /** Memory [N, C/B, H, W, B] → [N, C, H, W]. */
  const inOrder = (x: Value) => {
    const [n, c, h, w] = x.dims as [number, number, number, number];
    return turned(x, [n, c / block, h, w, block], [0, 1, 4, 2, 3], x.dims);
  };
  const blocked = (x: Value) => {
    const [n, c, h, w] = x.dims as [number, number, number, number];
    return turned(x, [n, c / block, block, h, w], [0, 1, 3, 4, 2], x.dims);
  };
  /** Filters [K, C, kh, kw] from [K/B, C/B, kh, kw, B c, B k], or of fewer inputs than a block from [K/B, C, kh, kw, B k]. */
  const filters = (f: Value) => {
    const [k, c, kh, kw] = f.dims as [number, number, number, number];
    return c < block
      ? turned(f, [k / block, c, kh, kw, block], [0, 4, 1, 2, 3], f.dims)
      : turned(f, [k / block, c / block, kh, kw, block, block], [0, 5, 1, 4, 2, 3], f.dims);
  };
  const [x, w, bias, sum] = node.inputs.map((name) => (name === '' ? null : b.value(name)));
  const last = intAttribute(node, 'channels_last', 0) === 1;
  const standard = (inputs: readonly (Value | null)[]) => {
    const attributes = Object.fromEntries(Object.entries(node.attributes).filter(([name]) => name !== 'activation'));
    const names = inputs.map((each) => each?.name ?? '');
    return b.add({ ...node, domain: '', name: b.unique(node.op), inputs: names, outputs: [b.unique(node.op)], attributes })[0]!;
  };
  switch (node.op) {
    case 'ReorderInput':
      return blocked(last ? b.op.Transpose([x!], { perm: [0, 3, 1, 2] }) : x!);
    case 'ReorderOutput': {
      const whole = inOrder(x!);
      const cut = b.op.Slice([whole, b.ints([0]), b.ints([intAttribute(node, 'channels', 0)]), b.ints([1])]);
      return last ? b.op.Transpose([cut], { perm: [0, 2, 3, 1] }) : cut;
    }
    case 'Conv': {
      // an image of fewer channels than a block is not blocked; a depthwise convolution has one input a filter
      const narrow = intAttribute(node, 'group', 1) === 1 && w!.dims[1]! < block;
      const y = standard([narrow ? x! : inOrder(x!), filters(w!), bias ?? null]);
      const added = sum ? b.op.Add([y, inOrder(sum)]) : y;
      return blocked(node.attributes['activation'] ? b.op.Relu([added]) : added);
    }
    case 'MaxPool':
    case 'AveragePool':
      return blocked(standard([inOrder(x!)]));
    default:
      throw new Error(`blocked ops by definition: no rule for ${node.op}`);
  }
}
