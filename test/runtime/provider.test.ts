import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { chooseProvider, currentProvider, useProvider } from '../../src/runtime/provider.js';
import { providerAgrees } from '../../src/runtime/self-test.js';

const b = new GraphBuilder('conv');
const conv = b.build([b.op.Conv([b.input('x', [16, 16, 4, 4]), b.input('w', [16, 16, 3, 3])], {}, 'y')]);

test('cpu needs no probe, auto takes the first that works, a named one must work', async () => {
  const tried: string[] = [];
  const only = (here: string) => (provider: string) => {
    tried.push(provider);
    return provider === here ? Promise.resolve() : Promise.reject(new Error('not here\nat all'));
  };
  assert.deepEqual(await chooseProvider('cpu', only('none')), { provider: 'cpu', notice: null });
  assert.deepEqual(tried, []);
  assert.deepEqual(await chooseProvider('auto', only('directml')), { provider: 'directml', notice: null });
  assert.deepEqual(tried, ['cuda', 'directml']);
  const { provider, notice } = await chooseProvider('auto', only('none'));
  assert.deepEqual([provider, notice], ['cpu', 'Neither cuda nor directml nor coreml works here: computing on the CPU.']);
  assert.deepEqual(await chooseProvider('webgpu', only('webgpu')), { provider: 'webgpu', notice: null });
  await assert.rejects(chooseProvider('cuda', only('none')), {
    name: 'InputError',
    message: /^provider: cuda must work here \(it needs .*ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node\), got not here$/,
  });
});

test('the probe computes: the CPU agrees with itself', () => providerAgrees('cpu'));

test('a provider that this platform lacks is refused by name, and the process stays where it was', async () => {
  const lacking = process.platform === 'darwin' ? 'directml' : 'coreml';
  await assert.rejects(useProvider(lacking), new RegExp(`^InputError: provider: ${lacking} must work here \\(onnxruntime has it on \\w+ only\\), got .*not found`)); // prettier-ignore
  assert.equal(currentProvider(), 'cpu');
  await assert.rejects(compile(conv, { provider: lacking }), /compile: onnxruntime must accept the graph conv, got .*not found/);
});

test('blocked graphs are for the CPU', async () => {
  await assert.rejects(compile(conv, { provider: 'cuda', lowering: 'blocked' }), /compile: lowering blocked runs on the cpu only, got provider cuda/); // prettier-ignore
});
