/**
 * Carryover as a library: the same things that the command line does, from TypeScript.
 *
 * Graphs are plain data (`GraphBuilder`, `readOnnx`), `gradient` turns one into another, `compile` runs them.
 *
 * @packageDocumentation
 */

// tensors and parameters
export * from './tensor/tensor.js';
export * from './tensor/params.js';
export * from './tensor/random.js';
export { InputError } from './tensor/input-error.js';

// graphs
export type { Attribute, Graph, Node, Value } from './onnx/graph.js';
export { GraphBuilder } from './onnx/builder.js';
export type { Attributes } from './onnx/builder.js';
export { gradient } from './autodiff/gradient.js';
export type { GradientOptions } from './autodiff/gradient.js';
export { lower } from './lowering/lower.js';
export { compile } from './runtime/compile.js';
export type { CompileOptions, Session } from './runtime/session.js';

// networks and training
export { buildNetwork } from './models/networks.js';
export type { Network, NetworkModule, NetworkShape, NetworkSpec } from './models/network.js';
export { withLoss } from './train/losses.js';
export type { Loss, LossOptions } from './train/losses.js';
export { sgd } from './train/sgd.js';
export type { Gradients, Sgd, SgdOptions } from './train/sgd.js';
export { rateAt } from './train/schedule.js';
export { DEFAULT_RECIPE } from './train/recipe.js';
export type { EpochRow, EpochTiming, Recipe, Schedule } from './train/recipe.js';
