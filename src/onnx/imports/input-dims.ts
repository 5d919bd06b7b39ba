import { sizeOf } from '../../tensor/tensor.js';
import { GraphBuilder } from '../builder.js';
import type { Graph, Node, Value } from '../graph.js';
import { describe, intAttribute } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

type Dims = readonly number[];

/** An axis whose size becomes another. */
interface Change {
  readonly axis: number;
  readonly old: number;
  readonly now: number;
}

/**
 * The same graph with inputs of other sizes, each in one axis: another batch, or a head for other classes. Sizes that an exporter wrote into
 * constants (Reshape, Expand, Resize, tokens that are concatenated) follow where the batch stands as PyTorch's order of elements has it; `base`
 * is the size of that axis in the file. Throws, naming the node, where a size cannot follow.
 */
export function withInputDims(graph: Graph, sizes: ReadonlyMap<string, Dims>, base: number): Graph {
  const before = inferShapes(graph);
  const b = new GraphBuilder(graph.name, graph.opsets);
  b.reserve(before.keys());
  for (const { name, dims, type } of graph.inputs) b.input(name, sizes.get(name) ?? dims, type);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  /** Elements of a changed axis that vary slower than what changed: 1 but where a Reshape merged the batch into another axis. */
  const slow = new Map<string, number>();
  for (const node of graph.nodes) {
    const changes = node.inputs.map((name) => (name === '' ? undefined : changeOf(before.get(name)!.dims, b.value(name).dims)));
    const lead = changes.findIndex((change) => change !== undefined);
    if (lead < 0) {
      b.add(node);
      continue;
    }
    const place = { b, node, before, change: changes[lead]!, base, slow: slow.get(node.inputs[lead]!) ?? 1 };
    const fitted = fit(place, lead);
    const outputs = added(place, fitted.node);
    const moved = outputs.filter(({ name, dims }) => name !== '' && before.get(name)!.dims.join() !== dims.join());
    if (moved.length === 0) refuse(node, base, `its result stays ${shown(outputs[0]!.dims)}`);
    for (const { name } of moved) slow.set(name, fitted.slow);
  }
  return b.build(graph.outputs.map(({ name }) => b.value(name)));
}

function changeOf(old: Dims, now: Dims): Change | undefined {
  const axis = old.findIndex((size, i) => size !== now[i]);
  return axis < 0 ? undefined : { axis, old: old[axis]!, now: now[axis]! };
}

interface Place {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly before: ReadonlyMap<string, Value>;
  readonly change: Change;
  readonly base: number;
  readonly slow: number;
}

interface Fitted {
  readonly node: Node;
  readonly slow: number;
}

function fit(place: Place, lead: number): Fitted {
  const { node, slow } = place;
  if (lead === 0 && node.op === 'Reshape') return reshaped(place);
  if (lead === 0 && node.op === 'Expand') return { node: withSizes(place, 1, place.before.get(node.outputs[0]!)!.dims), slow };
  if (lead === 0 && node.op === 'Resize' && node.inputs[3])
    return { node: withSizes(place, 3, place.before.get(node.outputs[0]!)!.dims), slow };
  return { node: node.op === 'Concat' ? repeated(place) : node, slow };
}

/** Writes the changed size into a constant of sizes that are aligned with the last axes. */
function withSizes({ b, node, change: { axis, now }, before }: Place, input: number, sizes: Dims): Node {
  const at = axis + sizes.length - before.get(node.inputs[0]!)!.dims.length;
  return { ...node, inputs: node.inputs.with(input, b.ints(sizes.with(at, now)).name) };
}

/** Tokens and the like that stand once in the file for one image: once for each image. */
function repeated({ b, node, change: { axis, old, now }, before }: Place): Node {
  const inputs = node.inputs.map((name) => {
    const { dims } = b.value(name);
    if (intAttribute(node, 'axis', 0) === axis || before.get(name)!.dims.join() !== dims.join() || dims[axis] !== 1 || old !== 1)
      return name;
    return b.op.Expand([b.value(name), b.ints(dims.with(axis, now))]).name;
  });
  return { ...node, inputs };
}

/**
 * Row-major order keeps what stands before the changed part: P elements. It goes to the axis of the result before which P elements stand, one of
 * the file's own size first; merged with faster axes, but never into the last (features); or, as the fast part, into an axis that P ends in.
 */
function reshaped({ b, node, before, change: { axis, old, now }, base, slow }: Place): Fitted {
  const from = before.get(node.inputs[0]!)!.dims;
  const to = before.get(node.outputs[0]!)!.dims;
  const leading = sizeOf(from.slice(0, axis)) * slow;
  const prefix = (at: number) => sizeOf(to.slice(0, at));
  const places = to.map((size, at) => ({ at, size, prefix: prefix(at) }));
  const own = places.filter((each) => each.prefix === leading && each.size === base);
  const merged = places.find((each) => each.prefix === leading && each.size % base === 0 && (each.at < to.length - 1 || to.length === 1));
  const inner = places.find((each) => leading % each.prefix === 0 && each.size % ((leading / each.prefix) * base) === 0);
  const found = own.find(({ at }) => at === axis) ?? own[0] ?? merged ?? inner;
  if (!found) refuse(node, base, `its shape ${shown(to)} does not say where that size stands`);
  const shape = b.ints(to.with(found.at, (found.size * now) / old));
  return { node: { ...node, inputs: [node.inputs[0]!, shape.name] }, slow: leading / found.prefix };
}

const shown = (dims: Dims): string => `[${dims.join(', ')}]`;

function refuse(node: Node, base: number, got: string): never {
  throw new Error(`${describe(node)}: is written for size ${base} of its data (export with a dynamic batch), got another size, but ${got}`);
}

function added({ b, node, base }: Place, fitted: Node): readonly Value[] {
  try {
    return b.add(fitted);
  } catch (error) {
    return refuse(node, base, (error as Error).message);
  }
}
