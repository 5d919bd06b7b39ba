import type { Lowering } from './standard.js';

/**
 * dy where y > 0, else 0. HardSigmoid(y) = min(1, max(0, 1e38·y)) is exactly 1 for every normal y > 0 (the smallest is 1.2e-38) and
 * exactly 0 for y = 0: a third of the time of Greater and Where, or of Sign.
 */
export const reluGrad: Lowering = (b, _node, [dy, y]) => b.op.Mul([dy!, b.op.HardSigmoid([y!], { alpha: 1e38, beta: 0 })]);
