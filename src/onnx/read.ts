import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Tensor } from '../tensor/tensor.js';
import { float32, int64 } from '../tensor/tensor.js';
import { fold } from './edits/fold.js';
import { typeOf } from './element-types.js';
import { externalData } from './external-data.js';
import type { Attribute, Graph, Node, Value } from './graph.js';
import { decodeInitializers, refuseExternal } from './initializers.js';
import type { External } from './proto/decode-tensor.js';
import { decodeTensor } from './proto/decode-tensor.js';
import type { AttributeProto, GraphProto, NodeProto, ValueInfoProto } from './proto/onnx_pb.js';
import { AttributeProto_AttributeType as Kind } from './proto/onnx_pb.js';
import { parseModel } from './proto/parse-model.js';
import { inferShapes } from './shapes/infer.js';
import { toOpset17 } from './to-opset-17.js';

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
  if (typeof source !== 'string') {
    return decode(source, name, dimensions, refuseExternal);
  }
  const bytes = await readFile(source).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${source}: must be a readable file under 2 GiB, got ${error.code ?? error.message}`);
  });
  const external = externalData(dirname(source));
  try {
    return decode(bytes, source, dimensions, external.read);
  } finally {
    external.close();
  }
}

function decode(bytes: Uint8Array, file: string, dimensions: Readonly<Record<string, number>>, external: External): Graph {
  const model = parseModel(bytes, file);
  const proto = model.graph;
  if (!proto || model.opsetImport.length === 0)
    throw new InputError(`${file}: must be an onnx model, got none in ${bytes.byteLength} bytes`);
  if (model.functions.length > 0) throw new InputError(`${file}: functions must be inlined, got ${model.functions[0]!.name}`);
  if (proto.sparseInitializer.length > 0)
    throw new InputError(`${file}: initializers must be dense, got ${proto.sparseInitializer.length} sparse ones`);
  const opsets = Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)]));
  const constants = decodeInitializers(proto.initializer, file, external);
  const nodes: Node[] = [];
  for (const node of proto.node) {
    const plain = nodeOf(node, file, external);
    const constant = plain.op === 'Constant' && plain.domain === '' ? constantOf(plain, file) : undefined;
    if (constant) constants.set(plain.outputs[0]!, constant);
    else nodes.push(plain);
  }
  // before IR version 4 every initializer was listed among the inputs, too
  const inputs = proto.input.filter(({ name }) => !constants.has(name)).map((value) => valueOf(value, file, dimensions));
  const graph = { name: proto.name, inputs, outputs: [], nodes, initializers: constants, opsets };
  try {
    return withOutputs(fold(toOpset17(graph)), proto, file, dimensions);
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Shapes of outputs follow from the nodes; the file's own word counts only for ops that have no shape rule. */
function withOutputs(graph: Graph, proto: GraphProto, file: string, dimensions: Readonly<Record<string, number>>): Graph {
  let values: ReadonlyMap<string, Value>;
  try {
    values = inferShapes(graph);
  } catch (error) {
    if (!/: no shape rule for this op/.test((error as Error).message)) throw error;
    values = new Map();
  }
  const outputs = proto.output.map((value) => {
    const made = values.get(value.name);
    if (values.size > 0 && !made) throw new InputError(`${file}: output ${value.name} must be made by a node, got none`);
    return made ?? valueOf(value, file, dimensions, 'output');
  });
  return { ...graph, outputs };
}

function valueOf({ name, type }: ValueInfoProto, file: string, dimensions: Readonly<Record<string, number>>, kind = 'input'): Value {
  if (type?.value.case !== 'tensorType')
    throw new InputError(`${file}: ${kind} ${name} must be a tensor, got ${type?.value.case ?? 'no type'}`);
  const { elemType, shape } = type.value.value;
  const element = typeOf(elemType);
  if (!element)
    throw new InputError(`${file}: ${kind} ${name}: element type must be a number that JavaScript has an array for, got code ${elemType}`);
  if (!shape) throw new InputError(`${file}: ${kind} ${name} must have a shape, got none`);
  const dims = shape.dim.map(({ value }, axis) => {
    const place = `${name}[${axis}]`;
    const label = value.case === 'dimParam' && value.value !== '' ? value.value : place;
    const size = dimensions[place] ?? (value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : dimensions[label]);
    if (size === undefined || !Number.isInteger(size) || size < 0) {
      throw new InputError(
        `${file}: ${kind} ${name}: dimension ${axis} (${label}) must be fixed, as in dimensions: { '${label}': 64 }, got ${size ?? 'nothing'}`,
      );
    }
    return size;
  });
  return { name, type: element, dims };
}

function nodeOf({ opType, domain, name, input, output, attribute }: NodeProto, file: string, external: External): Node {
  const what = `${file}: ${opType} (node ${name || (output[0] ?? 'without a name')})`;
  const attributes = Object.fromEntries(attribute.map((a) => [a.name, attributeOf(a, `${what}: attribute ${a.name}`, external)]));
  return { op: opType, domain: domainOf(domain), name: name || (output[0] ?? ''), inputs: input, outputs: output, attributes };
}

function attributeOf(proto: AttributeProto, what: string, external: External): Attribute {
  switch (proto.type) {
    case Kind.INT:
      return { kind: 'int', value: Number(proto.i) };
    case Kind.FLOAT:
      return { kind: 'float', value: proto.f };
    case Kind.STRING:
      return { kind: 'string', value: fromUtf8(proto.s) };
    case Kind.INTS:
      return { kind: 'ints', value: proto.ints.map(Number) };
    case Kind.FLOATS:
      return { kind: 'floats', value: proto.floats };
    case Kind.STRINGS:
      return { kind: 'strings', value: proto.strings.map(fromUtf8) };
    case Kind.TENSOR:
      if (proto.t) return { kind: 'tensor', value: decodeTensor(proto.t, what, external) };
      break;
    case Kind.GRAPH:
    case Kind.GRAPHS:
    case Kind.SPARSE_TENSOR:
    case Kind.SPARSE_TENSORS:
    case Kind.TENSORS:
    case Kind.TYPE_PROTO:
    case Kind.TYPE_PROTOS:
    case Kind.UNDEFINED:
      break;
  }
  throw new InputError(`${what} must be numbers, text or a tensor, got kind ${proto.type}`);
}

function constantOf({ attributes, outputs }: Node, file: string): Tensor {
  const { value, value_float, value_floats, value_int, value_ints } = attributes;
  if (value?.kind === 'tensor') return value.value;
  if (value_float?.kind === 'float') return float32([], [value_float.value]);
  if (value_floats?.kind === 'floats') return float32([value_floats.value.length], value_floats.value);
  if (value_int?.kind === 'int') return int64([value_int.value], []);
  if (value_ints?.kind === 'ints') return int64(value_ints.value);
  throw new InputError(`${file}: Constant (node ${outputs[0]!}): must hold numbers, got ${Object.keys(attributes).join() || 'nothing'}`);
}

const domainOf = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);
const fromUtf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
