import type { Attributes } from '../../src/onnx/builder.js';
import { float32 } from '../../src/tensor/tensor.js';
import { conv, plain, pool } from './case-forms.js';
import type { Case } from './check-gradient.js';

const transposed = (x: readonly number[], w: readonly number[], attributes: Attributes = {}, bias?: number): Case =>
  plain('ConvTranspose', bias === undefined ? [x, w] : [x, w, [bias]], attributes);

/** By factors, or to sizes of all axes. */
const resize = (from: readonly number[], to: { scales?: readonly number[]; sizes?: readonly number[] }, attributes: Attributes): Case => ({
  what: `Resize ${JSON.stringify([from, to, attributes])}`,
  inputs: [from],
  build: (b, [x]) => {
    const scales = to.scales ? b.constant(float32([to.scales.length], to.scales)) : null;
    return b.op.Resize([x, null, scales, ...(to.sizes ? [b.ints(to.sizes)] : [])], attributes);
  },
});
/** Uses of convolutions, pools and what else works on images. */
export const IMAGE_CASES: Readonly<Record<string, readonly Case[]>> = {
  AveragePool: [
    pool('AveragePool', [2, 3, 6, 6], { kernel_shape: [2, 2], strides: [2, 2] }),
    pool('AveragePool', [1, 2, 7, 5], { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 0, 1] }),
    pool('AveragePool', [1, 2, 7, 5], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1], count_include_pad: 1 }),
    pool('AveragePool', [1, 2, 5, 5], { kernel_shape: [1, 1], strides: [2, 2] }),
    pool('AveragePool', [1, 1, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    pool('AveragePool', [1, 1, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1, count_include_pad: 1 }),
    pool('AveragePool', [1, 1, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
    pool('AveragePool', [1, 1, 7, 7], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    pool('AveragePool', [2, 1, 9], { kernel_shape: [3], strides: [3] }),
  ],
  Conv: [
    conv([2, 3, 6, 5], [4, 3, 3, 3], { pads: [1, 1, 1, 1] }, true),
    conv([2, 3, 7, 6], [4, 3, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }),
    conv([2, 4, 6, 6], [4, 2, 3, 3], { group: 2, pads: [1, 0, 2, 1] }, true),
    conv([1, 4, 6, 6], [8, 1, 3, 3], { group: 4, pads: [1, 1, 1, 1], strides: [2, 1] }),
    conv([2, 2, 9, 9], [3, 2, 3, 2], { dilations: [2, 3], pads: [2, 1, 1, 2] }),
    conv([2, 3, 8, 8], [2, 3, 1, 1], { strides: [2, 2] }, true),
    conv([1, 2, 7, 7], [2, 2, 3, 3], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
    conv([1, 2, 5, 5], [2, 2, 1, 1], { pads: [1, 1, 1, 1] }),
    conv([2, 2, 9], [3, 2, 4], { strides: [2], pads: [1, 2] }, true),
    conv([1, 2, 4, 3, 5], [2, 2, 2, 3, 2], { pads: [0, 1, 1, 1, 1, 0] }),
  ],
  GlobalAveragePool: [plain('GlobalAveragePool', [[2, 3, 4, 5]]), plain('GlobalAveragePool', [[2, 3, 4]])],
  GlobalMaxPool: [plain('GlobalMaxPool', [[2, 3, 4, 5]], {}, 'distinct')],
  MaxPool: [
    pool('MaxPool', [2, 3, 6, 6], { kernel_shape: [2, 2], strides: [2, 2] }),
    pool('MaxPool', [1, 2, 7, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    pool('MaxPool', [1, 2, 5, 5], { kernel_shape: [3, 2], strides: [1, 1], pads: [0, 1, 2, 0] }),
    pool('MaxPool', [1, 1, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    pool('MaxPool', [1, 1, 7, 7], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    pool('MaxPool', [2, 2, 8], { kernel_shape: [3], strides: [2] }),
  ],
  ConvTranspose: [
    transposed([2, 3, 4, 5], [3, 2, 3, 3], {}, 2),
    transposed([1, 4, 3, 4], [4, 2, 3, 2], { strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 2] }, 2),
    transposed([2, 4, 3, 3], [4, 3, 2, 2], { strides: [2, 2], group: 2 }, 6),
    transposed([1, 2, 4, 4], [2, 2, 3, 3], { dilations: [2, 1], pads: [1, 1, 1, 1] }),
    transposed([1, 4, 4, 4], [4, 1, 4, 4], { strides: [2, 2], pads: [1, 1, 1, 1], group: 4 }),
    transposed([2, 2, 6], [2, 3, 4], { strides: [3], pads: [1, 0] }, 3),
  ],
  Resize: [
    resize(
      [1, 2, 3, 4],
      { scales: [1, 1, 2, 2] },
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    ),
    resize([1, 1, 4, 5], { sizes: [1, 1, 7, 3] }, { mode: 'nearest' }),
    resize([1, 1, 3, 5], { scales: [1, 1, 1.7, 0.6] }, { mode: 'nearest', nearest_mode: 'ceil' }),
    resize([1, 1, 4, 4], { sizes: [1, 1, 6, 6] }, { mode: 'nearest', nearest_mode: 'round_prefer_ceil' }),
    resize([2, 2, 3, 4], { sizes: [2, 2, 6, 9] }, { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }),
    resize([1, 2, 5, 4], { scales: [1, 1, 2, 1.5] }, { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }),
    resize([1, 2, 3, 4], { sizes: [1, 2, 7, 8] }, { mode: 'linear', coordinate_transformation_mode: 'align_corners' }),
    resize([1, 1, 6, 6], { scales: [1, 1, 0.5, 0.5] }, { mode: 'linear', coordinate_transformation_mode: 'asymmetric' }),
  ],
};
