import type { Value } from '../onnx/graph.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption, oneOf } from '../tensor/options.js';
import type { NetworkStart } from './layers.js';
import { constant, fanInUniform, gaussian, startNetwork } from './layers.js';
import type { Architecture, NetworkShape } from './network.js';

type Size = 'tiny' | 'small' | 'base';

/** `size` gives a published form; the others may differ from it. Without a size: a form for small images. null: as the form says. */
export interface VitOptions {
  /** tiny: width 192, 3 heads; small: 384, 6; base: 768, 12; each 12 blocks deep, patches of 16 pixels. */
  readonly size: Size | null;
  /** Side of a patch in pixels; it must divide the image's sides. Small form: 4. */
  readonly patch: number | null;
  /** Numbers of a token. Small form: 64. */
  readonly width: number | null;
  /** Blocks. Small form: 4. */
  readonly depth: number | null;
  /** Attention heads; they must divide the width. Small form: 4. */
  readonly heads: number | null;
  /** Hidden units of a block's two-layer network, in widths. */
  readonly mlpRatio: number;
}

type Form = { readonly [K in 'patch' | 'width' | 'depth' | 'heads']: number };

const SIZES: Readonly<Record<Size, Form>> = {
  tiny: { patch: 16, width: 192, depth: 12, heads: 3 },
  small: { patch: 16, width: 384, depth: 12, heads: 6 },
  base: { patch: 16, width: 768, depth: 12, heads: 12 },
};
const SMALL: Form = { patch: 4, width: 64, depth: 4, heads: 4 };
const EPSILON = 1e-6;

/**
 * Vision transformer (Dosovitskiy et al., ICLR 2021, arXiv 2010.11929) as timm's `vit_{tiny,small,base}_patch16`: class token, learned
 * positions, pre-norm blocks, the head on the class token; names, shapes and initialization as there. Modules: patch_embed (cls_token,
 * pos_embed, patch_embed.proj.*), blocks.0 …, norm, head. Features that leave a block are tokens [batch, 1 + patches, width], the class
 * token first.
 */
export const vit: Architecture<VitOptions> = {
  name: 'vit',
  options: { size: null, patch: null, width: null, depth: null, heads: null, mlpRatio: 4 },
  build(options, shape) {
    const form = formOf(options, shape);
    const net = startNetwork('vit', shape);
    let x = embedding(net, form, shape);
    for (let i = 0; i < form.depth; i++) x = block(net, x, `blocks.${i}`, form.heads, form.width * options.mlpRatio);
    const positions = [{ name: 'pos_embed', prefix: 1, rows: shape.height / form.patch, columns: shape.width / form.patch }];
    return { ...net.finish(head(net, x, shape.classes), 'head'), positions };
  },
};

function formOf(options: VitOptions, { height, width }: NetworkShape): Form {
  const known = options.size === null ? SMALL : SIZES[oneOf('vit: size', options.size, ['tiny', 'small', 'base'])];
  const asked = (key: keyof Form) => integerOption(`vit: ${key}`, options[key] ?? known[key], 1);
  const form = { patch: asked('patch'), width: asked('width'), depth: asked('depth'), heads: asked('heads') };
  if (form.width % form.heads !== 0) throw new InputError(`vit: heads must divide the width ${form.width}, got ${form.heads}`);
  if (!Number.isInteger(form.width * options.mlpRatio) || options.mlpRatio <= 0)
    throw new InputError(`vit: mlpRatio must give whole hidden units for width ${form.width}, got ${String(options.mlpRatio)}`);
  if (height % form.patch !== 0 || width % form.patch !== 0)
    throw new InputError(`vit: patch must divide the image's sides ${height}x${width}, got ${form.patch}`);
  return form;
}

/** timm draws linear layers and positions from a normal law cut at ±2: a hundred of these standard deviations away. */
const narrow = gaussian(0.02);

/** tokens = [class token; proj(patches)] + positions. A convolution whose stride is its kernel is one product over all patches. */
function embedding(
  { b, images, parameter, module }: NetworkStart,
  { patch, width }: Form,
  { batch, channels, ...size }: NetworkShape,
): Value {
  const [rows, columns] = [size.height / patch, size.width / patch];
  const fanIn = channels * patch * patch;
  const classToken = parameter('cls_token', [1, 1, width], gaussian(1e-6));
  const positions = parameter('pos_embed', [1, 1 + rows * columns, width], narrow);
  const weight = parameter('patch_embed.proj.weight', [width, channels, patch, patch], fanInUniform(fanIn));
  const bias = parameter('patch_embed.proj.bias', [width], fanInUniform(fanIn));
  const cut = b.op.Reshape([images, b.ints([batch, channels, rows, patch, columns, patch])]);
  const patches = b.op.Reshape([b.op.Transpose([cut], { perm: [0, 2, 4, 1, 3, 5] }), b.ints([batch * rows * columns, fanIn])]);
  const filters = b.op.Reshape([weight, b.ints([width, fanIn])]);
  const embedded = b.op.Gemm([patches, filters, bias], { transB: 1 });
  const tokens = b.op.Reshape([embedded, b.ints([batch, rows * columns, width])]);
  const all = b.op.Concat([b.op.Expand([classToken, b.ints([batch, 1, width])]), tokens], { axis: 1 });
  return module(b.op.Add([all, positions], {}, 'patch_embed'));
}

