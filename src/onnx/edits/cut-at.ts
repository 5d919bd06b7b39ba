import { unknownName } from '../../tensor/nearest.js';
import type { Graph } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';
import { prune } from './prune.js';

/**
 * Splits a graph at an inner value: `before` computes it, `after` takes it as its first input and computes the outputs. Each half keeps
 * the inputs and initializers that it uses. What reaches the outputs around the value is computed again in `after`: where a cut is
 * meant to save the first half, `after` must not have the data among its inputs. Throws when no node makes a value of that name.
 */
export function cutAt(graph: Graph, name: string): { readonly before: Graph; readonly after: Graph } {
  const made = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  if (!made.includes(name)) throw new Error(`cutAt: ${unknownName('value', name, made)}`);
  if (graph.outputs.some((value) => value.name === name)) throw new Error(`cutAt: value must not be an output, got ${name}`);
  const values = inferShapes(graph);
  const value = values.get(name)!;
  const before = prune({ ...graph, name: `${graph.name}.before`, outputs: [value] });
  // a node with several outputs stays for its others; onnxruntime crashes when Split's are omitted, so the cut one gets a name nobody uses
  const spare = unusedName(`${name}.cut`, values);
  const nodes = graph.nodes.map((node) => ({ ...node, outputs: node.outputs.map((output) => (output === name ? spare : output)) }));
  const after = prune({ ...graph, name: `${graph.name}.after`, inputs: [value, ...graph.inputs], nodes });
  return { before: withUsedInputs(before), after: withUsedInputs(after) };
}

function withUsedInputs(graph: Graph): Graph {
  const used = new Set([...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)]);
  return { ...graph, inputs: graph.inputs.filter(({ name }) => used.has(name)) };
}

function unusedName(name: string, taken: ReadonlyMap<string, unknown>): string {
  return taken.has(name) ? unusedName(`${name}'`, taken) : name;
}
