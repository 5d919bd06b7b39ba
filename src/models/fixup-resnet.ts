import { InputError } from '../tensor/input-error.js';
import type { Value } from '../onnx/graph.js';
import type { NetworkStart } from './layers.js';
import { constant, fanInUniform, gaussian, startNetwork } from './layers.js';
import type { Architecture } from './network.js';
import type { Block, BlockPlace, ResnetForm, ResnetFormOptions } from './resnet-form.js';
import { blocksOf, EXPANSION, formOf, SMALL_FORM } from './resnet-form.js';

export interface FixupResnetOptions extends ResnetFormOptions {
  /** Start with a head of zeros, as Fixup's authors do; the paper (and the default) does not. */
  readonly zeroFcInit: boolean;
}

/**
 * ResNet without BatchNorm (Zhang, Dauphin, Ma, "Fixup initialization", ICLR 2019, arXiv 1901.09321), with the names and shapes of its
 * authors' PyTorch code, which the paper's authors used. All biases and scales are scalars of shape [1], except fc.bias.
 * Modules: conv1 (stem: conv1.weight, bias1; leaves after max-pool), layer1.0 … (one a block), fc (bias2, fc.weight, fc.bias).
 */
export const fixupResnet: Architecture<FixupResnetOptions> = {
  name: 'fixup-resnet',
  options: { ...SMALL_FORM, zeroFcInit: false },
  build(options, shape) {
    const zero: unknown = options.zeroFcInit;
    if (typeof zero !== 'boolean') throw new InputError(`fixup-resnet: zeroFcInit must be true or false, got ${String(zero)}`);
    const form = formOf('fixup-resnet', options, shape);
    const net = startNetwork('fixup-resnet', shape);
    const places = blocksOf(form);
    let x = stem(net, form, shape.channels);
    for (const place of places) x = residual(net, x, { ...place, block: form.block, depth: places.length });
    return net.finish(head(net, x, shape.classes, zero), 'fc');
  },
};

/** 7×7: relu(conv1(x) + bias1), then 3×3 max-pool, each with stride 2. 3×3: stride 1, no pooling. */
function stem({ b, images, parameter, module }: NetworkStart, { stem, widths }: ResnetForm, channels: number): Value {
  const large = stem === '7x7';
  const k = large ? 7 : 3;
  const weight = parameter('conv1.weight', [widths[0]!, channels, k, k], fanInUniform(channels * k * k));
  const bias1 = parameter('bias1', [1], constant(0));
  const sum = conv(b, images, weight, { stride: large ? 2 : 1, bias: bias1 });
  if (!large) return module(b.op.Relu([sum], {}, 'conv1'));
  return module(b.op.MaxPool([b.op.Relu([sum])], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, 'conv1'));
}

interface FixupPlace extends BlockPlace {
  readonly block: Block;
  /** L: residual blocks of the whole network. */
  readonly depth: number;
}

/**
 * relu(scale · conv_m(… relu(conv1(x + bias1a) + bias1b) + bias2a …) + bias_m b + shortcut), m = 2 (basic) or 3 (bottleneck);
 * shortcut: x, or the strided 1×1 downsample(x + bias1a) when shapes change. Convolutions but the last ~ N(0, 2/(c_out·k²) · L^(−2/(2m−2))),
 * the last one 0, downsample without L.
 */
function residual({ b, parameter, module }: NetworkStart, x: Value, { stage, index, width, stride, block, depth }: FixupPlace): Value {
  const name = `${stage}.${index}`;
  const [channelsIn, channelsOut] = [x.dims[1]!, width * EXPANSION[block]];
  const scalar = (label: string, value = 0) => parameter(`${name}.${label}`, [1], constant(value));
  const he = (out: number, k: number) => Math.sqrt(2 / (out * k * k));

  const kernels = block === 'basic' ? [3, 3] : [1, 3, 1];
  const last = kernels.length;
  const strided = block === 'basic' ? 1 : 2;
  const shrink = depth ** (-1 / (2 * last - 2));
  const shifted = b.op.Add([x, scalar('bias1a')]);
  let y = shifted;
  for (const [i, k] of kernels.entries()) {
    const m = i + 1;
    const [from, to] = [i === 0 ? channelsIn : width, m === last ? channelsOut : width];
    if (i > 0) y = b.op.Add([y, scalar(`bias${m}a`)]);
    const initializer = m === last ? constant(0) : gaussian(he(to, k) * shrink);
    const weight = parameter(`${name}.conv${m}.weight`, [to, from, k, k], initializer);
    const scale = m === last ? { scale: scalar('scale', 1) } : {};
    y = conv(b, y, weight, { stride: m === strided ? stride : 1, ...scale, bias: scalar(`bias${m}b`) });
    if (m < last) y = b.op.Relu([y]);
  }

  const changes = stride !== 1 || channelsIn !== channelsOut;
  const initializer = gaussian(he(channelsOut, 1));
  const shortcut = changes
    ? conv(b, shifted, parameter(`${name}.downsample.weight`, [channelsOut, channelsIn, 1, 1], initializer), { stride })
    : x;
  return module(b.op.Relu([b.op.Add([y, shortcut])], {}, name), { stage });
}

/** fc(mean over the plane + bias2). */
function head({ b, parameter }: NetworkStart, x: Value, classes: number, zero: boolean): Value {
  const features = x.dims[1]!;
  const pooled = b.op.Flatten([b.op.GlobalAveragePool([x])]);
  const shifted = b.op.Add([pooled, parameter('bias2', [1], constant(0))]);
  const initializer = zero ? constant(0) : fanInUniform(features);
  const weight = parameter('fc.weight', [classes, features], initializer);
  return b.op.Gemm([shifted, weight, parameter('fc.bias', [classes], initializer)], { transB: 1 }, 'logits');
}

/**
 * scale · (x ⋆ weight) + bias, keeping the plane (÷ stride). The scalars go into the weights and into the convolution's own bias:
 * the same function, without passes over the images.
 */
function conv(
  b: NetworkStart['b'],
  x: Value,
  weight: Value,
  { stride, scale, bias }: { stride: number; scale?: Value; bias?: Value },
): Value {
  const [filters, , k] = weight.dims as [number, number, number];
  const p = (k - 1) / 2;
  const scaled = scale ? b.op.Mul([weight, scale]) : weight;
  const inputs = bias ? [x, scaled, b.op.Expand([bias, b.ints([filters])])] : [x, scaled];
  return b.op.Conv(inputs, { kernel_shape: [k, k], strides: [stride, stride], pads: [p, p, p, p] });
}