/** y = x + attention(norm1(x)); y + fc2(gelu(fc1(norm2(y)))). */
function block(net: NetworkStart, x: Value, name: string, heads: number, hidden: number): Value {
  const { b, module } = net;
  const width = x.dims[2]!;
  const attended = b.op.Add([x, attention(net, normalized(net, x, `${name}.norm1`), `${name}.attn`, heads)]);
  const units = linear(net, normalized(net, attended, `${name}.norm2`), `${name}.mlp.fc1`, hidden);
  const result = linear(net, gelu(net, units), `${name}.mlp.fc2`, width);
  return module(b.op.Add([attended, result], {}, name), { stage: name });
}

/** softmax(q·kᵀ / √d)·v in each head of d = width / heads, then the projection. */
function attention(net: NetworkStart, x: Value, name: string, heads: number): Value {
  const { b } = net;
  const [batch, tokens, width] = x.dims as [number, number, number];
  const d = width / heads;
  const together = b.op.Reshape([linear(net, x, `${name}.qkv`, 3 * width), b.ints([batch, tokens, 3, heads, d])]);
  const parts = b.node('Split', [b.op.Transpose([together], { perm: [2, 0, 3, 1, 4] })], { axis: 0 }, { outputs: 3 });
  const [q, k, v] = parts.map((part) => b.op.Reshape([part, b.ints([batch, heads, tokens, d])])) as [Value, Value, Value];
  const scores = b.op.Mul([b.op.MatMul([q, b.op.Transpose([k], { perm: [0, 1, 3, 2] })]), b.scalar(1 / Math.sqrt(d))]);
  const mixed = b.op.Transpose([b.op.MatMul([b.op.Softmax([scores], { axis: -1 }), v])], { perm: [0, 2, 1, 3] });
  return linear(net, b.op.Reshape([mixed, b.ints([batch, tokens, width])]), `${name}.proj`, width);
}

/** x·Φ(x), Φ the normal distribution function: ½·x·(1 + erf(x/√2)). */
function gelu({ b }: NetworkStart, x: Value): Value {
  const error = b.op.Erf([b.op.Mul([x, b.scalar(Math.SQRT1_2)])]);
  return b.op.Mul([b.op.Mul([x, b.op.Add([error, b.scalar(1)])]), b.scalar(0.5)]);
}

function normalized({ b, parameter }: NetworkStart, x: Value, name: string, as?: string): Value {
  const [weight, bias] = [
    parameter(`${name}.weight`, [x.dims.at(-1)!], constant(1)),
    parameter(`${name}.bias`, [x.dims.at(-1)!], constant(0)),
  ];
  return b.op.LayerNormalization([x, weight, bias], { axis: -1, epsilon: EPSILON }, as);
}

/** x·Wᵀ + bias over the last axis. */
function linear({ b, parameter }: NetworkStart, x: Value, name: string, units: number): Value {
  const inputs = x.dims.at(-1)!;
  const [weight, bias] = [parameter(`${name}.weight`, [units, inputs], narrow), parameter(`${name}.bias`, [units], constant(0))];
  const y = b.op.Gemm([b.op.Reshape([x, b.ints([-1, inputs])]), weight, bias], { transB: 1 });
  return b.op.Reshape([y, b.ints([...x.dims.slice(0, -1), units])]);
}

/** The final norm is a module of its own: a fresh head leaves it as it was pre-trained. Only the class token is normalized. */
function head(net: NetworkStart, x: Value, classes: number): Value {
  const { b, parameter, module } = net;
  const [batch, , width] = x.dims as [number, number, number];
  const first = b.op.Slice([x, b.ints([0]), b.ints([1]), b.ints([1])]);
  const features = module(normalized(net, b.op.Reshape([first, b.ints([batch, width])]), 'norm', 'norm'));
  const weight = parameter('head.weight', [classes, width], narrow);
  return b.op.Gemm([features, weight, parameter('head.bias', [classes], constant(0))], { transB: 1 }, 'logits');
}
