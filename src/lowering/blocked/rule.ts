import type { Node } from '../../onnx/graph.js';
import type { Layouts } from './layouts.js';

/** Node (its inputs' dims given) → true when it was emitted in the blocked layout, false to leave it to the standard one. */
export type BlockedRule = (l: Layouts, node: Node, dims: (name: string) => readonly number[]) => boolean;

/** Rules by op, with its domain unless that is the standard one. */
export type BlockedRules = Readonly<Record<string, BlockedRule>>;
