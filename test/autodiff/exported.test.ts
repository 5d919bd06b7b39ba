import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gradient } from '../../src/autodiff/gradient.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { readOnnx } from '../../src/onnx/read.js';
import { compile } from '../../src/runtime/compile.js';
import { readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import { floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../test/autodiff/fixtures/exported-${name}`, import.meta.url));

/** How many parameters stand under PyTorch's names: those the exporter kept, and linear weights that it numbered. */
const NETWORKS = { decoder: 11, transformer: 20 };

for (const [name, count] of Object.entries(NETWORKS)) {
  test(`${name}, as PyTorch exports it: logits and gradients as PyTorch in float64`, async () => {
    const graph = await readOnnx(fixture(`${name}.onnx`));
    const expected = toParams((await readSafetensors(fixture(`${name}.safetensors`))).tensors);
    const b = GraphBuilder.from(graph);
    const logits = b.value('logits');
    const loss = b.op.Mul([b.op.ReduceSum([b.op.Mul([logits, logits])], { keepdims: 0 }), b.scalar(0.5)], {}, 'loss');
    const wrt = [...graph.initializers.keys()].filter((key) => expected.has(`${key}.grad`));
    assert.equal(wrt.length, count);
    const session = await compile(gradient(b.build([logits, loss]), { of: 'loss', wrt }), { threads: 1 });
    const result = await session.run(new Map([['images', expected.get('images')!]]));
    await session.release();
    assertClose(floats(result.get('logits'), 'logits'), expected.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 }, 'logits');
    for (const key of wrt) {
      const [actual, exact] = [floats(result.get(`${key}.grad`), key), expected.get(`${key}.grad`)!.data];
      const error = Math.sqrt(exact.reduce((sum, x, i) => sum + (actual[i]! - x) ** 2, 0) / exact.reduce((sum, x) => sum + x * x, 0));
      assert.ok(error < 2e-5, `${key}: relative error ${error}`);
    }
  });
}
