import type { Tensor } from '../../tensor/tensor.js';
import { float32, int64, integers, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Graph, Node, Value } from '../graph.js';
import { intAttribute, intsAttribute, OPSET } from '../graph.js';
import type { Expansion, Place } from '../imports/form-writer.js';
import type { Shape } from '../shapes/infer.js';
import { inferNode } from '../shapes/infer.js';

/** Shape arithmetic is short; anything longer is data. */
export const LONGEST = 4096;

/** Numbers of a constant with its dims, row-major. */
interface Numbers {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** Other nodes for one; undefined: it stays. */
type Rewrite = (node: Node, place: Place) => Expansion | undefined;

/**
 * Computes what exporters write to keep shapes dynamic: Shape of a value whose dims are known, and integer arithmetic on constants
 * (torch's `x.view(x.size(0), -1)` is Shape → Gather → Unsqueeze → Concat → Reshape). Floats are left to onnxruntime. `rewrite` may put other
 * nodes in the place of one, with what is known there.
 */
export function fold(graph: Graph, rewrite?: Rewrite): Graph {
  const initializers = new Map(graph.initializers);
  const values = new Map<string, Value>(graph.inputs.map((value) => [value.name, value]));
  for (const [name, { type, dims }] of initializers) values.set(name, { name, type, dims });
  const opset = graph.opsets[''] ?? OPSET;
  const place = { opset, constant: (name: string) => initializers.get(name), value: (name: string) => values.get(name) };
  const kept: Node[] = [];
  for (const node of graph.nodes) {
    const rewritten = rewrite?.(node, place);
    for (const [name, tensor] of rewritten?.constants ?? []) {
      initializers.set(name, tensor);
      values.set(name, { name, type: tensor.type, dims: tensor.dims });
    }
    for (const each of rewritten?.nodes ?? [node]) take(each);
  }
  if (kept.length === graph.nodes.length && !rewrite) return graph;
  const [before, after] = [graph.nodes, kept].map((nodes) => new Set(nodes.flatMap((node) => node.inputs)));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const idle = (name: string) => (before!.has(name) || !graph.initializers.has(name)) && !after!.has(name) && !outputs.has(name);
  const opsets = rewrite ? { ...graph.opsets, '': OPSET } : graph.opsets;
  return { ...graph, nodes: kept, initializers: new Map([...initializers].filter(([name]) => !idle(name))), opsets };

  function take(node: Node): void {
    const shapes = known(node, values, initializers, rewrite ? OPSET : opset);
    const folded = node.domain === '' ? evaluate(node, values, initializers, shapes[0]) : undefined;
    if (folded) {
      initializers.set(node.outputs[0]!, folded);
      values.set(node.outputs[0]!, { name: node.outputs[0]!, type: folded.type, dims: folded.dims });
    } else {
      kept.push(node);
      for (const [i, name] of node.outputs.entries()) if (shapes[i]) values.set(name, { name, ...shapes[i] });
    }
  }
}

/** Output shapes, or none where an op has no rule or an input no shape; mistakes are left to `inferShapes`, which names them. */
function known(node: Node, values: ReadonlyMap<string, Value>, initializers: ReadonlyMap<string, Tensor>, opset: number): readonly Shape[] {
  if (node.inputs.some((name) => name !== '' && !values.has(name))) return [];
  try {
    return inferNode(
      node,
      node.inputs.map((name) => values.get(name) ?? null),
      (name) => initializers.get(name),
      opset,
    );
  } catch {
    return [];
  }
}

function evaluate(
  node: Node,
  values: ReadonlyMap<string, Value>,
  initializers: ReadonlyMap<string, Tensor>,
  shape: Shape | undefined,
): Tensor | undefined {
  if (node.op === 'Shape') return shapeOf(node, values.get(node.inputs[0]!));
  if (node.op === 'Size' && values.has(node.inputs[0]!)) return int64([sizeOf(values.get(node.inputs[0]!)!.dims)], []);
  const constants = node.inputs.flatMap((name) => initializers.get(name) ?? []);
  if (shape?.type === 'float32' && constants.length === node.inputs.length) return evaluateFloats(node, constants, shape);
  const wholes = constants.filter(isWhole);
  if (!shape || wholes.length !== node.inputs.length || !isWhole({ type: shape.type, size: sizeOf(shape.dims) })) return undefined;
  const inputs = wholes.map((value): Numbers => ({ dims: value.dims, data: integers(value) }));
  const data = EVALUATORS[node.op]?.(inputs, shape.dims, node);
  return data?.every(Number.isSafeInteger) ? fromNumbers(shape, data) : undefined;
}

/** Scales of a Resize have two numbers an axis at most. */
const MOST_SCALES = 16;

/** Bounds and scales that PyTorch writes in double precision, as whole numbers or in pieces; computing with weights is left to onnxruntime. */
function evaluateFloats(node: Node, constants: readonly Tensor[], { dims }: Shape): Tensor | undefined {
  const [first] = constants;
  const size = sizeOf(dims);
  if (node.op === 'Cast' && first && CAST.includes(first.type) && size <= LONGEST)
    return float32(dims, Float32Array.from(first.data as ArrayLike<number | bigint>, Number));
  if (node.op !== 'Concat' || dims.length !== 1 || size > MOST_SCALES) return undefined;
  return float32(dims, Float32Array.from(constants.flatMap(({ data }) => [...(data as Float32Array)])));
}

const CAST = ['float64', 'int64', 'int32', 'bool'];

function shapeOf(node: Node, of: Value | undefined): Tensor | undefined {
  if (!of) return undefined;
  const rank = of.dims.length;
  const [start, end] = [intAttribute(node, 'start', 0), intAttribute(node, 'end', rank)];
  return int64(of.dims.slice(start, end));
}

const WHOLE = ['int64', 'int32', 'bool'];
const isWhole = (value: Tensor | { type: string; size: number }): value is Tensor =>
  WHOLE.includes(value.type) && ('size' in value ? value.size : value.data.length) <= LONGEST;

function fromNumbers({ type, dims }: Shape, data: readonly number[]): Tensor {
  if (type === 'int64') return int64(data, dims);
  return type === 'bool'
    ? tensor(
        type,
        dims,
        Uint8Array.from(data, (v) => (v === 0 ? 0 : 1)),
      )
    : tensor(type, dims, Int32Array.from(data));
}

type Evaluator = (inputs: readonly Numbers[], dims: readonly number[], node: Node) => readonly number[] | undefined;

const same: Evaluator = ([x]) => x!.data;

const elementwise =
  (f: (...values: number[]) => number): Evaluator =>
  (inputs, dims) =>
    Array.from({ length: sizeOf(dims) }, (_, at) => f(...inputs.map((x) => x.data[broadcastIndex(at, dims, x.dims)]!)));

/** Where element `at` of an array of `dims` comes from in one of `from` that is broadcast to it. */
function broadcastIndex(at: number, dims: readonly number[], from: readonly number[]): number {
  let [index, stride, rest] = [0, 1, at];
  for (let axis = dims.length - 1, own = from.length - 1; own >= 0; axis--, own--) {
    if (from[own] !== 1) index += (rest % dims[axis]!) * stride;
    stride *= from[own]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return index;
}

/** One axis is all that shapes have. */
const gather: Evaluator = ([data, indices]) =>
  data!.dims.length === 1 ? indices!.data.map((i) => data!.data[i < 0 ? i + data!.data.length : i]!) : undefined;

/** Elements of `x`, each from the place that `from` gives for a place of the result. */
function picked(x: Numbers, dims: readonly number[], from: (place: readonly number[]) => readonly number[]): number[] {
  return Array.from({ length: sizeOf(dims) }, (_, at) => {
    let rest = at;
    const place = dims.map((_size, axis) => {
      const inner = sizeOf(dims.slice(axis + 1));
      const index = Math.floor(rest / inner);
      rest -= index * inner;
      return index;
    });
    return x.data[from(place).reduce((flat, index, axis) => flat * x.dims[axis]! + index, 0)]!;
  });
}

const slice: Evaluator = ([x, starts, , axes, steps], dims) => {
  const first = x!.dims.map(() => 0);
  const step = x!.dims.map(() => 1);
  for (const [i, start] of starts!.data.entries()) {
    const axis = ((axes?.data[i] ?? i) + x!.dims.length) % x!.dims.length;
    const size = x!.dims[axis]!;
    step[axis] = steps?.data[i] ?? 1;
    first[axis] = Math.min(Math.max(start < 0 ? start + size : start, 0), step[axis] < 0 ? size - 1 : size);
  }
  return picked(x!, dims, (place) => place.map((index, axis) => first[axis]! + index * step[axis]!));
};

const transpose: Evaluator = ([x], dims, node) => {
  const perm = intsAttribute(node, 'perm') ?? dims.map((_, axis) => dims.length - 1 - axis);
  return picked(x!, dims, (place) => perm.map((_, axis) => place[perm.indexOf(axis)]!));
};

const EVALUATORS: Readonly<Record<string, Evaluator>> = {
  Add: elementwise((a, b) => a + b),
  Cast: same,
  Concat: (inputs) => (inputs.every((x) => x.dims.length === 1) ? inputs.flatMap((x) => x.data) : undefined),
  ConstantOfShape: (_, dims, node) => {
    const value = node.attributes['value'];
    return new Array<number>(sizeOf(dims)).fill(value?.kind === 'tensor' ? Number(value.value.data[0]) : 0);
  },
  Div: elementwise((a, b) => Math.trunc(a / b)),
  Equal: elementwise((a, b) => Number(a === b)),
  Expand: elementwiseFirst(),
  Gather: gather,
  Greater: elementwise((a, b) => Number(a > b)),
  GreaterOrEqual: elementwise((a, b) => Number(a >= b)),
  Identity: same,
  Less: elementwise((a, b) => Number(a < b)),
  LessOrEqual: elementwise((a, b) => Number(a <= b)),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  // the sign is the divisor's
  Mod: elementwise((a, b) => a - b * Math.floor(a / b)),
  Mul: elementwise((a, b) => a * b),
  Neg: elementwise((a) => -a),
  Not: elementwise((a) => Number(a === 0)),
  Range: ([start, , delta], dims) => Array.from({ length: dims[0]! }, (_, i) => start!.data[0]! + i * delta!.data[0]!),
  Reshape: same,
  Slice: slice,
  Squeeze: same,
  Sub: elementwise((a, b) => a - b),
  Transpose: transpose,
  Unsqueeze: same,
  Where: elementwise((condition, a, b) => (condition === 0 ? b : a)),
};

/** Expand takes its shape as a second input, which is no operand. */
function elementwiseFirst(): Evaluator {
  const copy = elementwise((a) => a);
  return ([x], dims, node) => copy([x!], dims, node);
}
