import type { Graph } from '../onnx/graph.js';

/** Replaces virtual ops by what onnxruntime runs. */
export function lower(graph: Graph): Graph {
  return graph;
}
