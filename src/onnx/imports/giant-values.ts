import { bytesPerElement, shapeText, sizeOf } from '../../tensor/tensor.js';
import type { Graph } from '../graph.js';
import { describe } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

/** Bytes of one value, 8 GiB: no batch of images makes a value of that size in a network that a machine trains. */
const MOST_BYTES = 2 ** 33;

/** Throws an error that names the first node whose result would need more memory than that. */
export function refuseGiantValues(graph: Graph): void {
  const values = inferShapes(graph);
  for (const node of graph.nodes) {
    for (const name of node.outputs) {
      if (name === '') continue;
      const { type, dims } = values.get(name)!;
      const bytes = sizeOf(dims) * bytesPerElement(type);
      if (bytes > MOST_BYTES)
        throw new Error(`${describe(node)}: a value must have at most ${gib(MOST_BYTES)} (take smaller batches or images), got ${gib(bytes)} of ${type} ${shapeText(dims)}`); // prettier-ignore
    }
  }
}

const gib = (bytes: number): string => `${Math.round(bytes / 2 ** 30).toLocaleString('en-US')} GiB`;
