// Scales of ones and biases of zeros that exporters write where a normalization has none: against the PyTorch that exported them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffCheckpoints } from '../../src/checkpoints/diff.js';
import { loadParameters } from '../../src/checkpoints/match.js';
import { openCheckpoint } from '../../src/checkpoints/open.js';
import { buildNetwork } from '../../src/models/networks.js';
import { compileForward } from '../../src/runtime/forward.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';

const layers = (...names: number[]) => names.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);

/** File → parameters, buffers, and what is said about reading its checkpoint, and the file itself as one. */
const FILES = {
  'group-norm': {
    parameters: layers(0, 1, 5),
    buffers: [],
    pth: ['Read with other axes of length 1: 1.weight [12] as [12, 1, 1], 1.bias [12] as [12, 1, 1].'],
    onnx: [],
  },
  'no-affine': { parameters: layers(0, 2, 4, 6, 11), buffers: ['1.running_mean', '1.running_var'], pth: [], onnx: ['In the file, but not in the network: /5/Constant_3_output_0, /5/Constant_4_output_0.'] }, // prettier-ignore
};

for (const [name, { parameters, buffers, ...notes }] of Object.entries(FILES)) {
  test(`${name}: the module's own names, and its own checkpoint gives PyTorch's logits`, async () => {
    const network = buildNetwork(
      { architecture: 'onnx', file: fixture(`models/${name}.onnx`) },
      { batch: 3, channels: 3, height: 8, width: 8, classes: 6 },
    );
    assert.deepEqual([network.parameters.toSorted(), network.buffers], [parameters.toSorted(), buffers]);
    const shapes = new Map([...network.init(0)].map(([key, { dims }]) => [key, dims]));
    const { tensors } = await readSafetensors(fixture(`models/${name}.safetensors`));
    const session = await compileForward(network.graph, { threads: 1 });
    for (const file of ['pth', 'onnx'] as const) {
      const checkpoint = await openCheckpoint(fixture(`models/${name}.${file}`));
      const loaded = await loadParameters({ shapes, head: [] }, checkpoint.tensors, { what: name });
      await checkpoint.close();
      assert.deepEqual(loaded.notes, notes[file]);
      const found = await session.run(await session.prepare(loaded.params), floats(tensors.get('images'), 'images'));
      const [logits, expected] = [floats(found.get('logits'), 'logits'), floats(tensors.get('logits'), 'logits')];
      assertClose(logits, expected, { relative: 1e-5, absolute: 1e-5 }, file);
    }
    await session.release();
    const [a, b] = [await openCheckpoint(fixture(`models/${name}.onnx`)), await openCheckpoint(fixture(`models/${name}.pth`))];
    const { whole, shapes: others, onlyB } = await diffCheckpoints(a, b);
    assert.deepEqual([whole.unchanged, others, onlyB], [1, [], buffers.length > 0 ? ['1.num_batches_tracked'] : []]);
    await a.close();
    await b.close();
  });
}
