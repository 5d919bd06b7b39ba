import type { Value } from '../../onnx/graph.js';
import { describe, floatAttribute, intAttribute, VIRTUAL } from '../../onnx/graph.js';
import type { Rule, Rules } from '../rule.js';

/** Through y alone, in x, scale and bias: statistics that were handed in are constants, those of the batch move with x. */
const batchNormalization: Rule = ({ b, node, grad, grads, inputs: [x, scale, , ...statistics] }) => {
  if (grads.some((each, i) => each && i > 0)) throw new Error(`gradient: ${describe(node)}: no gradient flows through running statistics`);
  const onBatch = intAttribute(node, 'training_mode', 0) === 1;
  const inputs = [grad, x, scale, ...(onBatch ? [] : statistics)];
  let made: readonly Value[] | undefined;
  const part = (i: number) => () => {
    made ??= b.node('BatchNormalizationGrad', inputs, { epsilon: floatAttribute(node, 'epsilon', 1e-5) }, { domain: VIRTUAL, outputs: 3 });
    return made[i]!;
  };
  return [part(0), part(1), part(2), null, null];
};

export const BATCH_NORMALIZATION: Rules = { BatchNormalization: batchNormalization };
