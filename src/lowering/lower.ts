import { fuseGelu } from '../onnx/edits/fuse-gelu.js';
import { prune } from '../onnx/edits/prune.js';
import type { Graph } from '../onnx/graph.js';
import { assignBlockedLayout } from './blocked/assign.js';
import { fuseConvolutions } from './blocked/fuse.js';
import { foldBatchNorms } from './fold-batch-norms.js';
import { removeIdentities } from './identities.js';
import type { Pass } from './pass.js';
import { flattenBesideScalars } from './scalar-operands.js';
import { shareConstants, shareEqualNodes } from './share.js';
import { standard } from './standard/standard.js';

/**
 * standard: plain ONNX ops, for every execution provider. blocked: onnxruntime's own CPU convolutions, `block` channels each; values whose
 * samples and channels do not fill blocks are padded when that makes convolutions at most `mostPadding` times the work.
 */
export type LowerOptions =
  { readonly kind: 'standard' } | { readonly kind: 'blocked'; readonly block: number; readonly mostPadding?: number };

/** Train steps of small Fixup networks at 32 px are as fast blocked as standard between 1.7 and 2.1 (a third more channels: 1.15–1.25× as fast). */
const MOST_PADDING = 1.8;

/** Passes rename values and free old names; a node is named after what it makes, so that names stay unique, as onnxruntime wants them. */
const nameNodes: Pass = (graph) => ({
  ...graph,
  nodes: graph.nodes.map((node) => ({ ...node, name: node.outputs.find((name) => name !== '')! })),
});

const share: readonly Pass[] = [removeIdentities, shareConstants, shareEqualNodes];

function passesOf(options: LowerOptions): readonly Pass[] {
  switch (options.kind) {
    case 'standard':
      return [prune, removeIdentities, foldBatchNorms, fuseGelu, standard, flattenBesideScalars, ...share, prune];
    case 'blocked':
      // fusing looks for values with one reader: first everything that is read twice must be one value, and dead readers gone
      return [
        prune,
        removeIdentities,
        foldBatchNorms,
        fuseGelu,
        (graph) => assignBlockedLayout(graph, { mostPadding: MOST_PADDING, ...options }),
        ...share,
        prune,
        fuseConvolutions,
        standard,
        flattenBesideScalars,
        ...share,
        prune,
      ];
  }
}

/** Turns a graph with virtual ops into one that onnxruntime runs: same inputs, same outputs, same numbers. */
export const lower = (graph: Graph, options: LowerOptions = { kind: 'standard' }): Graph =>
  [...passesOf(options), nameNodes].reduce((lowered, pass) => pass(lowered), graph);
