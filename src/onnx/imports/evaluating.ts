import type { Graph, Node } from '../graph.js';
import { describe } from '../graph.js';
import { attributesWithout } from './form-writer.js';

/**
 * The form that evaluates, whatever mode a file was exported in: BatchNormalizations use their running statistics, Dropouts let everything
 * through, Identities are gone. Throws where a node reads what only the training form makes (a mask, a batch's statistics).
 */
export function evaluating(graph: Graph): Graph {
  const same = new Map<string, string>();
  const gone = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => same.get(name) ?? name);
    const training = inputs.find((name) => gone.has(name));
    if (training !== undefined) {
      const maker = describe(gone.get(training)!);
      throw new Error(`${describe(node)}: must not read what only training makes, got ${training} of ${maker} (export in evaluation mode)`);
    }
    if (node.domain === '' && node.op === 'Identity') {
      same.set(node.outputs[0]!, inputs[0]!);
    } else if (node.domain === '' && node.op === 'BatchNormalization') {
      const attributes = attributesWithout(node, ['training_mode']);
      nodes.push({ ...node, inputs, outputs: node.outputs.slice(0, 1), attributes });
      drop(node);
    } else if (node.domain === '' && node.op === 'Dropout') {
      nodes.push({ ...node, inputs: inputs.slice(0, 2), outputs: node.outputs.slice(0, 1), attributes: {} });
      drop(node);
    } else nodes.push({ ...node, inputs });
  }
  const outputs = graph.outputs.map((value) => ({ ...value, name: same.get(value.name) ?? value.name }));
  return { ...graph, nodes, outputs };

  function drop(node: Node): void {
    for (const name of node.outputs.slice(1)) if (name !== '') gone.set(name, node);
  }
}
