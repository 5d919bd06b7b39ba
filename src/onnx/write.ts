import type { MessageInitShape } from '@bufbuild/protobuf';
import { create, toBinary } from '@bufbuild/protobuf';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { publish } from '../tensor/publish.js';
import type { Tensor } from '../tensor/tensor.js';
import { codeOf } from './element-types.js';
import type { Attribute, Graph, Node, Value } from './graph.js';
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from './proto/onnx_pb.js';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.js';

/** The file format that belongs to operator set 17. */
const IR_VERSION = 8n;
/** Protobuf ends at 2 GiB; a little is left for everything that is not a weight. */
const LARGEST_FILE = 2 ** 31 - 2 ** 24;
/** External tensors start at page borders, so that readers can map them. */
const PAGE = 4096;

/** A graph as the bytes of an onnx file. Same graph, same bytes. Throws above 2 GiB (use `writeOnnxFile`). */
export function writeOnnx(graph: Graph): Uint8Array {
  const size = weightBytes(graph);
  if (size > LARGEST_FILE) throw new Error(`writeOnnx: weights must have at most ${LARGEST_FILE} bytes without external data, got ${size}`);
  return toBytes(graph, (name, tensor) => embedded(name, tensor));
}

/**
 * Writes a graph to `path`, by way of a temporary sibling. With `external` (default: when it would exceed 2 GiB) the initializers go
 * to `<path>.data` beside it.
 */
export async function writeOnnxFile(
  graph: Graph,
  path: string,
  { external = weightBytes(graph) > LARGEST_FILE }: { external?: boolean } = {},
): Promise<void> {
  if (!external) return publishPieces(path, [[0, writeOnnx(graph)]]);
  const location = `${basename(path)}.data`;
  const pieces: Piece[] = [];
  let end = 0;
  const bytes = toBytes(graph, (name, tensor) => {
    const data = bytesOf(tensor);
    const offset = Math.ceil(end / PAGE) * PAGE;
    pieces.push([offset, data]);
    end = offset + data.byteLength;
    const entries = { location, offset: String(offset), length: String(data.byteLength) };
    const externalData = Object.entries(entries).map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto' as const, key, value }));
    return create(TensorProtoSchema, { ...header(name, tensor), dataLocation: Location.EXTERNAL, externalData });
  });
  await publishPieces(join(dirname(path), location), pieces);
  await publishPieces(path, [[0, bytes]]);
}

type Piece = readonly [offset: number, bytes: Uint8Array];

const publishPieces = (path: string, pieces: readonly Piece[]): Promise<void> =>
  publish(path, async (file) => {
    for (const [offset, bytes] of pieces) await writeAt(file, offset, bytes);
  });

async function writeAt(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.byteLength - done, 2 ** 30), offset + done);
    done += bytesWritten;
  }
}

function toBytes(graph: Graph, store: (name: string, tensor: Tensor) => TensorProto): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'carryover',
    opsetImport: Object.entries(graph.opsets).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: graphProto(graph, store),
  });
  return toBinary(ModelProtoSchema, model);
}

function graphProto(graph: Graph, store: (name: string, tensor: Tensor) => TensorProto): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    input: graph.inputs.map(valueProto),
    output: graph.outputs.map(valueProto),
    node: graph.nodes.map(nodeProto),
    initializer: [...graph.initializers].map(([name, tensor]) => store(name, tensor)),
  });
}

function valueProto({ name, type, dims }: Value): ValueInfoProto {
  const dim = dims.map((d) => create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(d) } }));
  const tensorType = create(TypeProto_TensorSchema, { elemType: codeOf(type), shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }) });
}

function nodeProto({ op, domain, name, inputs, outputs, attributes }: Node): NodeProto {
  return create(NodeProtoSchema, {
    opType: op,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
    ...(domain === '' ? {} : { domain }),
  });
}

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  const make = (fields: Omit<MessageInitShape<typeof AttributeProtoSchema>, '$typeName'>) =>
    create(AttributeProtoSchema, { name, ...fields });
  switch (attribute.kind) {
    case 'int':
      return make({ type: Kind.INT, i: toInt64(attribute.value) });
    case 'float':
      return make({ type: Kind.FLOAT, f: attribute.value });
    case 'string':
      return make({ type: Kind.STRING, s: toUtf8(attribute.value) });
    case 'ints':
      return make({ type: Kind.INTS, ints: attribute.value.map(toInt64) });
    case 'floats':
      return make({ type: Kind.FLOATS, floats: [...attribute.value] });
    case 'strings':
      return make({ type: Kind.STRINGS, strings: attribute.value.map(toUtf8) });
    case 'tensor':
      return make({ type: Kind.TENSOR, t: embedded('', attribute.value) });
  }
}

const header = (name: string, { type, dims }: Tensor) => ({ name, dataType: codeOf(type), dims: dims.map(BigInt) });
const embedded = (name: string, tensor: Tensor): TensorProto =>
  create(TensorProtoSchema, { ...header(name, tensor), rawData: bytesOf(tensor) });
const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const toUtf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
// 2^63 − 1 ("to the end" in old slices) is read as the number 2^63
const toInt64 = (value: number): bigint => (value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value));

function weightBytes(graph: Graph): number {
  let sum = 0;
  for (const { data } of graph.initializers.values()) sum += data.byteLength;
  return sum;
}
