import { InputError } from '../tensor/input-error.js';
import type { Tensor } from '../tensor/tensor.js';
import { float32, int64 } from '../tensor/tensor.js';
import type { Attribute, Node } from './graph.js';
import { resolveAliases } from './imports/aliases.js';
import { nameWeights } from './imports/weight-names.js';
import { decodeInitializers } from './initializers.js';
import type { External } from './proto/decode-tensor.js';
import { decodeTensor } from './proto/decode-tensor.js';
import type { AttributeProto, NodeProto, ValueInfoProto } from './proto/onnx_pb.js';
import { AttributeProto_AttributeType as Kind } from './proto/onnx_pb.js';
import { parseModel } from './proto/parse-model.js';

/** An onnx file in our words, its dynamic dimensions still open. */
export interface Decoded {
  readonly file: string;
  readonly name: string;
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly nodes: readonly Node[];
  /** Initializers, and the values of Constant nodes. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Other names that the file has for a constant (through Identity nodes) → the one that nodes read. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly opsets: Readonly<Record<string, number>>;
  /** What reading changed (`imports/as-floats.ts`), for whoever brought the file. */
  readonly notes: readonly string[];
}

/** Throws an InputError that names file, place, rule and value. */
export function decode(bytes: Uint8Array, file: string, external: External): Decoded {
  const model = parseModel(bytes, file);
  const proto = model.graph;
  if (!proto || model.opsetImport.length === 0)
    throw new InputError(`${file}: must be an onnx model, got none in ${bytes.byteLength} bytes`);
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
  const inputs = proto.input.filter(({ name }) => !constants.has(name));
  const outputs = proto.output;
  const plain = resolveAliases(
    nodes,
    constants,
    outputs.map(({ name }) => name),
  );
  return {
    file,
    name: proto.name,
    inputs,
    outputs,
    opsets,
    aliases: plain.aliases,
    notes: [],
    ...nameWeights(plain.nodes, plain.constants),
  };
}

function nodeOf({ opType, domain, name, input, output, attribute }: NodeProto, file: string, external: External): Node {
  const called = name || (output[0] ?? 'without a name');
  if (opType === '') throw new InputError(`${file}: node ${called} must have an op, got none`);
  const what = `${file}: ${opType} (node ${called})`;
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
      throw new InputError(
        `${what}: control flow has no fixed graph that could be differentiated, got a node with graphs inside (export without branches and loops)`,
      );
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
