import { InputError } from '../tensor/input-error.js';
import type { Value } from '../onnx/graph.js';
import type { NetworkStart } from './layers.js';
import { constant, fanInUniform, gaussian, startNetwork } from './layers.js';
import type { Architecture, NetworkShape } from './network.js';
import { oneOf, integersOption } from '../tensor/options.js';

type Block = 'basic' | 'bottleneck';
type Stem = '3x3' | '7x7';

/** `depth` gives the paper's form; `widths` and `stem` may differ from it. Without a depth: the small form. null: as the form says. */
export interface FixupResnetOptions {
  /** 18, 34, 50, 101, 152: widths 64…512, 7×7 stride-2 stem with max-pool, basic blocks up to 34, bottlenecks from 50. */
  readonly depth: number | null;
  /** Channels of each stage (of a bottleneck's 3×3 convolution; four times as many leave it). Small form: [16, 32, 64]. */
  readonly widths: readonly number[] | null;
  /** Residual blocks of each stage. Small form: one each. */
  readonly blocks: readonly number[] | null;
  /** Small form: 'basic'. */
  readonly block: Block | null;
  /** '3x3': stride 1, no pooling, for small images. Small form: '3x3'. */
  readonly stem: Stem | null;
  /** Start with a head of zeros, as Fixup's authors do; the paper (and the default) does not. */
  readonly zeroFcInit: boolean;
}

interface Form {
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly block: Block;
  readonly stem: Stem;
}

const DEPTHS: Readonly<Record<string, Pick<Form, 'blocks' | 'block'>>> = {
  18: { blocks: [2, 2, 2, 2], block: 'basic' },
  34: { blocks: [3, 4, 6, 3], block: 'basic' },
  50: { blocks: [3, 4, 6, 3], block: 'bottleneck' },
  101: { blocks: [3, 4, 23, 3], block: 'bottleneck' },
  152: { blocks: [3, 8, 36, 3], block: 'bottleneck' },
};
const SMALL: Form = { widths: [16, 32, 64], blocks: [1, 1, 1], block: 'basic', stem: '3x3' };
const EXPANSION = { basic: 1, bottleneck: 4 } as const;

/**
 * ResNet without BatchNorm (Zhang, Dauphin, Ma, "Fixup initialization", ICLR 2019, arXiv 1901.09321), with the names and shapes of its
 * authors' PyTorch code, which the paper's authors used. All biases and scales are scalars of shape [1], except fc.bias.
 * Modules: conv1 (stem: conv1.weight, bias1; leaves after max-pool), layer1.0 … (one a block), fc (bias2, fc.weight, fc.bias).
 */
export const fixupResnet: Architecture<FixupResnetOptions> = {
  name: 'fixup-resnet',
  options: { depth: null, widths: null, blocks: null, block: null, stem: null, zeroFcInit: false },
  build(options, shape) {
    const form = formOf(options);
    checkImage(form, shape);
    const net = startNetwork('fixup-resnet', shape);
    const depth = form.blocks.reduce((sum, n) => sum + n, 0);
    let x = stem(net, form, shape.channels);
    for (const [stage, width] of form.widths.entries()) {
      for (let i = 0; i < form.blocks[stage]!; i++) {
        x = residual(net, x, {
          stage: `layer${stage + 1}`,
          index: i,
          width,
          stride: stage > 0 && i === 0 ? 2 : 1,
          block: form.block,
          depth,
        });
      }
    }
    return net.finish(head(net, x, shape.classes, options.zeroFcInit), 'fc');
  },
};

function formOf({ depth, widths, blocks, block, stem, zeroFcInit }: FixupResnetOptions): Form {
  if (typeof zeroFcInit !== 'boolean') throw new InputError(`fixup-resnet: zeroFcInit must be true or false, got ${String(zeroFcInit)}`);
  const known = depth === null ? SMALL : DEPTHS[depth];
  if (!known) throw new InputError(`fixup-resnet: depth must be one of ${Object.keys(DEPTHS).join(', ')}, got ${String(depth)}`);
  if (depth !== null && (blocks !== null || block !== null)) {
    throw new InputError(`fixup-resnet: depth ${depth} already says blocks and block; leave out depth or these`);
  }
  const paper: Pick<Form, 'widths' | 'stem'> = { widths: [64, 128, 256, 512], stem: '7x7' };
  const form = { ...paper, ...known };
  const asked = {
    widths: integersOption('fixup-resnet: widths', widths ?? form.widths),
    blocks: integersOption('fixup-resnet: blocks', blocks ?? (depth === null && widths ? widths.map(() => 1) : form.blocks)),
    block: oneOf('fixup-resnet: block', block ?? form.block, ['basic', 'bottleneck']),
    stem: oneOf('fixup-resnet: stem', stem ?? form.stem, ['3x3', '7x7']),
  };
  if (asked.widths.length !== asked.blocks.length) {
    const [w, n] = [asked.widths.join(', '), asked.blocks.join(', ')];
    throw new InputError(`fixup-resnet: widths and blocks must have one number a stage, got [${w}] and [${n}]`);
  }
  return asked;
}

/** Below this side the last stages would stride over single pixels. */
function checkImage({ widths, stem }: Form, { height, width }: NetworkShape): void {
  const least = (stem === '7x7' ? 4 : 1) * 2 ** (widths.length - 1);
  if (Math.min(height, width) >= least) return;
  throw new InputError(
    `fixup-resnet: a ${stem} stem and ${widths.length} stages halve the image to nothing below ${least}x${least} pixels, got ${height}x${width}`,
  );
}

/** 7×7: relu(conv1(x) + bias1), then 3×3 max-pool, each with stride 2. 3×3: stride 1, no pooling. */
function stem({ b, images, parameter, module }: NetworkStart, { stem, widths }: Form, channels: number): Value {
  const large = stem === '7x7';
  const k = large ? 7 : 3;
  const weight = parameter('conv1.weight', [widths[0]!, channels, k, k], fanInUniform(channels * k * k));
  const bias1 = parameter('bias1', [1], constant(0));
  const sum = conv(b, images, weight, { stride: large ? 2 : 1, bias: bias1 });
  if (!large) return module(b.op.Relu([sum], {}, 'conv1'));
  return module(b.op.MaxPool([b.op.Relu([sum])], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, 'conv1'));
}

interface BlockPlace {
  readonly stage: string;
  readonly index: number;
  readonly width: number;
  readonly stride: number;
  readonly block: Block;
  /** L: residual blocks of the whole network. */
  readonly depth: number;
}

/**
 * relu(scale · conv_m(… relu(conv1(x + bias1a) + bias1b) + bias2a …) + bias_m b + shortcut), m = 2 (basic) or 3 (bottleneck);
 * shortcut: x, or the strided 1×1 downsample(x + bias1a) when shapes change. Convolutions but the last ~ N(0, 2/(c_out·k²) · L^(−2/(2m−2))),
 * the last one 0, downsample without L.
 */
function residual({ b, parameter, module }: NetworkStart, x: Value, { stage, index, width, stride, block, depth }: BlockPlace): Value {
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
