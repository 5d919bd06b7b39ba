import type { Tensor } from '../../tensor/tensor.js';
import type { Node } from '../graph.js';
import { roleAt } from './roles.js';

/** Names that an exporter numbered: '193', 'onnx::Conv_193', 'val_12', '/conv1/Constant_output_0'. */
const NUMBERED = /^(\w+::\w+_)?\d+$|^val_\d+$|(^|\/)Constant(_\d+)?(_output_0)?$/;

/** 1 as the bits of a float16. */
const HALF_ONE = 0x3c00;

export const isNumbered = (name: string): boolean => NUMBERED.test(name);

/**
 * Whether a tensor only fills a place that a normalization must have: scales of 1 or biases of 0 under no parameter's name, as input `i`. PyTorch's
 * exporter writes GroupNorm as an InstanceNormalization of such, with the layer's own scale and bias after it, and normalizations without
 * affine weights. Fresh scales and biases of a layer are ones and zeros, too, but have its name.
 */
export function isStandIn(node: Pick<Node, 'op' | 'domain'>, i: number, name: string, { type, data }: Tensor): boolean {
  const role = roleAt(node, i);
  if (!node.op.endsWith('Normalization') || (role !== 'scale' && role !== 'bias') || !isNumbered(name)) return false;
  const one = type === 'float16' ? HALF_ONE : 1;
  const filler = role === 'scale' ? one : 0;
  for (const value of data) if (value !== filler) return false;
  return true;
}
