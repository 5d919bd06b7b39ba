import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../src/cli/inspection.js';
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
