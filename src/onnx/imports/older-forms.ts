import { float32 } from '../../tensor/tensor.js';
import { floatAttribute, floatsAttribute, intAttribute, intsAttribute, stringAttribute } from '../graph.js';
import type { Form } from './form-writer.js';
import { dimsOf } from './form-writer.js';

/** Integer lists that were attributes and became inputs, in the inputs' order. */
const listsToInputs =
  (...names: readonly string[]): Form =>
  (write, node) => {
    const lists = names.map((name) => intsAttribute(node, name));
    const last = lists.findLastIndex((list) => list !== undefined);
    write.same([node.inputs[0]!, ...lists.slice(0, last + 1).map((list) => (list ? write.ints(list) : ''))], { without: names });
  };

const clip: Form = (write, node) => {
  const bounds = ['min', 'max'].map((name) => (name in node.attributes ? write.number(floatAttribute(node, name, 0)) : ''));
  write.same([node.inputs[0]!, ...bounds.slice(0, bounds[1] === '' ? (bounds[0] === '' ? 0 : 1) : 2)], { without: ['min', 'max'] });
};

const pad: Form = (write, node) => {
  const pads = write.ints(intsAttribute(node, 'pads') ?? []);
  write.same([node.inputs[0]!, pads, write.number(floatAttribute(node, 'value', 0))], { without: ['pads', 'value'] });
};

const dropout: Form = (write, node) =>
  write.same([node.inputs[0]!, write.number(floatAttribute(node, 'ratio', 0.5))], { without: ['ratio'] });

/** Outputs beyond the first said that it trains; the last two of five were for a backward pass of its own. */
const batchNormalization: Form = (write, node) => {
  const trains = node.outputs.length > 1;
  write.same(node.inputs, { without: ['spatial'], outputs: node.outputs.slice(0, 3) });
  if (trains)
    write.nodes[0] = { ...write.nodes[0]!, attributes: { ...write.nodes[0]!.attributes, training_mode: { kind: 'int', value: 1 } } };
};

/** All axes from `axis` (1) on were one. */
const softmax: Form = (write, node, place) => {
  const dims = dimsOf(node, 0, place);
  const axis = (intAttribute(node, 'axis', 1) + dims.length) % dims.length;
  if (axis === dims.length - 1) return write.last(node.op, node.inputs, { axis: -1 });
  const shape = write.op('Shape', [node.inputs[0]!]);
  const flat = write.op(node.op, [write.op('Flatten', [node.inputs[0]!], { axis })], { axis: -1 });
  write.last('Reshape', [flat, shape]);
};

/** Pixels at asymmetric places, the nearest below. */
const OLD_RESIZE = { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

const upsample: Form = (write, node) => {
  const mode = stringAttribute(node, 'mode', 'nearest');
  const scales = floatsAttribute(node, 'scales');
  const given = scales ? write.constant(float32([scales.length], scales)) : node.inputs[1]!;
  write.last('Resize', [node.inputs[0]!, '', given], { mode, ...OLD_RESIZE });
};

/** Forms before an operator set: op → the first set that has the present form, and how to write it. */
export const OLDER: Readonly<Record<string, { readonly since: number; readonly form: Form }>> = {
  BatchNormalization: { since: 14, form: batchNormalization },
  Clip: { since: 11, form: clip },
  Dropout: { since: 12, form: dropout },
  LogSoftmax: { since: 13, form: softmax },
  Pad: { since: 11, form: pad },
  ReduceSum: { since: 13, form: listsToInputs('axes') },
  Resize: { since: 11, form: upsample },
  Scatter: {
    since: 99,
    form: (write, { inputs, attributes }) =>
      write.last('ScatterElements', inputs, attributes['axis']?.kind === 'int' ? { axis: attributes['axis'].value } : {}),
  },
  Slice: { since: 10, form: listsToInputs('starts', 'ends', 'axes') },
  Softmax: { since: 13, form: softmax },
  Split: { since: 13, form: listsToInputs('split') },
  Squeeze: { since: 13, form: listsToInputs('axes') },
  Unsqueeze: { since: 13, form: listsToInputs('axes') },
  Upsample: { since: 99, form: upsample },
};
