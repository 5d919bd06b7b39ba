import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../src/cli/inspection.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { float32 } from '../../src/tensor/tensor.js';
import { cliRig } from '../support/cli.js';
import { fixture } from '../support/fixture.js';

test('inspect --input: an .onnx file as a network', async (t) => {
  const rig = await cliRig(t);
  const file = fixture('models/onnx-residual.onnx');
  const { stdout, code } = await rig.run('inspect', file, '--input', '3x8x8', '--modules', '^(layer\\d)', '--json');
  assert.equal(code, 0);
  const { network, graph } = JSON.parse(stdout) as Inspection;
  assert.equal(graph!.opsets[''], 13, 'the file’s own');
  assert.deepEqual([network!.classes, network!.untrainable], [5, null]);
  assert.deepEqual(network!.modules, [
    { name: 'conv1', parameters: 116, buffers: 8, output: [1, 4, 4, 4] },
    { name: 'layer1', parameters: 304, buffers: 16, output: [1, 4, 4, 4] },
    { name: 'layer2', parameters: 600, buffers: 36, output: [1, 6, 2, 2] },
    { name: 'fc', parameters: 35, buffers: 0, output: [1, 5] },
  ]);
  const table = await rig.run('inspect', file, '--input', '3x8x8');
  assert.match(
    table.stdout,
    /As a network for images of 3x8x8: 5 classes, can be trained\nmodule +parameters +statistics +features\nconv1 +116 +8 +\[1, 4, 4, 4\]/,
  );
  const wrong = await rig.run('inspect', fixture('models/onnx-attention.onnx'), '--input', '3x16x16');
  assert.deepEqual([wrong.code, /images must be 3x8x8 as the file fixes its input "input"/.test(wrong.stderr)], [2, true]);
  assert.match((await rig.run('inspect', file, '--modules', 'x')).stderr, /--modules goes with --input/);
});

test('inspect and compare refuse a network whose values no machine holds, before any step', async (t) => {
  const rig = await cliRig(t);
  const b = new GraphBuilder('wide');
  const x = b.op.Conv([b.input('x', [1, 3, 32, 32]), b.initializer('conv.weight', float32([3, 3, 1, 1], Array(9).fill(0.1)))]);
  const wide = b.node('Tile', [x, b.ints([1, 1, 2 ** 15, 2 ** 15])], {}, { names: ['wide'] })[0]!;
  const head = b.initializer('fc.weight', float32([18, 3], Array(54).fill(0.1)));
  await rig.write('wide.onnx', writeOnnx(b.build([b.op.Gemm([b.op.Flatten([b.op.GlobalAveragePool([wide])]), head], { transB: 1 })])));
  const message = /^error: .*wide\.onnx: Tile \(node wide\): a value must have at most 8 GiB .*, got [\d,]+ GiB of float32/;
  const inspected = await rig.run('inspect', 'wide.onnx', '--input', '3x32x32');
  assert.deepEqual([inspected.code, inspected.stdout], [2, '']);
  assert.match(inspected.stderr, message);
  const compared = await rig.run('compare', '--network', 'wide.onnx', '--data', 'emoji', '-o', 'domains=openmoji', '--checkpoint', 'P-T=wide.onnx', '-t', '1'); // prettier-ignore
  assert.deepEqual([compared.code, compared.stdout], [2, '']);
  assert.match(compared.stderr, message);
});

test('inspect: what is missing or wrong is named by the option that a user types', async (t) => {
  const rig = await cliRig(t);
  const file = fixture('models/onnx-residual.onnx');
  const refused = async (message: RegExp, ...args: string[]) => {
    const { code, stdout, stderr } = await rig.run('inspect', ...args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
  };
  await refused(/^error: .*onnx-residual\.onnx: input input: dimension 0 \(n\) must be fixed, as in --dim n=64 --dim h=64 --dim w=64, got nothing\n$/, file); // prettier-ignore
  await refused(/dimension 2 \(h\) must be fixed, as in --dim h=64 --dim w=64, got nothing/, file, '--dim', 'n=2');
  await refused(/as in --dim 'x\[0\]=64', got nothing/, fixture('onnx/fields.onnx'));
  await refused(
    /^error: inspect: --dim: .*onnx-residual\.onnx: unknown dimension "N"; there are: n, h, w, input\[0\]/,
    file,
    '--dim',
    'N=2',
  );
  await refused(/^error: inspect: --dim must be name=size, e\.g\. batch=1, got n\n$/, file, '--dim', 'n');
  await refused(/^error: inspect: --input must be CxHxW, e\.g\. 3x224x224, got 3x65x\n$/, file, '--input', '3x65x');
  await refused(/^error: inspect: --input: .*onnx-attention\.onnx: images must be 3x8x8 .*, got 3x65x65\n$/, fixture('models/onnx-attention.onnx'), '--input', '3x65x65'); // prettier-ignore
  await refused(/^error: inspect: --modules must be a regular expression, got \(\n$/, file, '--input', '3x8x8', '--modules', '(');
  const sized = await rig.run('inspect', file, '--dim', 'n=2', '--dim', 'h=8', '--dim', 'w=8');
  assert.match(sized.stdout, /inputs: input float32\[2, 3, 8, 8\]/);
});
