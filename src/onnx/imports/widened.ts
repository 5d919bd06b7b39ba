import type { Tensor } from '../../tensor/tensor.js';
import { float32 } from '../../tensor/tensor.js';
import { widenFloat16 } from '../../tensor/widen.js';
import type { Decoded } from '../decode.js';
import { codeOf } from '../element-types.js';
import type { Attribute, Node } from '../graph.js';
import type { ValueInfoProto } from '../proto/onnx_pb.js';

const [HALF, SINGLE] = [codeOf('float16'), codeOf('float32')];

/**
 * A network in half precision as one in float32: its weights widened, which is exact, and float32 wherever it computes in float16. The same model
 * when it has no float16.
 */
export function widened(model: Decoded): Decoded {
  const halves = [...model.constants.values()].filter(isHalf).length;
  const inputs = model.inputs.map(widenedValue);
  if (halves === 0 && inputs.every((value, i) => value === model.inputs[i])) return model;
  const note = `float16 is computed as float32, to which ${halves} ${halves === 1 ? 'tensor was' : 'tensors were'} widened, exactly`;
  return {
    ...model,
    inputs,
    outputs: model.outputs.map(widenedValue),
    nodes: model.nodes.map(widenedNode),
    constants: new Map([...model.constants].map(([name, tensor]) => [name, widenedTensor(tensor)])),
    notes: [...model.notes, note],
  };
}

const isHalf = ({ type }: Tensor): boolean => type === 'float16';

const widenedTensor = (tensor: Tensor): Tensor =>
  isHalf(tensor) ? float32(tensor.dims, widenFloat16(tensor.data as Uint16Array)) : tensor;

/** Tensors in attributes, and Casts to float16. */
function widenedNode(node: Node): Node {
  const attributes = Object.entries(node.attributes).map(([name, value]): [string, Attribute] => {
    if (value.kind === 'tensor') return [name, { ...value, value: widenedTensor(value.value) }];
    return [name, node.op === 'Cast' && name === 'to' && value.value === HALF ? { kind: 'int', value: SINGLE } : value];
  });
  return { ...node, attributes: Object.fromEntries(attributes) };
}

function widenedValue(info: ValueInfoProto): ValueInfoProto {
  const held = info.type?.value;
  if (!info.type || held?.case !== 'tensorType' || held.value.elemType !== HALF) return info;
  return { ...info, type: { ...info.type, value: { case: 'tensorType', value: { ...held.value, elemType: SINGLE } } } };
}
