import { InputError } from '../tensor/input-error.js';
import type { Value } from '../onnx/graph.js';
import type { NetworkStart } from './layers.js';
import { constant, fanInUniform, gaussian, startNetwork } from './layers.js';
import type { Architecture } from './network.js';
import type { BlockPlace, Block, ResnetForm, ResnetFormOptions } from './resnet-form.js';
import { blocksOf, EXPANSION, formOf, SMALL_FORM } from './resnet-form.js';

export interface ResnetOptions extends ResnetFormOptions {
  /** Start the last BatchNorm of every block with weight 0, so that blocks begin as identities (torchvision's zero_init_residual). */
  readonly zeroInitResidual: boolean;
}

/**
 * ResNet with BatchNorm (He, Zhang, Ren, Sun, CVPR 2016, arXiv 1512.03385) with torchvision's names, shapes and fresh parameters; the stride of
 * a bottleneck is in its 3×3 convolution ("v1.5"). Buffers are the BatchNorms' running_mean and running_var; torchvision's num_batches_tracked
 * counts steps that nothing here depends on, and is left out. Modules: conv1 (stem: conv1.weight, bn1; leaves after max-pool), layer1.0 …
 * (one a block), fc.
 */
export const resnet: Architecture<ResnetOptions> = {
  name: 'resnet',
  options: { ...SMALL_FORM, zeroInitResidual: false },
  build(options, shape) {
    const form = formOf('resnet', options, shape);
    const zero: unknown = options.zeroInitResidual;
    if (typeof zero !== 'boolean') throw new InputError(`resnet: zeroInitResidual must be true or false, got ${String(zero)}`);
    const net = startNetwork('resnet', shape);
    let x = stem(net, form);
    for (const place of blocksOf(form)) x = residual(net, x, place, form.block, zero);
    return net.finish(head(net, x, shape.classes), 'fc');
  },
};

/** 7×7: relu(bn1(conv1(x))), then 3×3 max-pool, each with stride 2. 3×3: stride 1, no pooling. */
function stem(net: NetworkStart, { stem, widths }: ResnetForm): Value {
  const { b, images, module } = net;
  const large = stem === '7x7';
  const sum = batchNorm(net, conv(net, images, 'conv1', { filters: widths[0]!, k: large ? 7 : 3, stride: large ? 2 : 1 }), 'bn1');
  if (!large) return module(b.op.Relu([sum], {}, 'conv1'));
  return module(b.op.MaxPool([b.op.Relu([sum])], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, 'conv1'));
}

/** relu(bn_m(conv_m(… relu(bn1(conv1(x))) …)) + shortcut), m = 2 (basic) or 3 (bottleneck); shortcut: x, or downsample when shapes change. */
function residual(net: NetworkStart, x: Value, { stage, index, width, stride }: BlockPlace, block: Block, zero: boolean): Value {
  const { b, module } = net;
  const name = `${stage}.${index}`;
  const out = width * EXPANSION[block];
  const kernels = block === 'basic' ? [3, 3] : [1, 3, 1];
  const strided = kernels.indexOf(3);
  let y = x;
  for (const [i, k] of kernels.entries()) {
    const last = i === kernels.length - 1;
    y = conv(net, y, `${name}.conv${i + 1}`, { filters: last ? out : width, k, stride: i === strided ? stride : 1 });
    y = batchNorm(net, y, `${name}.bn${i + 1}`, zero && last ? 0 : 1);
    if (!last) y = b.op.Relu([y]);
  }
  const changes = stride !== 1 || x.dims[1] !== out;
  const shortcut = changes
    ? batchNorm(net, conv(net, x, `${name}.downsample.0`, { filters: out, k: 1, stride }), `${name}.downsample.1`)
    : x;
  return module(b.op.Relu([b.op.Add([y, shortcut])], {}, name), { stage });
}

function head({ b, parameter }: NetworkStart, x: Value, classes: number): Value {
  const features = x.dims[1]!;
  const weight = parameter('fc.weight', [classes, features], fanInUniform(features));
  const bias = parameter('fc.bias', [classes], fanInUniform(features));
  return b.op.Gemm([b.op.Flatten([b.op.GlobalAveragePool([x])]), weight, bias], { transB: 1 }, 'logits');
}

/** Without a bias, keeping the plane (÷ stride). Weights ~ N(0, 2 / (filters · k²)): kaiming_normal_ with fan_out, for ReLU. */
function conv(
  { b, parameter }: NetworkStart,
  x: Value,
  name: string,
  { filters, k, stride }: { filters: number; k: number; stride: number },
): Value {
  const weight = parameter(`${name}.weight`, [filters, x.dims[1]!, k, k], gaussian(Math.sqrt(2 / (filters * k * k))));
  const p = (k - 1) / 2;
  return b.op.Conv([x, weight], { kernel_shape: [k, k], strides: [stride, stride], pads: [p, p, p, p] });
}

/** PyTorch's BatchNorm2d: eps 1e-5, momentum 0.1 (the ONNX attribute is what stays, 0.9). */
function batchNorm({ b, parameter, buffer }: NetworkStart, x: Value, name: string, weight = 1): Value {
  const dims = [x.dims[1]!];
  const inputs = [
    parameter(`${name}.weight`, dims, constant(weight)),
    parameter(`${name}.bias`, dims, constant(0)),
    buffer(`${name}.running_mean`, dims, constant(0)),
    buffer(`${name}.running_var`, dims, constant(1)),
  ];
  return b.op.BatchNormalization([x, ...inputs], { epsilon: 1e-5, momentum: 0.9 });
}
