import type { Tensor, Type } from '../tensor/tensor.js';
import { float32, int64 } from '../tensor/tensor.js';
import type { Attribute, Graph, Node, Value } from './graph.js';
import { describe, OPSET } from './graph.js';
import type { OpName } from './ops.js';
import { FLOAT_ATTRIBUTES, OPS } from './ops.js';
import { inferNode } from './shapes/infer.js';

/** Attributes as JavaScript writes them; numbers become int unless the spec says float (see FLOAT_ATTRIBUTES). */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | readonly string[] | Tensor>>;

type Op = (inputs: readonly (Value | null)[], attributes?: Attributes, name?: string) => Value;

/**
 * Builds a graph node by node; every value's shape is known as soon as it exists.
 *
 *     const b = new GraphBuilder('mlp');
 *     const x = b.input('images', [64, 3, 32, 32]);
 *     const y = b.op.Relu([b.op.Gemm([b.op.Flatten([x]), w, bias], { transB: 1 })]);
 *     const graph = b.build([b.named(y, 'logits')]);
 */
export class GraphBuilder {
  /** One function an op: `b.op.Conv([x, w], { strides: [2, 2] })`. */
  readonly op: Readonly<Record<OpName, Op>>;
  readonly #name: string;
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #values = new Map<string, Value>();
  readonly #initializers = new Map<string, Tensor>();
  readonly #constants = new Map<string, Value>();
  readonly #opsets: Record<string, number>;
  readonly #reserved = new Set<string>();
  #serial = 0;

  constructor(name: string, opsets: Readonly<Record<string, number>> = { '': OPSET }) {
    this.#name = name;
    this.#opsets = { ...opsets };
    const op = {} as Record<OpName, Op>;
    for (const kind of OPS) op[kind] = (inputs, attributes, as) => this.node(kind, inputs, attributes, as ? { names: [as] } : {})[0]!;
    this.op = op;
  }

  /** A builder that already holds everything in `graph` (its outputs are to be named again in `build`). */
  static from(graph: Graph): GraphBuilder {
    const b = new GraphBuilder(graph.name, graph.opsets);
    for (const value of graph.inputs) b.input(value.name, value.dims, value.type);
    for (const [name, value] of graph.initializers) b.initializer(name, value);
    for (const node of graph.nodes) b.add(node);
    return b;
  }

  /** Declares a graph input. */
  input(name: string, dims: readonly number[], type: Type = 'float32'): Value {
    const value = this.#declare({ name, type, dims });
    this.#inputs.push(value);
    return value;
  }

  /** A named constant tensor. */
  initializer(name: string, value: Tensor): Value {
    this.#initializers.set(name, value);
    return this.#declare({ name, type: value.type, dims: value.dims });
  }

  /** An int64 constant, shared by all who ask for the same one. */
  ints(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    return this.constant(int64(values, dims));
  }

  /** A float32 scalar constant (dims []), shared. */
  scalar(value: number): Value {
    return this.constant(float32([], [value]));
  }

  /** A constant tensor; small ones are shared by value. */
  constant(value: Tensor): Value {
    const key = value.data.length > 64 ? undefined : `${value.type}[${value.dims.join()}]${value.data.join()}`;
    const shared = key === undefined ? undefined : this.#constants.get(key);
    if (shared) return shared;
    const made = this.initializer(this.unique('const'), value);
    if (key !== undefined) this.#constants.set(key, made);
    return made;
  }

  /** Any op of any domain, with any number of outputs. Throws when shapes do not fit, naming the node. */
  node(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    { domain = '', outputs = 1, names }: { domain?: string; outputs?: number; names?: readonly string[] } = {},
  ): Value[] {
    const out = names ?? Array.from({ length: outputs }, () => this.unique(op));
    return this.add({
      op,
      domain,
      name: out[0]!,
      inputs: inputs.map((v) => v?.name ?? ''),
      outputs: out,
      attributes: tagAttributes(attributes),
    });
  }

  /** Adds a node as it stands; returns its outputs. */
  add(node: Node): Value[] {
    const inputs = node.inputs.map((name) => (name === '' ? null : this.value(name, node)));
    if (node.domain !== '' && !(node.domain in this.#opsets)) this.#opsets[node.domain] = 1;
    const shapes = inferNode(node, inputs, (name) => this.#initializers.get(name), this.#opsets[''] ?? OPSET);
    this.#nodes.push(node);
    this.#reserved.add(node.name);
    return node.outputs.map((name, i) => (name === '' ? { name, ...shapes[i]! } : this.#declare({ name, ...shapes[i]! })));
  }

  /** The value of that name. Throws when there is none. */
  value(name: string, user?: Node): Value {
    const found = this.#values.get(name);
    if (!found) throw new Error(`${user ? describe(user) : 'graph'}: no value is named ${name}`);
    return found;
  }

  /** The constant behind a value, when it is one. */
  constantOf(value: Value | string): Tensor | undefined {
    return this.#initializers.get(typeof value === 'string' ? value : value.name);
  }

  /** Gives `value` a second, public name (one Identity node: free in lowered graphs, where it is renamed away). */
  named(value: Value, name: string): Value {
    return this.op.Identity([value], {}, name);
  }

  /** Names that `unique` must not hand out: those of a graph that is being rewritten node by node. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#reserved.add(name);
  }

  /** A name nobody has yet. */
  unique(prefix: string): string {
    let name: string;
    do name = `${prefix}_${++this.#serial}`;
    while (this.#values.has(name) || this.#reserved.has(name));
    return name;
  }

  build(outputs: readonly Value[]): Graph {
    return {
      name: this.#name,
      inputs: [...this.#inputs],
      outputs: [...outputs],
      nodes: [...this.#nodes],
      initializers: new Map(this.#initializers),
      opsets: { ...this.#opsets },
    };
  }

  #declare(value: Value): Value {
    if (this.#values.has(value.name)) throw new Error(`graph: value names must be unique, got ${value.name} twice`);
    this.#values.set(value.name, value);
    return value;
  }
}

/** Attributes as a node holds them. */
export const tagAttributes = (attributes: Attributes): Record<string, Attribute> =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, tag(key, value)]));

function tag(name: string, value: Attributes[string]): Attribute {
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'number') return FLOAT_ATTRIBUTES.has(name) ? { kind: 'float', value } : { kind: 'int', value };
  if (!Array.isArray(value)) return { kind: 'tensor', value: value as Tensor };
  if (typeof value[0] === 'string') return { kind: 'strings', value: value as readonly string[] };
  return FLOAT_ATTRIBUTES.has(name)
    ? { kind: 'floats', value: value as readonly number[] }
    : { kind: 'ints', value: value as readonly number[] };
}
