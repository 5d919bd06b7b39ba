import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagAttributes } from '../../src/onnx/builder.js';
import type { Attributes } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { OPSET } from '../../src/onnx/graph.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { compile } from '../../src/runtime/compile.js';
import { openSession } from '../../src/runtime/onnxruntime.js';
import { random } from '../../src/tensor/random.js';
import type { FloatTensor, Tensor } from '../../src/tensor/tensor.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

const DIMS = [2, 6, 3, 4];

/** One node of a newer operator set, on `x` and constants. */
function graphOf(op: string, opset: number, attributes: Attributes, constants: readonly FloatTensor[] = []): Graph {
  const names = constants.map((_, i) => `c${i}`);
  const node = { op, domain: '', name: 'node', inputs: ['x', ...names], outputs: ['y'], attributes: tagAttributes(attributes) };
  return {
    name: op,
    inputs: [{ name: 'x', type: 'float32', dims: DIMS }],
    outputs: [{ name: 'y', type: 'float32', dims: DIMS }],
    nodes: [node],
    initializers: new Map<string, Tensor>(names.map((name, i) => [name, constants[i]!])),
    opsets: { '': opset },
  };
}

const drawn = (dims: readonly number[], seed: number): FloatTensor => {
  const { normal } = random(seed, 'newer');
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => 2 * normal()),
  );
};

const CASES: Readonly<Record<string, Graph>> = {
  Gelu: graphOf('Gelu', 20, {}),
  'Gelu by tanh': graphOf('Gelu', 20, { approximate: 'tanh' }),
  Mish: graphOf('Mish', 18, {}),
  'GroupNormalization, scales of channels': graphOf('GroupNormalization', 21, { num_groups: 3, epsilon: 1e-3 }, [
    drawn([6], 1),
    drawn([6], 2),
  ]),
  'GroupNormalization, scales of groups': graphOf('GroupNormalization', 18, { num_groups: 2 }, [drawn([2], 3), drawn([2], 4)]),
};

for (const [name, graph] of Object.entries(CASES)) {
  test(`${name}: read as operator set 17, the values of onnxruntime's own op`, async () => {
    const bytes = writeOnnx(graph);
    const feeds = new Map<string, Tensor>([['x', drawn(DIMS, 7)]]);
    const native = await openSession(bytes, { threads: 1, optimization: 'disabled' });
    const expected = floats((await native.run(feeds, ['y'])).get('y'), 'y');
    await native.release();
    const read = await readOnnx(bytes);
    assert.equal(read.opsets[''], OPSET);
    assert.deepEqual(read.outputs, graph.outputs);
    const session = await compile(read, { threads: 1 });
    assertClose(floats((await session.run(feeds)).get('y'), 'y'), expected, { relative: 1e-5, absolute: 2e-6 }, name);
    await session.release();
  });
}
