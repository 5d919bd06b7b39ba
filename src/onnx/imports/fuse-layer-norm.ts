import { integers, sizeOf } from '../../tensor/tensor.js';
import { readersOf } from '../edits/readers.js';
import type { Graph, Node, Value } from '../graph.js';
import { intsAttribute } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

/**
 * Writes layer normalization in its decomposed form, (x − mean)/√(mean((x − mean)²) + ε)·scale + bias over the last axis, as exporters wrote it
 * before opset 17, as one LayerNormalization: a shorter way, and its scale and bias show as what they are. Other forms stay as they are.
 */
export function fuseLayerNorms(graph: Graph): Graph {
  const roots = graph.nodes.filter(({ op }) => op === 'Sqrt');
  if (roots.length === 0) return graph;
  const scope = scopeOf(graph);
  const fused = new Map<Node, Node>();
  const gone = new Set<Node>();
  for (const root of roots) {
    const found = match(root, scope);
    if (!found) continue;
    const { x, scale, bias, epsilon, last, inner } = found;
    fused.set(last, { ...last, op: 'LayerNormalization', inputs: [x, scale, bias], attributes: { axis: { kind: 'int', value: -1 }, epsilon: { kind: 'float', value: epsilon } } }); // prettier-ignore
    for (const node of inner) gone.add(node);
  }
  return { ...graph, nodes: graph.nodes.filter((node) => !gone.has(node)).map((node) => fused.get(node) ?? node) };
}

interface Scope {
  makerOf(name: string, op: string): Node | undefined;
  readersOf(name: string): readonly Node[];
  numberOf(name: string): number | undefined;
  /** Whether a node takes the mean over the last axis, which it keeps. */
  isMean(node: Node): boolean;
  /** A constant with one number for each element of the last axis of `like`. */
  isRow(name: string, like: string): boolean;
}

function scopeOf(graph: Graph): Scope {
  const values: ReadonlyMap<string, Value> = inferShapes(graph);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = readersOf(graph.nodes);
  const public_ = new Set(graph.outputs.map(({ name }) => name));
  return {
    makerOf(name, op) {
      const maker = makers.get(name);
      return maker?.op === op && !public_.has(name) ? maker : undefined;
    },
    readersOf: (name) => readers.get(name) ?? [],
    numberOf(name) {
      const constant = graph.initializers.get(name);
      return constant?.data.length === 1 ? Number(constant.data[0]) : undefined;
    },
    isMean({ op, inputs, outputs, ...node }) {
      if (op !== 'ReduceMean') return false;
      const rank = values.get(inputs[0]!)!.dims.length;
      const axes = intsAttribute({ op, inputs, outputs, ...node }, 'axes') ?? integersOf(inputs[1]);
      return axes?.length === 1 && (axes[0]! + rank) % rank === rank - 1 && values.get(outputs[0]!)!.dims.length === rank;
    },
    isRow(name, like) {
      const constant = graph.initializers.get(name);
      const width = values.get(like)!.dims.at(-1)!;
      return constant !== undefined && constant.dims.length === 1 && sizeOf(constant.dims) === width;
    },
  };

  function integersOf(name: string | undefined): readonly number[] | undefined {
    const constant = name === undefined ? undefined : graph.initializers.get(name);
    return constant && integers(constant);
  }
}

interface Match {
  readonly x: string;
  readonly scale: string;
  readonly bias: string;
  readonly epsilon: number;
  readonly last: Node;
  readonly inner: readonly Node[];
}

/** From √(variance + ε) back to x, then forward through the quotient, the product and the sum. */
function match(root: Node, { makerOf, readersOf, numberOf, isMean, isRow }: Scope): Match | undefined {
  const shifted = makerOf(root.inputs[0]!, 'Add');
  const epsilon = shifted && numberOf(shifted.inputs[1]!);
  const variance = shifted && makerOf(shifted.inputs[0]!, 'ReduceMean');
  const square = variance && isMean(variance) ? (makerOf(variance.inputs[0]!, 'Pow') ?? makerOf(variance.inputs[0]!, 'Mul')) : undefined;
  if (!shifted || !variance || !square || epsilon === undefined) return undefined;
  const [a, b] = square.inputs as [string, string];
  if (square.op === 'Pow' ? numberOf(b) !== 2 : a !== b) return undefined;
  const centred = makerOf(a, 'Sub');
  const mean = centred && makerOf(centred.inputs[1]!, 'ReduceMean');
  if (!centred || !mean || !isMean(mean) || mean.inputs[0] !== centred.inputs[0]) return undefined;
  const quotient = only(readersOf(root.outputs[0]!), 'Div');
  if (!quotient || makerOf(quotient.inputs[0]!, 'Sub')?.inputs.join() !== centred.inputs.join()) return undefined;
  const product = only(readersOf(quotient.outputs[0]!), 'Mul');
  const last = product && only(readersOf(product.outputs[0]!), 'Add');
  if (!product || !last) return undefined;
  const scale = product.inputs.find((name) => name !== quotient.outputs[0])!;
  const bias = last.inputs.find((name) => name !== product.outputs[0])!;
  const inner = [mean, centred, square, variance, shifted, root, quotient, product];
  const private_ = inner.every(({ outputs }) => readersOf(outputs[0]!).every((reader) => reader === last || inner.includes(reader)));
  const x = centred.inputs[0]!;
  return private_ && isRow(scale, x) && isRow(bias, x) ? { x, scale, bias, epsilon, last, inner } : undefined;
}

/** The one reader, when it is of that op. */
const only = (readers: readonly Node[], op: string): Node | undefined =>
  readers.length === 1 && readers[0]!.op === op ? readers[0] : undefined;
