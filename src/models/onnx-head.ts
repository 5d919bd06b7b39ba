import { InputError } from '../tensor/input-error.js';
import type { Graph, Node } from '../onnx/graph.js';
import { describe, intAttribute } from '../onnx/graph.js';
import { withInputDims } from '../onnx/imports/input-dims.js';
import type { Parameter } from '../onnx/imports/parameters.js';
import { parametersBy } from '../onnx/imports/parameters.js';
import { dependents } from '../onnx/edits/hoist.js';

/** The last linear layer of an imported network. */
export interface Head {
  readonly parameters: readonly Parameter[];
  /** What it takes: features. */
  readonly input: string;
}

/** Ops between the last linear layer and the logits that keep its classes apart. */
const AFTER: ReadonlySet<string> = new Set(
  'Add AveragePool Div Dropout Flatten GlobalAveragePool GlobalMaxPool HardSwish Mul ReduceMean Relu Reshape Squeeze Sub Transpose Unsqueeze'.split(
    ' ',
  ),
);
const LINEAR: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul']);

/** From the logits back to the layer that makes the classes. Throws InputError, naming the node where the way ends. */
export function headOf(graph: Graph, parameters: readonly Parameter[], file: string): Head {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const varies = dependents(graph, ['images']);
  const read = parametersBy(parameters, ({ node }) => node);
  const found: Parameter[] = [];
  let name = 'logits';
  for (;;) {
    const node = makers.get(name);
    const data = node?.inputs.filter((each) => varies.has(each)) ?? [];
    const own = (node && read.get(node)) ?? [];
    const linear = node !== undefined && LINEAR.has(node.op) && own.length > 0;
    if (!node || data.length !== 1 || !(linear || AFTER.has(node.op))) {
      const end = node ? describe(node) : 'the images';
      throw new InputError(
        `${file}: a network must end in a linear layer, which fine-tuning draws anew, got ${end} on the way back from the logits`,
      );
    }
    found.unshift(...own);
    name = data[0]!;
    if (linear) return { parameters: found, input: name };
  }
}

/** The same network for other classes: the head's tensors have their size in the axis of the classes. Throws InputError when that is not told. */
export function withClasses(graph: Graph, { parameters }: Head, classes: number, file: string): Graph {
  const own = graph.outputs[0]!.dims[1]!;
  if (own === classes) return graph;
  const sizes = new Map(
    parameters.flatMap(({ name, dims, node, role }) => {
      const axis = role === 'weight' ? weightAxis(node, name, dims, own, file) : dims.lastIndexOf(own);
      return axis < 0 ? [] : [[name, dims.with(axis, classes)] as const];
    }),
  );
  return withInputDims(graph, sizes, own);
}

function weightAxis(node: Node, name: string, dims: readonly number[], classes: number, file: string): number {
  if (node.inputs.includes(name)) return node.op === 'Conv' || intAttribute(node, 'transB', 0) === 1 ? 0 : dims.length - 1;
  const axes = dims.flatMap((size, axis) => (size === classes ? [axis] : []));
  if (axes.length === 1) return axes[0]!;
  throw new InputError(`${file}: ${describe(node)}: one axis of ${name} must be the ${classes} classes, got [${dims.join(', ')}]`);
}
