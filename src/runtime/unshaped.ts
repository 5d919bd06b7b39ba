import { prune } from '../onnx/edits/prune.js';
import type { Graph, Value } from '../onnx/graph.js';
import { inferShapes } from '../onnx/shapes/infer.js';

export interface Unshaped {
  readonly graph: Graph;
  /** Where an output's numbers are found now, by the output's name: the same numbers, perhaps with other dims. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * A graph without the Reshapes that make its outputs: onnxruntime copies for them (all gradients, in a training step), while dims can
 * as well be put on the result.
 */
export function unshaped(graph: Graph): Unshaped {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const sourceOf = (name: string): string => {
    const node = makers.get(name);
    const [source] = node?.inputs ?? [];
    return node?.op === 'Reshape' && node.domain === '' && source !== undefined && makers.has(source) ? sourceOf(source) : name;
  };
  const sources = new Map(graph.outputs.map(({ name }) => [name, sourceOf(name)]));
  const values = inferShapes(graph);
  const outputs: Value[] = [...new Set(sources.values())].map((name) => ({ ...values.get(name)!, name }));
  return { graph: prune({ ...graph, outputs }), sources };
}
