import { GraphBuilder } from '../onnx/builder.js';
import { fuseGelu } from '../onnx/edits/fuse-gelu.js';
import type { Graph, Node, Value } from '../onnx/graph.js';
import { describe, ruleKey } from '../onnx/graph.js';
import { InputError } from '../tensor/input-error.js';
import { float32 } from '../tensor/tensor.js';
import { fitShape } from './fit-shape.js';
import type { Operands, Rule } from './rule.js';
import { castLike } from './rule.js';
import { RULES } from './rules.js';

export interface GradientOptions {
  /** Name of the scalar float output that is differentiated. */
  readonly of: string;
  /** Names of the values (inputs, mostly) whose gradients are wanted. */
  readonly wrt: readonly string[];
}

/**
 * Reverse-mode differentiation, graph to graph: the result computes all that `graph` does and, for every name in `wrt`, the
 * output `<name>.grad` = ∂of/∂name in the shape of that value. It may hold virtual ops: `lower` it before it runs.
 * Throws when `of` is no scalar float output, when it does not depend on a wanted value, and when an op on the way has no rule.
 */
export function gradient(forward: Graph, { of, wrt }: GradientOptions): Graph {
  const graph = fuseGelu(forward);
  const loss = graph.outputs.find(({ name }) => name === of);
  if (!loss) throw new Error(`gradient: of must be one of the outputs ${names(graph.outputs)}, got ${of}`);
  if (!loss.type.startsWith('float') || loss.dims.some((d) => d !== 1)) {
    throw new Error(`gradient: of must be a float scalar, got ${of} ${loss.type} [${loss.dims.join(', ')}]`);
  }
  const b = GraphBuilder.from(graph);
  for (const name of wrt) b.value(name);
  const flow = flowing(graph, wrt);
  const partials = new Map<string, Value[]>([[of, [castLike(b, b.constant(float32(loss.dims, [1])), loss)]]]);
  for (const node of graph.nodes.toReversed()) {
    if (flow.has(node) && node.outputs.some((name) => partials.has(name))) backward(b, node, flow.get(node)!, partials);
  }
  const grads = wrt.map((name) => {
    const grad = total(b, partials, name);
    if (!grad) throw new Error(`gradient: ${of} must depend on every value of wrt, got ${name}`);
    return b.named(grad, `${name}.grad`);
  });
  return b.build([...graph.outputs, ...grads]);
}

interface Flow {
  readonly rule: Rule;
  readonly active: ReadonlySet<string>;
}

/** The nodes that carry a derivative from `wrt` towards the outputs, each with its rule; values that carry one are active. */
function flowing(graph: Graph, wrt: readonly string[]): ReadonlyMap<Node, Flow> {
  const active = new Set(wrt);
  const flow = new Map<Node, Flow>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => active.has(name))) continue;
    const rule = RULES.get(ruleKey(node));
    if (rule === null) continue;
    flow.set(node, { rule: rule ?? missing(node), active });
    for (const name of node.outputs) active.add(name);
  }
  return flow;
}

const missing =
  (node: Node): Rule =>
  () => {
    throw new InputError(`gradient: ${describe(node)} has no gradient here: what depends on it cannot be trained, only evaluated`);
  };

/** Adds what flows through one node to the partial gradients of its inputs. */
function backward(b: GraphBuilder, node: Node, { rule, active }: Flow, partials: Map<string, Value[]>): void {
  const values = (list: readonly string[]) => list.map((name) => (name === '' ? undefined : b.value(name))) as unknown as Operands;
  const grads = node.outputs.map((name) => total(b, partials, name));
  const entries = rule({ b, node, inputs: values(node.inputs), outputs: values(node.outputs), grad: grads[0]!, grads });
  for (const [i, name] of node.inputs.entries()) {
    const entry = entries[i];
    if (!active.has(name) || !entry) continue;
    const grad = fitShape(b, entry(), b.value(name).dims);
    const others = partials.get(name);
    if (others) others.push(grad);
    else partials.set(name, [grad]);
  }
}

/** Sum of a value's partial gradients (kept, so that it is built once); null when nothing flowed back. */
function total(b: GraphBuilder, partials: Map<string, Value[]>, name: string): Value | null {
  const found = partials.get(name);
  if (!found) return null;
  const sum = found.reduce((a, g) => b.op.Add([a, g]));
  partials.set(name, [sum]);
  return sum;
}

const names = (values: readonly Value[]): string => values.map(({ name }) => name).join(', ');
