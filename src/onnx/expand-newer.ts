import type { Tensor } from '../tensor/tensor.js';
import { float32, int64 } from '../tensor/tensor.js';
import type { Attributes } from './builder.js';
import { tagAttributes } from './builder.js';
import type { Node } from './graph.js';
import { describe, floatAttribute, intAttribute, stringAttribute } from './graph.js';

/** What stands for a node of a newer operator set: nodes of opset 17 and the constants that they read. */
export interface Expansion {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

type Expand = (write: Writer, node: Node, constant: (name: string) => Tensor | undefined, opset: number) => void;

/** Ops that came after opset 17, as the nodes that exporters wrote before. */
const EXPANSIONS: Readonly<Record<string, Expand>> = { Gelu: gelu, GroupNormalization: groupNormalization, Mish: mish };

/** The nodes of opset 17 that compute what a newer op does; undefined for ops that were there. */
export function expandNewer(node: Node, constant: (name: string) => Tensor | undefined, opset: number): Expansion | undefined {
  const expand = EXPANSIONS[node.op];
  if (!expand) return undefined;
  const write = new Writer(node);
  expand(write, node, constant, opset);
  return write;
}

/** Collects nodes; inner values are named after the node's output. */
class Writer implements Expansion {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly #result: string;

  constructor(node: Node) {
    this.#result = node.outputs[0]!;
  }

  op(op: string, inputs: readonly string[], attributes: Attributes = {}, last = false): string {
    const name = last ? this.#result : `${this.#result}/${op}_${this.nodes.length}`;
    this.nodes.push({ op, domain: '', name, inputs, outputs: [name], attributes: tagAttributes(attributes) });
    return name;
  }

  constant(value: Tensor): string {
    const name = `${this.#result}/constant_${this.constants.size}`;
    this.constants.set(name, value);
    return name;
  }

  number(value: number): string {
    return this.constant(float32([], [value]));
  }
}

/** ½·x·(1 + erf(x/√2)), or with tanh: ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
function gelu(write: Writer, node: Node): void {
  const x = node.inputs[0]!;
  const approximate = stringAttribute(node, 'approximate', 'none');
  const half = write.number(0.5);
  const bent = () => {
    if (approximate === 'none') return write.op('Erf', [write.op('Mul', [x, write.number(Math.SQRT1_2)])]);
    const cube = write.op('Mul', [write.op('Mul', [write.op('Mul', [x, x]), x]), write.number(0.044715)]);
    return write.op('Tanh', [write.op('Mul', [write.op('Add', [x, cube]), write.number(Math.sqrt(2 / Math.PI))])]);
  };
  write.op('Mul', [write.op('Mul', [x, write.op('Add', [bent(), write.number(1)])]), half], {}, true);
}

/** x·tanh(ln(1 + eˣ)). */
function mish(write: Writer, { inputs: [x] }: Node): void {
  write.op('Mul', [x!, write.op('Tanh', [write.op('Softplus', [x!])])], {}, true);
}

/** Groups of channels as the channels of an InstanceNormalization; scale and bias have one number a group until opset 20, a channel from 21 on. */
function groupNormalization(write: Writer, node: Node, constant: (name: string) => Tensor | undefined, opset: number): void {
  const [x, scale, bias] = node.inputs as [string, string, string];
  const groups = intAttribute(node, 'num_groups', 0);
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const shape = write.op('Shape', [x]);
  const rows = write.op('Reshape', [x, write.constant(int64([0, groups, -1]))]);
  if (opset < 21) {
    write.op('Reshape', [write.op('InstanceNormalization', [rows, scale, bias], { epsilon }), shape], {}, true);
    return;
  }
  const channels = constant(scale)?.dims[0];
  if (channels === undefined) throw new Error(`${describe(node)}: scale must be a constant, got the computed value ${scale}`);
  const [ones, zeros] = [1, 0].map((value) => write.constant(float32([groups], new Float32Array(groups).fill(value))));
  const unit = write.op('InstanceNormalization', [rows, ones!, zeros!], { epsilon });
  const planes = write.op('Reshape', [unit, write.constant(int64([0, channels, -1]))]);
  const column = write.constant(int64([channels, 1]));
  const [gamma, beta] = [scale, bias].map((name) => write.op('Reshape', [name, column]));
  write.op('Reshape', [write.op('Add', [write.op('Mul', [planes, gamma!]), beta!]), shape], {}, true);
}
