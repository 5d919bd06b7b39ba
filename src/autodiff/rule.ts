import type { GraphBuilder } from '../onnx/builder.js';
import type { Node, Value } from '../onnx/graph.js';
import { codeOf } from '../onnx/element-types.js';
import { float32, tensor } from '../tensor/tensor.js';

/**
 * A node's inputs or outputs, to be destructured. Required ones are there (shape inference has checked them);
 * an omitted optional one is undefined, whatever the type says: `present(inputs, i)` before use.
 */
export type Operands = readonly [Value, Value, Value, ...Value[]];

/** What a rule sees of the node that it differentiates. */
export interface RuleContext {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly inputs: Operands;
  readonly outputs: Operands;
  /** Gradient of the first output; its shape is the output's. */
  readonly grad: Value;
  /** Gradient of each output; null where nothing flows back. */
  readonly grads: readonly (Value | null)[];
}

/**
 * Vector-Jacobian product of an op: one entry an input, a function that builds that input's gradient or null where none flows.
 * Only the entries whose gradient is wanted are called. A gradient may have any shape that broadcasting connects with the
 * input's: the driver sums or expands it (`fitShape`).
 */
export type Rule = (context: RuleContext) => readonly ((() => Value) | null)[];

/** A family of rules by op; null: the op is flat (piecewise constant), no gradient flows through it. */
export type Rules = Readonly<Record<string, Rule | null>>;

export const present = (operands: Operands, index: number): boolean => (operands as readonly (Value | undefined)[])[index] !== undefined;

/** A scalar constant of the element type of `like`. */
export function scalarLike(b: GraphBuilder, like: Value, value: number): Value {
  if (like.type === 'float64') return b.constant(tensor('float64', [], Float64Array.of(value)));
  const single = b.constant(float32([], [value]));
  return like.type === 'float32' ? single : castLike(b, single, like);
}

/** `value` in the element type of `like`. */
export const castLike = (b: GraphBuilder, value: Value, like: Value): Value =>
  value.type === like.type ? value : b.op.Cast([value], { to: codeOf(like.type) });

/** Zeros in the shape of `like`. */
export const zerosLike = (b: GraphBuilder, like: Value): Value => b.op.Expand([scalarLike(b, like, 0), b.ints(like.dims)]);

/** What a function y = f(x) of one input knows. */
export interface Point {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly grad: Value;
  readonly x: Value;
  readonly y: Value;
}

/** A rule of a function of one input. */
export const unary =
  (derivative: (point: Point) => Value): Rule =>
  ({ b, node, grad, inputs: [x], outputs: [y] }) => [() => derivative({ b, node, grad, x, y })];

/**
 * 1 where x > 0, else 0, in the type of x. In float32 a HardSigmoid that saturates for every normal number: a third of the time of Greater
 * and Cast, and it stays in the blocked layout.
 */
export const isPositive = (b: GraphBuilder, x: Value): Value =>
  x.type === 'float32' ? b.op.HardSigmoid([x], { alpha: 1e38, beta: 0 }) : castLike(b, b.op.Greater([x, scalarLike(b, x, 0)]), x);
