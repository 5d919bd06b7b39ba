import { dependents } from '../onnx/edits/hoist.js';
import { readersOf } from '../onnx/edits/readers.js';
import type { Graph, Node } from '../onnx/graph.js';
import { moduleOfName, withoutLeaf } from '../onnx/imports/module-names.js';
import type { Parameter } from '../onnx/imports/parameters.js';
import { parametersBy } from '../onnx/imports/parameters.js';
import { scopeOf } from '../onnx/imports/weight-names.js';
import type { NetworkModule } from './network.js';
import type { Head } from './onnx-head.js';

/** Roles that make no module of their own: they go with the layer whose values they scale or shift. */
const isBeside = ({ role, node }: Parameter): boolean => role !== 'weight' && !node.op.endsWith('LayerNormalization');

/** Ops between the last block and the head that only reduce its features: the block ends before them. */
const POOLING: ReadonlySet<string> = new Set(
  'AveragePool Dropout Flatten GlobalAveragePool GlobalMaxPool ReduceMax ReduceMean Reshape Squeeze Transpose'.split(' '),
);

/**
 * Modules by names: `pattern`'s first group, or what it matches, is a module's name; `moduleOfName` tells those of other parameters. Scales, biases
 * and tokens without a weight of their own go with the layer before them.
 * Each node belongs to the module of its parameters, or of the latest value that it reads. The head, always the last linear layer alone, comes last.
 */
export function modulesOf(graph: Graph, parameters: readonly Parameter[], head: Head, pattern: RegExp | null): readonly NetworkModule[] {
  const groups = groupsOf(graph, parameters, head, pattern);
  const names = [...new Set([...groups.values()])];
  const last = names.indexOf(groups.get(head.parameters[0]!.name)!);
  names.push(...names.splice(last, 1));
  const owners = ownersOf(graph, groups, names, head);
  const outputs = leaving(graph, owners);
  const own = parametersBy(parameters, ({ name }) => groups.get(name)!);
  return names.map((name, at) => ({
    name,
    stage: stageOf(name),
    parameters: own.get(name)!.flatMap((each) => (isStatistic(each) ? [] : [each.name])),
    buffers: own.get(name)!.flatMap((each) => (isStatistic(each) ? [each.name] : [])),
    output: at === names.length - 1 ? 'logits' : outputs.get(name)!,
  }));
}

export const isStatistic = ({ role }: Parameter): boolean => role === 'mean' || role === 'variance';

/** 'layer1.0' → 'layer1'; lists without a numbered name ('features.3') are no stages. */
const stageOf = (name: string): string => (/^[^.]*\d[^.]*\.\d+$/.test(name) ? name.slice(0, name.lastIndexOf('.')) : name);

function groupsOf(graph: Graph, parameters: readonly Parameter[], head: Head, pattern: RegExp | null): ReadonlyMap<string, string> {
  const matched = (name: string) => {
    const match = pattern?.exec(name);
    return match ? (match[1] ?? match[0]) : undefined;
  };
  const groups = new Map(parameters.map(({ name }) => [name, matched(name) ?? moduleOfName(name)]));
  const heads = new Set(head.parameters.map(({ name }) => name));
  const lone = new Set(parameters.map(({ name }) => groups.get(name)!));
  for (const each of parameters) if (!isBeside(each) || matched(each.name) !== undefined) lone.delete(groups.get(each.name)!);
  // values of modules, as far as they are known
  const at = new Map<string, string>();
  const order = new Map<string, number>();
  const read = parametersBy(parameters, ({ node }) => node);
  for (const node of graph.nodes) {
    const before = latest(node, at, order);
    const own = read.get(node) ?? [];
    for (const { name } of own) if (before !== undefined && lone.has(groups.get(name)!)) groups.set(name, before);
    const group = own.map(({ name }) => groups.get(name)!)[0] ?? before;
    if (group === undefined) continue;
    if (!order.has(group)) order.set(group, order.size);
    for (const name of node.outputs) at.set(name, group);
  }
  const headName = moduleOfName(head.parameters[0]!.name);
  const taken = parameters.some(({ name }) => !heads.has(name) && groups.get(name) === headName);
  for (const name of heads) groups.set(name, taken ? withoutLeaf(head.parameters[0]!.name) : headName);
  return groups;
}

function latest({ inputs }: Node, at: ReadonlyMap<string, string>, order: ReadonlyMap<string, number>): string | undefined {
  const found = inputs.flatMap((name) => at.get(name) ?? []);
  return found.sort((a, b) => order.get(b)! - order.get(a)!)[0];
}

/** The module of every value that images reach. */
function ownersOf(graph: Graph, groups: ReadonlyMap<string, string>, names: readonly string[], head: Head): ReadonlyMap<string, string> {
  const varies = dependents(graph, ['images']);
  const order = new Map(names.map((name, i) => [name, i]));
  const known = new Set(names);
  const own = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const [name, group] of groups) own.set(name, group);
  for (const node of graph.nodes) {
    const weights = node.inputs.flatMap((name) => own.get(name) ?? []);
    const group = weights[0] ?? groupOfScope(scopeOf(node), known) ?? latest(node, owners, order);
    if (group === undefined) continue;
    for (const name of node.outputs) (varies.has(name) ? owners : own).set(name, group);
  }
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = readersOf(graph.nodes);
  for (
    let name = head.input;
    POOLING.has(makers.get(name)?.op ?? '') && readers.get(name)!.length === 1;
    name = makers.get(name)!.inputs[0]!
  ) {
    if (makers.get(name)!.inputs.some((each) => groups.has(each))) break;
    owners.set(name, names.at(-1)!);
  }
  return owners;
}

/** The module that a node without weights stands in by its own name, as PyTorch writes it: '/stage2/stage2.1/Slice' is in 'stage2.1'. */
function groupOfScope(scope: string, names: ReadonlySet<string>): string | undefined {
  let around = scope;
  while (!names.has(around)) {
    const end = around.lastIndexOf('.');
    if (end < 0) return undefined;
    around = around.slice(0, end);
  }
  return around;
}

/** Of each module the last value that another one reads, or its last one. */
function leaving(graph: Graph, owners: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const read = new Set<string>();
  for (const { inputs, outputs } of graph.nodes) {
    const reader = owners.get(outputs[0]!);
    for (const name of inputs) if (owners.get(name) !== reader) read.add(name);
  }
  const [last, left] = [new Map<string, string>(), new Map<string, string>()];
  for (const name of graph.nodes.flatMap(({ outputs }) => outputs)) {
    const module = owners.get(name);
    if (module === undefined) continue;
    last.set(module, name);
    if (read.has(name)) left.set(module, name);
  }
  return new Map([...last, ...left]);
}
