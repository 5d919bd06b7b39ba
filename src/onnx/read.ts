import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { checkRegularFile, checkRegularFileSync } from '../tensor/regular-file.js';
import type { Decoded } from './decode.js';
import { decode } from './decode.js';
import { fold } from './edits/fold.js';
import { typeOf } from './element-types.js';
import { externalData } from './external-data.js';
import type { Graph, Value } from './graph.js';
import { OPSET } from './graph.js';
import { checkOpset, toOpset17 } from './imports/to-opset-17.js';
import { refuseExternal } from './initializers.js';
import type { TensorShapeProto_Dimension, ValueInfoProto } from './proto/onnx_pb.js';
import { inferShapes } from './shapes/infer.js';

export interface ReadOptions {
  /** Sizes of dynamic dimensions by their name in the file ('batch'), or by place where they have none ('images[0]'). */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Name for messages when bytes are given; default 'onnx file'. */
  readonly name?: string;
}

/**
 * Reads an onnx file (or its bytes) as a graph of static shapes and operator set 17. Raw weights are views where alignment allows;
 * external data is read by offset from the file's folder; Constant nodes become initializers, and what follows from shapes is computed.
 * Throws an InputError that names file, place, rule and value.
 */
export async function readOnnx(source: string | Uint8Array, { dimensions = {}, name = 'onnx file' }: ReadOptions = {}): Promise<Graph> {
  if (typeof source !== 'string') return withDimensions(decode(source, name, refuseExternal), dimensions);
  await checkRegularFile(source);
  const bytes = await readFile(source).catch(unreadable(source));
  return withDimensions(decodeBeside(bytes, source), dimensions);
}

/** An onnx file whose dimensions are fixed later (`withDimensions`), once for each shape that is wanted. Throws as `readOnnx`. */
export function openOnnx(path: string): Decoded {
  checkRegularFileSync(path);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return unreadable(path)(error as NodeJS.ErrnoException);
  }
  return decodeBeside(bytes, path);
}

const unreadable =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw new InputError(`${path}: must be a readable file under 2 GiB, got ${error.code ?? error.message}`);
  };

function decodeBeside(bytes: Uint8Array, path: string): Decoded {
  const external = externalData(dirname(path));
  try {
    return decode(bytes, path, external.read);
  } finally {
    external.close();
  }
}

/**
 * The graph of a file with its dynamic dimensions fixed; see `ReadOptions`. With `strict` an op without shape rule is refused instead of the
 * file's own word being taken for the shapes of outputs. Throws an InputError that names file, place, rule and value.
 */
export function withDimensions(
  model: Decoded,
  dimensions: Readonly<Record<string, number>>,
  { strict = false, option = (name) => `dimensions: { '${name}': 64 }` }: FixingOptions = {},
): Graph {
  const { file, name, nodes, constants, opsets } = model;
  const inputs = model.inputs.map((value) => valueOf(value, { file, dimensions, option }));
  const graph = { name, inputs, outputs: [], nodes, initializers: constants, opsets };
  try {
    checkOpset(opsets[''] ?? OPSET);
    return withOutputs(fold(graph, toOpset17), model, { dimensions, strict, option });
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

export interface FixingOptions {
  readonly strict?: boolean;
  /** How a message tells where to fix a dimension: `dimensions: { 'batch': 64 }`. */
  option?(name: string): string;
}

interface Fixing extends Required<FixingOptions> {
  readonly dimensions: Readonly<Record<string, number>>;
}

/** Shapes of outputs follow from the nodes; the file's own word counts only for ops that have no shape rule. */
function withOutputs(graph: Graph, { file, outputs: declared }: Decoded, { dimensions, strict, option }: Fixing): Graph {
  let values: ReadonlyMap<string, Value>;
  try {
    values = inferShapes(graph);
  } catch (error) {
    if (strict || !/: no shape rule for this op/.test((error as Error).message)) throw error;
    values = new Map();
  }
  const outputs = declared.map((value) => {
    const made = values.get(value.name);
    if (values.size > 0 && !made) throw new InputError(`${file}: output ${value.name} must be made by a node, got none`);
    return made ?? valueOf(value, { file, dimensions, option }, 'output');
  });
  return { ...graph, outputs };
}

/** The dimensions that a file gives an input; undefined where they are dynamic. Throws InputError when it is no tensor. */
export function declaredDims(info: ValueInfoProto, file: string): readonly (number | undefined)[] {
  const { shape } = tensorType(info, file, 'input');
  return shape.dim.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined));
}

/** What sizes may be given for: the names of the inputs' dynamic dimensions ('batch'), and every dimension by its place ('images[0]'). */
export function dimensionNames({ inputs, file }: Decoded): { readonly dynamic: readonly string[]; readonly places: readonly string[] } {
  const dims = inputs.flatMap((info) =>
    tensorType(info, file, 'input').shape.dim.map(({ value }, axis) => ({ value, place: `${info.name}[${axis}]` })),
  );
  const open = dims.filter(({ value }) => !(value.case === 'dimValue' && value.value >= 0n));
  return { dynamic: [...new Set(open.map(({ value, place }) => labelOf(value, place)))], places: dims.map(({ place }) => place) };
}

/** A dimension's name in the file, or its place where it has none. */
const labelOf = (value: TensorShapeProto_Dimension['value'], place: string): string =>
  value.case === 'dimParam' && value.value !== '' ? value.value : place;

/** The element type that a file gives an input; undefined for one that JavaScript has no array for. */
export const declaredType = (value: ValueInfoProto, file: string) => typeOf(tensorType(value, file, 'input').elemType);

function tensorType({ name, type }: Pick<ValueInfoProto, 'name' | 'type'>, file: string, kind: string) {
  if (type?.value.case !== 'tensorType')
    throw new InputError(`${file}: ${kind} ${name} must be a tensor, got ${type?.value.case ?? 'no type'}`);
  const { elemType, shape } = type.value.value;
  if (!shape) throw new InputError(`${file}: ${kind} ${name} must have a shape, got none`);
  return { elemType, shape };
}

type Naming = Pick<Fixing, 'dimensions' | 'option'> & { readonly file: string };

function valueOf(info: ValueInfoProto, { file, dimensions, option }: Naming, kind = 'input'): Value {
  const { name } = info;
  const { elemType, shape } = tensorType(info, file, kind);
  const element = typeOf(elemType);
  if (!element)
    throw new InputError(`${file}: ${kind} ${name}: element type must be a number that JavaScript has an array for, got code ${elemType}`);
  const dims = shape.dim.map(({ value }, axis) => {
    const place = `${name}[${axis}]`;
    const label = labelOf(value, place);
    const size = dimensions[place] ?? (value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : dimensions[label]);
    if (size === undefined || !Number.isInteger(size) || size < 0) {
      throw new InputError(
        `${file}: ${kind} ${name}: dimension ${axis} (${label}) must be fixed, as in ${option(label)}, got ${size ?? 'nothing'}`,
      );
    }
    return size;
  });
  return { name, type: element, dims };
}
