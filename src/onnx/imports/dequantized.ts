import type { Tensor } from '../../tensor/tensor.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { Node } from '../graph.js';
import { intAttribute } from '../graph.js';

/** How many times its size a file's weights may grow: each is dequantized once in real files, by any number of nodes in hostile ones. */
const GROWTH = 4;

export interface Dequantized {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** How many weights were integers. */
  readonly count: number;
}

/**
 * Weights that a file holds as integers, as what they stand for: (integer − zero point) · scale, one of both a tensor or one a slice along `axis`.
 * Each DequantizeLinear of a constant becomes a float32 constant; 'conv.weight_quantized', as onnxruntime's quantizer calls it, is 'conv.weight'
 * again. Activations that are rounded to integers stay so, and so do nodes beyond what a file of its size may grow to.
 */
export function dequantized(nodes: readonly Node[], constants: ReadonlyMap<string, Tensor>): Dequantized {
  const floats = new Map<string, Tensor>();
  const names = new Map<string, string>();
  const made = new Map<string, string>();
  const taken = new Set([...constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
  let room = GROWTH * [...constants.values()].reduce((sum, { data }) => sum + data.length, 0);
  const kept = nodes.filter((node) => {
    const [x, scale, zero] = node.inputs.map((name) => constants.get(name));
    const constant = node.op === 'DequantizeLinear' && node.domain === '' && x && scale?.type === 'float32';
    if (!constant || (node.inputs[2] && !zero)) return true;
    const values = x.data.length <= room ? valuesOf(x, scale, zero, intAttribute(node, 'axis', 1)) : undefined;
    if (!values) return true;
    room -= values.data.length;
    const key = node.inputs.join('\n');
    const name = made.get(key) ?? nameOf(node, taken);
    made.set(key, name);
    taken.add(name);
    floats.set(name, values);
    names.set(node.outputs[0]!, name);
    return false;
  });
  if (floats.size === 0) return { nodes, constants, count: 0 };
  const renamed = kept.map((node) => ({ ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) }));
  const [before, after] = [nodes, renamed].map((all) => new Set(all.flatMap(({ inputs }) => inputs)));
  const left = [...constants].filter(([name]) => after!.has(name) || !before!.has(name));
  return { nodes: renamed, constants: new Map([...left, ...floats]), count: floats.size };
}

function nameOf({ inputs, outputs }: Node, taken: ReadonlySet<string>): string {
  const own = inputs[0]!.replace(/_quantized$/, '');
  return taken.has(own) ? outputs[0]! : own;
}

/** Undefined for forms that onnxruntime may know (blocks along an axis): the node stays. */
function valuesOf(x: Tensor, scale: Tensor, zero: Tensor | undefined, axis: number): Tensor | undefined {
  const slices = scale.data.length;
  const at = axis < 0 ? axis + x.dims.length : axis;
  if (slices !== 1 && (scale.dims.length !== 1 || x.dims[at] !== slices)) return undefined;
  if (zero && zero.data.length !== slices) return undefined;
  const inner = slices === 1 ? x.data.length : sizeOf(x.dims.slice(at + 1));
  const values = Float32Array.from({ length: x.data.length }, (_, i) => {
    const slice = Math.floor(i / inner) % slices;
    return (Number(x.data[i]!) - Number(zero?.data[slice] ?? 0)) * Number(scale.data[slice]!);
  });
  return float32(x.dims, values);
}
