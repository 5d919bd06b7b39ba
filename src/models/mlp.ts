import { fanInUniform, startNetwork } from './layers.js';
import type { Architecture } from './network.js';
import { integersOption } from '../tensor/options.js';

export interface MlpOptions {
  /** Units of each hidden layer; empty: logistic regression. */
  readonly hidden: readonly number[];
}

/**
 * Flatten → (Linear → ReLU)* → Linear, for tests and teaching. Parameters fc1.weight [out, in], fc1.bias [out], …, fc.weight, fc.bias.
 * Init as PyTorch's default. One module a layer: fc1, fc2, …, fc.
 */
export const mlp: Architecture<MlpOptions> = {
  name: 'mlp',
  options: { hidden: [64] },
  build({ hidden }, shape) {
    const net = startNetwork('mlp', shape);
    const { b, parameter } = net;
    let x = b.op.Flatten([net.images]);
    for (const [i, units] of integersOption('mlp: hidden', hidden, { least: 0 }).entries()) {
      x = net.module(b.op.Relu([linear(`fc${i + 1}`, units)], {}, `fc${i + 1}`));
    }
    return net.finish(linear('fc', shape.classes, 'logits'), 'fc');

    function linear(name: string, units: number, as?: string) {
      const inputs = x.dims[1]!;
      const weight = parameter(`${name}.weight`, [units, inputs], fanInUniform(inputs));
      return b.op.Gemm([x, weight, parameter(`${name}.bias`, [units], fanInUniform(inputs))], { transB: 1 }, as);
    }
  },
};
