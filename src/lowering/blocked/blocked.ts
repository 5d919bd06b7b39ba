import type { Graph } from '../../onnx/graph.js';
import { shareEqualNodes } from '../share.js';
import { assignBlockedLayout } from './assign.js';
import { fuseConvolutions } from './fuse.js';

/** The CPU lowering: onnxruntime's blocked convolutions in the layout of `layout.ts`. Virtual ops it cannot place are left for `standard`. */
export function lowerToBlocked(graph: Graph, block: number): Graph {
  return fuseConvolutions(shareEqualNodes(assignBlockedLayout(graph, block)));
}
