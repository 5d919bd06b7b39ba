import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { MOST_TENSORS } from '../tensor/limits.js';
import { checkRegularFile } from '../tensor/regular-file.js';
import type { Tensor } from '../tensor/tensor.js';
import { externalData } from './external-data.js';
import type { Node } from './graph.js';
import { resolveAliases } from './imports/aliases.js';
import { dequantized } from './imports/dequantized.js';
import { isStandIn } from './imports/unnamed.js';
import { nameWeights } from './imports/weight-names.js';
import type { External } from './proto/decode-tensor.js';
import { decodeTensor } from './proto/decode-tensor.js';
import type { GraphProto, NodeProto, TensorProto } from './proto/onnx_pb.js';
import { AttributeProto_AttributeType as Kind } from './proto/onnx_pb.js';
import { parseModel } from './proto/parse-model.js';

/**
 * The weights of an onnx file, under all names that it has for them (aliases of tied ones too): initializers, and tensors of Constant nodes, as
 * views on its bytes where alignment allows. Numbered ones are named as an imported network names them, quantised ones are what their integers
 * stand for. What else its nodes compute does not matter.
 * External data is read from the file's folder. Throws InputError for files that are broken, and for names that stand twice.
 */
export async function readInitializers(path: string): Promise<ReadonlyMap<string, Tensor>> {
  await checkRegularFile(path);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: must be a readable file under 2 GiB, got ${error.code ?? error.message}`);
  });
  const external = externalData(dirname(path));
  try {
    return initializersOf(bytes, path, external.read);
  } finally {
    external.close();
  }
}

/** The same of bytes that lie in memory; external data is refused unless a reader of it is given. */
export function initializersOf(bytes: Uint8Array, what: string, external: External = refuseExternal): ReadonlyMap<string, Tensor> {
  const { graph } = parseModel(bytes, what);
  if (!graph) throw new InputError(`${what}: must be an onnx model, got none in ${bytes.byteLength} bytes`);
  return named(graph, new Map([...decodeInitializers(graph.initializer, what, external), ...constantTensors(graph, what, external)]));
}

function named(graph: GraphProto, tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const plain = resolveAliases(
    graph.node.map(plainNode),
    tensors,
    graph.output.map(({ name }) => name),
  );
  const floats = dequantized(plain.nodes, plain.constants);
  const { constants } = nameWeights(floats.nodes, withoutStandIns(floats.nodes, floats.constants));
  return new Map([...constants, ...[...plain.aliases].flatMap(([alias, name]) => withName(alias, constants.get(name)))]);
}

/** Without ones and zeros that no parameter's name is given to. */
function withoutStandIns(nodes: readonly Node[], tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const weights = new Map(tensors);
  for (const node of nodes) {
    for (const [i, name] of node.inputs.entries()) {
      const tensor = weights.get(name);
      if (tensor && isStandIn(node, i, name, tensor)) weights.delete(name);
    }
  }
  return weights;
}

const withName = (name: string, tensor: Tensor | undefined): (readonly [string, Tensor])[] => (tensor ? [[name, tensor]] : []);

/** Of attributes only single integers, like the axis of a DequantizeLinear. */
const plainNode = ({ opType, domain, name, input, output, attribute }: NodeProto): Node => ({
  op: opType,
  domain: domain === 'ai.onnx' ? '' : domain,
  name: name || (output[0] ?? ''),
  inputs: input,
  outputs: output,
  attributes: Object.fromEntries(
    attribute.flatMap((each) => (each.type === Kind.INT ? [[each.name, { kind: 'int', value: Number(each.i) }]] : [])),
  ),
});

/** Weights that are written as Constant nodes; their shapes and scalars are no weights. */
function constantTensors({ node }: GraphProto, what: string, external: External): (readonly [string, Tensor])[] {
  return node.flatMap(({ opType, output, attribute }) => {
    const value = opType === 'Constant' ? attribute.find(({ name }) => name === 'value')?.t : undefined;
    if (!value || value.dims.length === 0) return [];
    const tensor = decodeTensor(value, `${what}: Constant (node ${output[0] ?? ''})`, external);
    return tensor.type.startsWith('float') ? withName(output[0] ?? '', tensor) : [];
  });
}

/** Throws InputError when a name stands twice, or for more than a file may have. */
export function decodeInitializers(protos: readonly TensorProto[], what: string, external: External): Map<string, Tensor> {
  if (protos.length > MOST_TENSORS) throw new InputError(`${what}: must have at most ${MOST_TENSORS} initializers, got ${protos.length}`);
  const tensors = new Map<string, Tensor>();
  for (const proto of protos) {
    if (tensors.has(proto.name))
      throw new InputError(`${what}: names of initializers must differ, got ${JSON.stringify(proto.name)} twice`);
    tensors.set(proto.name, decodeTensor(proto, `${what}: initializer ${proto.name}`, external));
  }
  return tensors;
}

export function refuseExternal(_: unknown, what: string): never {
  throw new InputError(`${what}: external data needs the model's path, got its bytes`);
}
