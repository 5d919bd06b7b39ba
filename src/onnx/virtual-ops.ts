/**
 * Gradient ops that have no single ONNX op. `autodiff` emits them (domain VIRTUAL) with the attributes of the forward op,
 * `lowering` replaces them; no file and no session ever sees one. Attributes hold what the inputs do not tell.
 *
 * | op | inputs | output | attributes |
 * |---|---|---|---|
 * | ConvInputGrad | dy [N,K,Ho,Wo], w [K,C/g,kh,kw] | dx [N,C,H,W] | Conv's, all explicit (pads, strides, dilations, group), `shape` = dims of x |
 * | ConvWeightGrad | x [N,C,H,W], dy [N,K,Ho,Wo] | dw [K,C/g,kh,kw] | Conv's, all explicit, `shape` = dims of w |
 * | MaxPoolGrad | x, y, dy | dx (dims of x) | MaxPool's, all explicit |
 * | AveragePoolGrad | dy | dx | AveragePool's, all explicit, `shape` = dims of x |
 * | ReluGrad | dy, y | dy where y > 0, else 0 | – |
 * | BatchNormalizationGrad | dy, x, scale [C]; frozen: mean [C], variance [C] too | dx, dscale, dbias | epsilon |
 */
export const VIRTUAL_OPS = [
  'ConvInputGrad',
  'ConvWeightGrad',
  'MaxPoolGrad',
  'AveragePoolGrad',
  'ReluGrad',
  'BatchNormalizationGrad',
] as const;

export type VirtualOp = (typeof VIRTUAL_OPS)[number];
