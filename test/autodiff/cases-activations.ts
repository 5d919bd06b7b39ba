import { CONTRIB } from '../../src/onnx/graph.js';
import { tensor } from '../../src/tensor/tensor.js';
import { plain, unary } from './case-forms.js';
import type { Case } from './check-gradient.js';

const flag = (on: boolean) => tensor('bool', [], Uint8Array.of(Number(on)));

/** Uses of the activations. */
export const ACTIVATION_CASES: Readonly<Record<string, readonly Case[]>> = {
  'com.microsoft:Gelu': [{ what: 'Gelu', inputs: [[5, 7]], build: (b, [x]) => b.node('Gelu', [x], {}, { domain: CONTRIB }) }],
  Dropout: [
    { what: 'Dropout in evaluation', inputs: [[3, 4]], build: (b, [x]) => b.op.Dropout([x, b.scalar(0.3)]) },
    {
      what: 'Dropout, training mode off',
      inputs: [[3, 4]],
      build: (b, [x]) => b.op.Dropout([x, b.scalar(0.3), b.constant(flag(false))]),
    },
  ],
  Elu: [...unary('Elu', 'distinct'), ...unary('Elu', 'distinct', { alpha: 0.4 })],
  HardSigmoid: unary('HardSigmoid', 'distinct', { alpha: 0.25, beta: 0.5 }),
  HardSwish: [plain('HardSwish', [[6, 11]], {}, 'distinct')],
  LeakyRelu: [...unary('LeakyRelu', 'distinct'), ...unary('LeakyRelu', 'distinct', { alpha: 0.3 })],
  PRelu: [
    plain('PRelu', [[2, 3, 4], [3, 1]], {}, 'distinct'),
    plain('PRelu', [[2, 3], []], {}, 'distinct'),
    plain('PRelu', [[3, 5], [3, 5]], {}, 'distinct'),
  ],
  Relu: unary('Relu', 'distinct'),
  Sigmoid: [
    ...unary('Sigmoid'),
    { what: 'Swish, x·sigmoid(x)', inputs: [[4, 6]], build: (b, [x]) => b.op.Mul([x, b.op.Sigmoid([x])]) },
  ],
  Softplus: unary('Softplus'),
  Tanh: unary('Tanh'),
}; // prettier-ignore
