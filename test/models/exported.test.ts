// A network with its weights inside, as `carryover export` writes it: read again from its bytes it computes the same, BatchNorm and tokens too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import type { NetworkSpec } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { bake } from '../../src/onnx/edits/bake.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnxFile } from '../../src/onnx/write.js';
import { openCheckpoint } from '../../src/checkpoints/open.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { nudged } from '../support/subject.js';
import { temporaryFolder } from '../support/tiny-study.js';

const SHAPE = { batch: 2, channels: 3, height: 32, width: 32, classes: 5 };
const SPECS: readonly NetworkSpec[] = [
  { architecture: 'resnet', widths: [4, 8], blocks: [1, 1] },
  { architecture: 'vit', patch: 8, width: 24, depth: 2, heads: 3 },
  { architecture: 'fixup-resnet', widths: [4, 8], blocks: [1, 1] },
];

for (const spec of SPECS)
  test(`${spec.architecture}: a written file computes what the network does, and loads as a checkpoint by its names`, async (t) => {
    const network = buildNetwork(spec, SHAPE);
    // running variances must stay positive
    const params = new Map(
      [...nudged(network.init(1), 0.05, 'exported')].map(
        ([name, { dims, data }]) =>
          [name, float32(dims, name.endsWith('running_var') ? data.map((x) => Math.abs(x) + 0.1) : data)] as const,
      ),
    );
    const { normal } = random('exported', spec.architecture);
    const images = float32([2, 3, 32, 32], Float32Array.from({ length: 2 * 3 * 32 * 32 }, normal));
    const logits = async (graph: typeof network.graph, feeds: Parameters<Awaited<ReturnType<typeof compile>>['run']>[0]) => {
      const session = await compile(graph, { threads: 1 });
      try {
        return (await session.run(feeds)).get('logits')!;
      } finally {
        await session.release();
      }
    };
    const expected = await logits(network.graph, new Map([...params, ['images', images]]));
    const file = join(await temporaryFolder(t), 'net.onnx');
    await writeOnnxFile(bake(network.graph, params), file);
    const checkpoint = await openCheckpoint(file);
    try {
      for (const name of params.keys()) assert.ok(checkpoint.tensors.has(name), name);
    } finally {
      await checkpoint.close();
    }
    const graph = await readOnnx(file);
    assert.deepEqual(
      graph.inputs.map(({ name }) => name),
      ['images'],
    );
    assertClose((await logits(graph, new Map([['images', images]]))).data as Float32Array, expected.data as Float32Array, {
      relative: 1e-5,
      absolute: 1e-6,
    });
  });
