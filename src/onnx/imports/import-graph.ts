import { InputError } from '../../tensor/input-error.js';
import { sizeOf } from '../../tensor/tensor.js';
import { unknownName } from '../../tensor/nearest.js';
import { GraphBuilder } from '../builder.js';
import type { Decoded } from '../decode.js';
import { prune } from '../edits/prune.js';
import { rename } from '../edits/rename.js';
import type { Graph, Node, Value } from '../graph.js';
import { describe } from '../graph.js';
import { declaredDims, declaredType, withDimensions } from '../read.js';
import { evaluating } from './evaluating.js';
import { refuseGiantValues } from './giant-values.js';
import { asGemms } from './as-gemms.js';
import { fuseLayerNorms } from './fuse-layer-norm.js';
import { withInputDims } from './input-dims.js';
import { refuseUnsupported } from './unsupported.js';

/** Images that a graph is wanted for. */
export interface ImageShape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Names that losses and gradients give to values of a network. */
const RESERVED = ['images', 'logits', 'targets', 'loss'];

/**
 * A file's graph as a network's: it evaluates, its one input is `images` [batch, C, H, W], its one output `logits` [batch, classes] (what goes
 * into a final softmax); weights are initializers. Throws an InputError that names file, node and reason.
 */
export function importGraph(model: Decoded, shape: ImageShape, output: string | null): Graph {
  const { file } = model;
  const input = inputOf(model, shape);
  refuseUnsupported(model);
  try {
    // the batch that the file fixes comes first: what it wrote into constants follows from there
    const own = withDimensions(model, dimensionsOf(input), { strict: true });
    const evaluates = evaluating(withOneOutput(own, file, output));
    const { batch } = shape;
    const fitted =
      input.dims[0] === batch ? evaluates : withInputDims(evaluates, new Map([[input.name, input.dims.with(0, batch)]]), input.dims[0]!);
    const needed = prune(fitted);
    refuseGiantValues(needed);
    return publicNames(asGemms(fuseLayerNorms(needed)), input);
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether a text is an image's size, channels x height x width: '3x224x224'. */
export const isImageSize = (text: string): boolean => /^[1-9]\d*x[1-9]\d*x[1-9]\d*$/.test(text);

/** Dimensions of the file's input for images 'CxHxW' and the file's own batch (1 when dynamic), as `readOnnx` takes them. */
export function imageDimensions(model: Decoded, images: string): Readonly<Record<string, number>> {
  const [channels, height, width] = images.split('x').map(Number) as [number, number, number];
  return dimensionsOf(inputOf(model, { batch: 1, channels, height, width }));
}

const dimensionsOf = ({ name, dims }: ImageInput): Readonly<Record<string, number>> =>
  Object.fromEntries(dims.map((size, i) => [`${name}[${i}]`, size]));

interface ImageInput {
  readonly name: string;
  /** Batch as the file fixes it (or as wanted), then the images' own in the file's order. */
  readonly dims: readonly number[];
  readonly channelsLast: boolean;
}

/** The file's one input of images. Channels come first, or last where only that fits (TensorFlow). */
function inputOf({ file, inputs }: Decoded, { batch, channels, height, width }: ImageShape): ImageInput {
  const [only, ...others] = inputs;
  if (!only || others.length > 0)
    throw new InputError(`${file}: a network must have one input, the images, got ${inputs.map(({ name }) => name).join(', ') || 'none'}`);
  const { name } = only;
  const declared = declaredDims(only, file);
  const type = declaredType(only, file);
  if (type !== 'float32') throw new InputError(`${file}: input ${name} must be float32, got ${type ?? 'another type'} (export in float32)`);
  if (declared.length !== 4)
    throw new InputError(`${file}: input ${name} must have 4 dimensions [batch, channels, height, width], got ${declared.length}`);
  const channelsLast = declared[1] !== channels && declared[3] === channels;
  const wanted = channelsLast ? [height, width, channels] : [channels, height, width];
  const fixed = declared.slice(1);
  if (fixed.some((size, i) => size !== undefined && size !== wanted[i]))
    throw new InputError(
      `${file}: images must be ${fixed.map((size) => size ?? 'any').join('x')} as the file fixes its input ${JSON.stringify(name)} (resize the data, or export with dynamic axes), got ${wanted.join('x')}`,
    );
  return { name, dims: [declared[0] ?? batch, ...wanted], channelsLast };
}

/** The output that a study names, or the first; a final softmax is left out. */
function withOneOutput(graph: Graph, file: string, wanted: string | null): Graph {
  const names = graph.outputs.map(({ name }) => name);
  if (wanted !== null && !names.includes(wanted)) throw new InputError(`${file}: ${unknownName('output', wanted, names)}`);
  const output = graph.outputs.find(({ name }) => name === (wanted ?? names[0]));
  if (!output) throw new InputError(`${file}: a network must have an output, got none`);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let { name } = output;
  for (let maker = makers.get(name); maker && FINAL.has(maker.op); maker = makers.get(name)) name = maker.inputs[0]!;
  return { ...graph, outputs: [{ ...output, name }] };
}

/** Losses take logits. */
const FINAL: ReadonlySet<string> = new Set(['Identity', 'LogSoftmax', 'Sigmoid', 'Softmax']);

function publicNames(graph: Graph, { name: input, channelsLast }: ImageInput): Graph {
  const output = graph.outputs[0]!.name;
  const made = graph.nodes.flatMap(({ outputs }) => outputs);
  // inner values step aside; a parameter keeps its name
  const aside = made.filter((name) => RESERVED.includes(name) && name !== output);
  const names = new Map(aside.map((name) => [name, unusedName(`${name}'`, made)]));
  if (input !== 'images' && !channelsLast) names.set(input, 'images');
  const b = GraphBuilder.from(rename(graph, names));
  const logits = flatLogits(b, b.value(output), graph.nodes);
  const flat = logits.name === 'logits' ? b.build([logits]) : rename(b.build([logits]), new Map([[logits.name, 'logits']]));
  return channelsLast ? channelsFirst(flat, input) : flat;
}

/** [batch, classes], from maps of one pixel where a convolution is the head. */
function flatLogits(b: GraphBuilder, value: Value, nodes: readonly Node[]): Value {
  const { dims, name, type } = value;
  const maker = nodes.find(({ outputs }) => outputs.includes(name));
  const what = maker ? describe(maker) : 'the network';
  if (type !== 'float32') throw new Error(`${what}: logits must be float32, got ${type}`);
  if (dims.length < 2 || sizeOf(dims.slice(2)) !== 1) throw new Error(`${what}: logits must be [batch, classes], got [${dims.join(', ')}]`);
  return dims.length === 2 ? value : b.op.Flatten([value]);
}

/** Images stay [batch, C, H, W] outside; inside, a Transpose that undoes the first one goes with it. */
function channelsFirst(graph: Graph, input: string): Graph {
  const b = new GraphBuilder(graph.name, graph.opsets);
  b.reserve(graph.nodes.flatMap(({ outputs }) => outputs));
  const [images] = graph.inputs.map(({ name, dims: [n, h, w, c] }) => b.input(name === input ? 'images' : name, [n!, c!, h!, w!]));
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  const last = b.op.Transpose([images!], { perm: [0, 2, 3, 1] });
  const to = new Map([[input, last.name]]);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => to.get(name) ?? name);
    const perm = node.attributes['perm'];
    const undone = node.op === 'Transpose' && inputs[0] === last.name && perm?.kind === 'ints' && perm.value.join() === '0,3,1,2';
    if (undone) to.set(node.outputs[0]!, 'images');
    else b.add({ ...node, inputs });
  }
  return prune(b.build([b.value('logits')]));
}

function unusedName(name: string, taken: readonly string[]): string {
  return taken.includes(name) ? unusedName(`${name}'`, taken) : name;
}
