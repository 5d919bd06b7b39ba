import type { GraphBuilder } from './builder.js';
import type { Value } from './graph.js';

/** The value with other dims of the same size; itself when they are its own. */
export const reshape = (b: GraphBuilder, value: Value, dims: readonly number[]): Value =>
  value.dims.join() === dims.join() ? value : b.op.Reshape([value, b.ints(dims)]);
