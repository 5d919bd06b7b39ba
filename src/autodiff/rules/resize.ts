import type { Value } from '../../onnx/graph.js';
import { resized, resizeWeights } from '../../onnx/shapes/resize.js';
import { reshape } from '../../onnx/reshape.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { Rule, Rules } from '../rule.js';
import { castLike } from '../rule.js';

/** A resize is one linear map an axis: the gradient is the product with each map's transpose. */
const resize: Rule = ({ b, node, grad, inputs }) => [
  () => {
    const given = node.inputs.map((_, i) => (inputs[i] as Value | undefined) ?? null);
    const { dims, scales } = resized(node, given, (name) => b.constantOf(name));
    const { dims: from } = inputs[0];
    let dx = grad;
    for (const [axis, size] of from.entries()) {
      if (size === dims[axis] && scales[axis] === 1) continue;
      const weights = resizeWeights(node, size, dims[axis]!, scales[axis]!).flat();
      const inner = sizeOf(dx.dims.slice(axis + 1));
      const rows = reshape(b, dx, [sizeOf(dx.dims.slice(0, axis)), dims[axis]!, inner]);
      const map = castLike(b, b.constant(float32([dims[axis]!, size], weights)), grad);
      const product = b.op.MatMul([b.op.Transpose([map], { perm: [1, 0] }), rows]);
      dx = reshape(b, product, dx.dims.with(axis, size));
    }
    return dx;
  },
];

export const RESIZING: Rules = { Resize: resize };
