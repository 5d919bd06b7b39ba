import type { Graph } from '../onnx/graph.js';
import { removeDeadCode } from './dead-code.js';
import { removeIdentities } from './identities.js';
import type { Pass } from './pass.js';
import { shareConstants, shareEqualNodes } from './share.js';
import { standard } from './standard/standard.js';

export interface LowerOptions {
  /** standard: plain ONNX ops, for every execution provider. */
  readonly kind?: 'standard';
}

const PASSES: Readonly<Record<NonNullable<LowerOptions['kind']>, readonly Pass[]>> = {
  standard: [standard, removeIdentities, shareConstants, shareEqualNodes, removeDeadCode],
};

/** Turns a graph with virtual ops into one that onnxruntime runs: same inputs, same outputs, same numbers. */
export const lower = (graph: Graph, { kind = 'standard' }: LowerOptions = {}): Graph =>
  PASSES[kind].reduce((lowered, pass) => pass(lowered), graph);
