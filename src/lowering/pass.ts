import type { Graph } from '../onnx/graph.js';

/** One step of lowering: the same function, said differently. Inputs and outputs keep their names, types and shapes. */
export type Pass = (graph: Graph) => Graph;
