import { GraphBuilder } from '../onnx/builder.js';
import { codeOf } from '../onnx/element-types.js';
import type { Graph, Value } from '../onnx/graph.js';
import { float32 } from '../tensor/tensor.js';
import type { Loss } from './recipe.js';

export interface LossOptions {
  /** mean: over the batch (cross-entropy), over batch and classes (binary cross-entropy), as PyTorch; masked: over what is known; sum: over both. */
  readonly reduction?: 'mean' | 'sum';
  /** Targets below 0 are not known: they count in neither sum nor mean. Binary cross-entropy only. */
  readonly masked?: boolean;
}

/**
 * A network graph (output `logits` [batch, classes]) with the input `targets` [batch, classes] and the scalar output `loss` added.
 *
 * - cross-entropy: −Σ t·log softmax(z), for hard (one-hot), soft and mixed labels alike.
 * - binary-cross-entropy: −Σ t·log σ(z) + (1−t)·log(1−σ(z)), one independent label a class; where targets are masked, over those known
 *   (t ≥ 0), divided by their number.
 *
 * Throws when the graph has no such output, or a value named targets or loss already.
 */
export function withLoss(graph: Graph, loss: Loss, { reduction = 'mean', masked = false }: LossOptions = {}): Graph {
  const logits = graph.outputs.find(({ name }) => name === 'logits');
  if (logits?.dims.length !== 2) {
    throw new Error(
      `withLoss: the graph must have an output logits [batch, classes], got ${logits ? `[${logits.dims.join(', ')}]` : 'none'}`,
    );
  }
  if (masked && loss === 'cross-entropy') throw new Error('withLoss: masked targets need binary-cross-entropy, got cross-entropy');
  const b = GraphBuilder.from(graph);
  const targets = b.input('targets', logits.dims);
  const [batch, classes] = logits.dims as [number, number];
  // first over classes, then over the batch: two short sums
  const sum = (terms: Value) => b.op.ReduceSum([b.op.ReduceSum([terms, b.ints([1])], { keepdims: 0 })], { keepdims: 0 });
  if (masked) {
    const known = b.op.Cast([b.op.GreaterOrEqual([targets, b.scalar(0)])], { to: codeOf('float32') });
    const total = sum(b.op.Mul([known, TERMS[loss](b, logits, targets)]));
    // a batch of which nothing is known has loss 0
    const count = reduction === 'sum' ? b.scalar(1) : b.op.Max([sum(known), b.scalar(1)]);
    const value = b.op.Div([b.op.Neg([total]), count], {}, 'loss');
    return b.build([...graph.outputs, value]);
  }
  const count = reduction === 'sum' ? 1 : loss === 'cross-entropy' ? batch : batch * classes;
  const value = b.op.Mul([sum(TERMS[loss](b, logits, targets)), b.scalar(-1 / count)], {}, 'loss');
  return b.build([...graph.outputs, value]);
}

/** log-likelihood terms [batch, classes]; the loss is minus their sum. */
const TERMS: Readonly<Record<Loss, (b: GraphBuilder, logits: Value, targets: Value) => Value>> = {
  'cross-entropy': (b, logits, targets) => b.op.Mul([targets, b.op.LogSoftmax([logits], { axis: 1 })]),
  // log σ(z) and log(1 − σ(z)) are the log-softmax of (z, 0): stable for any z, and smooth where max(z, 0) + log(1 + e^−|z|) has
  // a kink at z = 0, exactly where a zero-initialized head starts
  'binary-cross-entropy': (b, logits, targets) => {
    const open = (x: Value) => b.op.Unsqueeze([x, b.ints([2])]);
    const z = open(logits);
    const zeros = b.op.Expand([b.scalar(0), b.ints(z.dims)]);
    const t = open(targets);
    const both = b.op.Concat([t, b.op.Sub([b.constant(float32([1], [1])), t])], { axis: 2 });
    const logs = b.op.LogSoftmax([b.op.Concat([z, zeros], { axis: 2 })], { axis: 2 });
    return b.op.ReduceSum([b.op.Mul([both, logs]), b.ints([2])], { keepdims: 0 });
  },
};
