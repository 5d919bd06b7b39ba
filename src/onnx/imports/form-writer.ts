import type { Tensor } from '../../tensor/tensor.js';
import { float32, int64, integers } from '../../tensor/tensor.js';
import type { Attributes } from '../builder.js';
import { tagAttributes } from '../builder.js';
import type { Node, Value } from '../graph.js';
import { describe } from '../graph.js';

/** What stands for a node of a foreign form: nodes of opset 17 and the constants that they read. */
export interface Expansion {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** What is known where a node stands. */
export interface Place {
  /** The file's operator set. */
  readonly opset: number;
  constant(name: string): Tensor | undefined;
  /** Type and shape, where they follow from what stands before. */
  value(name: string): Value | undefined;
}

/** Writes a node of a foreign form anew. */
export type Form = (write: FormWriter, node: Node, place: Place) => void;

/** Collects nodes and constants; inner values are named after the node's output. */
export class FormWriter implements Expansion {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  /** An inner value. */
  op(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = `${this.#node.outputs[0]!}/${op}_${this.nodes.length}`;
    this.nodes.push({ op, domain: '', name, inputs, outputs: [name], attributes: tagAttributes(attributes) });
    return name;
  }

  /** The node's own result, under its names. */
  last(op: string, inputs: readonly string[], attributes: Attributes = {}): void {
    this.nodes.push({ ...this.#node, op, inputs, outputs: this.#node.outputs.slice(0, 1), attributes: tagAttributes(attributes) });
  }

  /** The node with other inputs and without some attributes. */
  same(
    inputs: readonly string[],
    { without = [], outputs = this.#node.outputs }: { without?: readonly string[]; outputs?: readonly string[] } = {},
  ): void {
    this.nodes.push({ ...this.#node, inputs, outputs, attributes: attributesWithout(this.#node, without) });
  }

  constant(value: Tensor): string {
    const name = `${this.#node.outputs[0]!}/constant_${this.constants.size}`;
    this.constants.set(name, value);
    return name;
  }

  number(value: number): string {
    return this.constant(float32([], [value]));
  }

  ints(values: readonly number[]): string {
    return this.constant(int64(values));
  }
}

/** Shape of an input. Throws where it does not follow from what stands before. */
export function dimsOf(node: Node, i: number, { value }: Place): readonly number[] {
  const found = value(node.inputs[i]!);
  if (!found) throw new Error(`${describe(node)}: the shape of ${node.inputs[i]!} must be known, got none`);
  return found.dims;
}

/** Integers of a constant input; undefined when it is omitted. */
export function intsOf(node: Node, i: number, what: string, { constant }: Place): readonly number[] | undefined {
  const name = node.inputs[i] ?? '';
  if (name === '') return undefined;
  const found = constant(name);
  if (!found) throw new Error(`${describe(node)}: ${what} must be a constant, got the computed value ${name}`);
  return integers(found);
}

export const attributesWithout = ({ attributes }: Node, names: readonly string[]): Node['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
