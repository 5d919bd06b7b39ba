import type { Graph, Node } from '../graph.js';
import { CONTRIB } from '../graph.js';
import { readersOf } from './readers.js';

/**
 * Writes GELU in its decomposed form, ½·x·(1 + erf(x/√2)) in the order of PyTorch's exporter or in any other, as onnxruntime's own op `Gelu`:
 * one pass over memory instead of five. Values inside that anyone else reads stay as they are.
 */
export function fuseGelu(graph: Graph): Graph {
  const errors = graph.nodes.filter(({ op, domain }) => op === 'Erf' && domain === '');
  if (errors.length === 0) return graph;
  const scope = scopeOf(graph);
  const fused = new Map<Node, Node>();
  const gone = new Set<Node>();
  for (const erf of errors) {
    const found = match(erf, scope);
    if (!found) continue;
    fused.set(found.last, { ...found.last, op: 'Gelu', domain: CONTRIB, inputs: [found.x], attributes: {} });
    for (const node of found.inner) gone.add(node);
  }
  if (fused.size === 0) return graph;
  const nodes = graph.nodes.filter((node) => !gone.has(node)).map((node) => fused.get(node) ?? node);
  return { ...graph, nodes, opsets: { ...graph.opsets, [CONTRIB]: 1 } };
}

interface Scope {
  makerOf(name: string): Node | undefined;
  /** The one node that reads a value that nobody else sees. */
  onlyReader(name: string): Node | undefined;
  /** The number behind a constant of one float. */
  numberOf(name: string): number | undefined;
}

function scopeOf(graph: Graph): Scope {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = readersOf(graph.nodes);
  return {
    makerOf: (name) => makers.get(name),
    onlyReader: (name) => (outputs.has(name) || readers.get(name)?.length !== 1 ? undefined : readers.get(name)![0]),
    numberOf(name) {
      const constant = graph.initializers.get(name);
      return constant?.type === 'float32' && constant.data.length === 1 ? Number(constant.data[0]) : undefined;
    },
  };
}

interface Match {
  readonly x: string;
  /** The node that makes GELU's value. */
  readonly last: Node;
  readonly inner: readonly Node[];
}

/** From erf backwards to x, then forwards through 1 + erf, and the products with x and ½ in any order. */
function match(erf: Node, scope: Scope): Match | undefined {
  const scaled = scope.makerOf(erf.inputs[0]!);
  const x = scaled && scope.onlyReader(scaled.outputs[0]!) === erf ? scaledBy(scaled, Math.SQRT1_2, scope) : undefined;
  const plus = scope.onlyReader(erf.outputs[0]!);
  if (!scaled || x === undefined || !plus || plus.op !== 'Add' || numberBeside(plus, erf.outputs[0]!, scope) !== 1) return undefined;
  const first = scope.onlyReader(plus.outputs[0]!);
  if (first?.op !== 'Mul') return undefined;
  const inner = [scaled, erf, plus];
  const other = beside(first, plus.outputs[0]!);
  const halved = scope.makerOf(other);
  // (½·x)·(1 + erf)
  if (halved && scope.onlyReader(other) === first && scaledBy(halved, 0.5, scope) === x)
    return { x, last: first, inner: [...inner, halved] };
  const last = scope.onlyReader(first.outputs[0]!);
  if (last?.op !== 'Mul') return undefined;
  // (x·(1 + erf))·½ and (½·(1 + erf))·x
  const rest = beside(last, first.outputs[0]!);
  const isGelu = other === x ? scope.numberOf(rest) === 0.5 : scope.numberOf(other) === 0.5 && rest === x;
  return isGelu ? { x, last, inner: [...inner, first] } : undefined;
}

/** x, where the node makes x·factor or x / (1 / factor), to float32's accuracy. */
function scaledBy(node: Node, factor: number, scope: Scope): string | undefined {
  const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 1e-6 * b;
  const [a, b] = node.inputs as [string, string];
  if (node.op === 'Div') return near(scope.numberOf(b), 1 / factor) ? a : undefined;
  if (node.op !== 'Mul') return undefined;
  return near(scope.numberOf(b), factor) ? a : near(scope.numberOf(a), factor) ? b : undefined;
}

const beside = ({ inputs }: Node, name: string): string => (inputs[0] === name ? inputs[1]! : inputs[0]!);
const numberBeside = (node: Node, name: string, scope: Scope): number | undefined => scope.numberOf(beside(node, name));
