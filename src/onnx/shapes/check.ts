import type { Tensor, Type } from '../../tensor/tensor.js';
import { integers } from '../../tensor/tensor.js';
import type { Node, Value } from '../graph.js';
import { describe } from '../graph.js';

export type Constant = (name: string) => Tensor | undefined;

export const show = (dims: readonly number[]): string => `[${dims.join(', ')}]`;

/** "Conv (node conv1): input channels must be 3, got 4". */
export function fail(node: Node, rule: string, got: string | number): never {
  throw new Error(`${describe(node)}: ${rule}, got ${got}`);
}

/** The value of a required input. */
export function required(node: Node, inputs: readonly (Value | null)[], index: number, what: string): Value {
  return inputs[index] ?? fail(node, `input ${index} (${what}) must be given`, 'nothing');
}

export function mustHaveRank(node: Node, value: Value, rank: number, what: string): void {
  if (value.dims.length !== rank) fail(node, `${what} must have ${rank} dimensions`, show(value.dims));
}

export function mustHaveDims(node: Node, value: Value, dims: readonly number[], what: string): void {
  if (value.dims.join() !== dims.join()) fail(node, `${what} must have shape ${show(dims)}`, show(value.dims));
}

export function mustBeType(node: Node, value: Value, types: readonly Type[], what: string): void {
  if (!types.includes(value.type)) fail(node, `${what} must be ${types.join(' or ')}`, value.type);
}

export const FLOATS: readonly Type[] = ['float32', 'float64', 'float16'];
export const INDICES: readonly Type[] = ['int64', 'int32'];

/** The one type of all given inputs. */
export function commonType(node: Node, inputs: readonly (Value | null)[]): Type {
  const types = new Set(inputs.flatMap((v) => (v ? [v.type] : [])));
  if (types.size !== 1) fail(node, 'inputs must have one type', [...types].join(' and ') || 'no inputs');
  return [...types][0]!;
}

/** An axis in [−rank, rank) as one in [0, rank). */
export function axisIn(node: Node, axis: number, rank: number, what = 'axis'): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) fail(node, `${what} must lie in [${-rank}, ${rank - 1}]`, axis);
  return axis < 0 ? axis + rank : axis;
}

/** Distinct axes in [0, rank). */
export function axesIn(node: Node, axes: readonly number[], rank: number): number[] {
  const found = axes.map((axis) => axisIn(node, axis, rank, 'axes'));
  if (new Set(found).size !== found.length) fail(node, 'axes must not repeat', show(axes));
  return found;
}

/** Integers of an input that must be constant; undefined when it is omitted. */
export function constantInts(
  node: Node,
  inputs: readonly (Value | null)[],
  index: number,
  constant: Constant,
  what: string,
): number[] | undefined {
  const value = inputs[index];
  if (!value) return undefined;
  mustBeType(node, value, INDICES, what);
  const found = constant(value.name);
  if (!found) fail(node, `${what} must be a constant`, `the computed value ${value.name}`);
  return integers(found);
}

/** As `constantInts`, but the input must be there. */
export function requiredInts(node: Node, inputs: readonly (Value | null)[], index: number, constant: Constant, what: string): number[] {
  required(node, inputs, index, what);
  return constantInts(node, inputs, index, constant, what)!;
}

/** NumPy's broadcasting of any number of shapes. */
export function broadcast(node: Node, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const dims of shapes) {
      const d = dims[axis - rank + dims.length] ?? 1;
      if (d === 1 || d === size) continue;
      if (size !== 1) fail(node, 'shapes must broadcast', shapes.map(show).join(' and '));
      size = d;
    }
    return size;
  });
}
