import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openCheckpoint, openCheckpointBytes } from '../../src/checkpoints/open.js';
import type { Expected } from '../../src/checkpoints/match.js';
import { foldedBatchNorms } from '../../src/checkpoints/folded.js';
import { loadParameters, matchParameters } from '../../src/checkpoints/match.js';
import { parseRename } from '../../src/checkpoints/renames.js';
import type { StoredTensor } from '../../src/checkpoints/stored-tensor.js';
import { freshHead } from '../../src/models/fresh-head.js';
import { buildNetwork } from '../../src/models/networks.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, sizeOf, tensor } from '../../src/tensor/tensor.js';
import { compile } from '../../src/runtime/compile.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';

const network = buildNetwork({ architecture: 'mlp', hidden: [4] }, { batch: 1, channels: 1, height: 2, width: 2, classes: 3 });
const expected: Expected = {
  shapes: new Map([...network.init(1)].map(([name, { dims }]) => [name, dims])),
  head: network.modules.at(-1)!.parameters,
};

async function stored(tensors: Record<string, Tensor>): Promise<ReadonlyMap<string, StoredTensor>> {
  return (await openCheckpointBytes(encodeSafetensors(new Map(Object.entries(tensors))), 'x')).tensors;
}
const filled = (dims: number[], value: number) => float32(dims, new Float32Array(sizeOf(dims)).fill(value));
const body = (prefix = '') => ({ [`${prefix}fc1.weight`]: filled([4, 4], 1), [`${prefix}fc1.bias`]: filled([4], 2) });
const head = (classes: number, name = 'fc') => ({ [`${name}.weight`]: filled([classes, 4], 3), [`${name}.bias`]: filled([classes], 4) });
const load = async (tensors: Record<string, Tensor>, map: string[] = []) =>
  loadParameters(expected, await stored(tensors), { map: map.map(parseRename), what: 'x.pth' });

test('names as they are: everything matches, nothing is said', async () => {
  const { params, rows, notes } = await load({ ...body(), ...head(3) });
  assert.deepEqual([...params.keys()], network.parameters);
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['matched', 'matched', 'matched', 'matched'],
  );
  assert.deepEqual(notes, []);
});

test("a head of another size is left to a fresh one, and said; the body is the file's", async () => {
  const { params, notes } = await load({ ...body(), ...head(1000) });
  assert.deepEqual(notes, ['The head does not fit and is drawn fresh (fc.weight: [1000, 4] for [3, 4]; fc.bias: [1000] for [3]).']);
  const start = freshHead(network, params, 7);
  assert.deepEqual(start.get('fc1.bias')!.data, Float32Array.of(2, 2, 2, 2));
  assert.deepEqual(start.get('fc.weight'), network.init(7).get('fc.weight'));
  assert.match((await load(body())).notes.join(), /fc\.weight: not in the file; fc\.bias: not in the file/);
});

test('axes of length 1 more or fewer do not matter, and a note says so', async () => {
  const { params, notes } = await load({ ...body(), 'fc1.bias': tensor('float32', [4, 1, 1], Float32Array.of(1, 2, 3, 4)), ...head(3) });
  assert.deepEqual(params.get('fc1.bias'), float32([4], [1, 2, 3, 4]));
  assert.deepEqual(notes, ['Read with other axes of length 1: fc1.bias [4, 1, 1] as [4].']);
  const [filters, others] = [await stored({ w: filled([1, 8, 3, 3], 1) }), new Map([['w', [8, 1, 3, 3]]])];
  assert.equal(matchParameters({ shapes: others, head: [] }, filters).rows[0]!.status, 'shape', 'filters a channel are no filter of all');
  await assert.rejects(load({ ...body(), 'fc1.bias': filled([2, 2], 0), ...head(3) }), /got none for fc1\.bias \[4\] \(has \[2, 2\]\)/);
});

test('prefixes and renamings are found by how many parameters they fit', async () => {
  const prefixed = await load({ ...body('backbone.'), ...head(1000, 'backbone.fc') });
  assert.equal(prefixed.notes[0], 'The prefix "backbone." was taken from names.');
  assert.equal(prefixed.rows[0]!.tensor, 'backbone.fc1.weight', "the table keeps the file's own name");
  const called = await load({ ...body(), ...head(3, 'classifier') });
  assert.deepEqual([called.params.size, called.notes], [4, ['Names were read as a head called classifier or head gives them.']]);
});

test('what the network does not have is listed; counters and statistics are not worth a word', async () => {
  const { notes, rows } = await load({ ...body(), ...head(3), extra: filled([1], 0), 'bn.running_mean': filled([1], 0) });
  assert.deepEqual(notes, ['In the file, but not in the network: extra.']);
  assert.deepEqual(
    rows
      .slice(4)
      .map(({ status, tensor: name }) => [status, name])
      .sort(),
    [
      ['buffer', 'bn.running_mean'],
      ['unexpected', 'extra'],
    ],
  );
});

test('a body that is not there is refused with what is missing and what was not used; a map mends it', async () => {
  const odd = { 'enc.a.weight': filled([4, 4], 1), 'enc.a.bias': filled([4], 2), ...head(3) };
  await assert.rejects(load(odd), {
    name: 'InputError',
    message:
      "x.pth: every parameter of the body must be in the file, got none for fc1.weight [4, 4], fc1.bias [4]; not used: enc.a.weight, enc.a.bias; a map ('regex=>replacement') renames",
  });
  assert.equal((await load(odd, ['^enc\\.a\\.=>fc1.'])).params.size, 4);
  await assert.rejects(load({ ...body(), 'fc1.bias': filled([5], 0) }), /got none for fc1\.bias \[4\] \(has \[5\]\)/);
});

const block = (name: string) => ({ [`${name}.weight`]: filled([4, 4], 5) });

test("a deeper network's weights are refused, not left out; heads, noise and tied names are", async () => {
  const whole = { ...body(), ...head(3) };
  await assert.rejects(load({ ...whole, ...block('fc2'), 'fc2.bias': filled([4], 6) }), {
    name: 'InputError',
    message:
      "x.pth: must hold no layers or blocks beyond the network's (is it a deeper network's?), got fc2.weight [4, 4], fc2.bias [4]; a map with nothing behind => leaves weights out ('^fc2\\..*=>')",
  });
  await assert.rejects(load({ ...whole, ...block('fc1.lora') }), /got fc1\.lora\.weight \[4, 4\]/);
  await assert.rejects(load({ ...body('backbone.'), ...block('backbone.fc2') }), /got backbone\.fc2\.weight/);
  const beside = { ...block('AuxLogits.fc'), ...block('head'), ...block('classifier.1'), 'fc1.total_ops': filled([1], 0) };
  const counted = { 'fc1.num_batches_tracked': tensor('int64', [], BigInt64Array.of(1n)), 'fc1.index': tensor('int32', [1], Int32Array.of(1)), 'fc1.scale': filled([], 1) }; // prettier-ignore
  assert.deepEqual([...(await load({ ...whole, ...beside, ...counted })).params.keys()], network.parameters);
  const tied = await load({ ...whole, 'fc2.weight': filled([4, 4], 1) });
  assert.deepEqual(tied.notes, ['In the file, but not in the network: fc2.weight.']);
  const dropped = await load({ ...whole, ...block('fc2'), 'fc2.bias': filled([4], 6) }, ['^fc2\\..*=>']);
  assert.deepEqual([dropped.params.size, dropped.notes], [4, []], 'a map leaves out what its user names');
});

test('ResNet-34 is no ResNet-18, and ViT of 12 blocks none of 2', async () => {
  const shapesOf = (spec: { architecture: string; [option: string]: unknown }) => {
    const built = buildNetwork(spec, { batch: 1, channels: 3, height: 32, width: 32, classes: 3 });
    const shapes = new Map([...built.init(0)].map(([name, { dims }]) => [name, dims]));
    return { shapes, head: built.modules.at(-1)!.parameters };
  };
  const fileOf = ({ shapes }: Expected) => stored(Object.fromEntries([...shapes].map(([name, dims]) => [name, filled([...dims], 1)])));
  const small = { architecture: 'resnet', widths: [2, 2, 2, 2], block: 'basic', stem: '3x3' };
  const [shallow, deep] = [shapesOf({ ...small, blocks: [1, 1, 1, 1] }), shapesOf({ ...small, blocks: [1, 2, 1, 1] })];
  const furtherOf = async (expected: Expected, file: Expected) =>
    matchParameters(expected, await fileOf(file)).rows.flatMap(({ status, tensor: name }) => (status === 'further' ? [name] : []));
  assert.deepEqual(await furtherOf(shallow, deep), ['conv1.weight', 'bn1.weight', 'bn1.bias', 'conv2.weight', 'bn2.weight', 'bn2.bias'].map((name) => `layer2.1.${name}`)); // prettier-ignore
  assert.deepEqual(await furtherOf(deep, deep), []);
  const vit = { architecture: 'vit', patch: 16, width: 4, heads: 1 };
  const further = await furtherOf(shapesOf({ ...vit, depth: 1 }), shapesOf({ ...vit, depth: 2 }));
  assert.equal(further.length, 12);
  assert.ok(further.every((name) => name!.startsWith('blocks.1.')));
});

test("a file whose exporter folded BatchNorms is told from one that is another network's, and so is such a network", async () => {
  const built = (name: string) =>
    buildNetwork(
      { architecture: 'onnx', file: fixture(`models/${name}.onnx`) },
      { batch: 1, channels: 3, height: 8, width: 8, classes: 5 },
    );
  const matched = async (network: string, file: string) => {
    const { init, modules } = built(network);
    const checkpoint = await openCheckpoint(fixture(`models/${file}.onnx`));
    const shapes = new Map([...init(0)].map(([name, { dims }]) => [name, dims]));
    return loadParameters({ shapes, head: modules.at(-1)!.parameters }, checkpoint.tensors, { what: 'x.onnx' });
  };
  const cure = 'net\\.eval\\(\\) and training=torch\\.onnx\\.TrainingMode\\.PRESERVE, do_constant_folding=False$';
  await assert.rejects(
    matched('onnx-residual', 'onnx-residual-folded'),
    new RegExp(
      `^InputError: x\\.onnx: BatchNorms must be in the file, got them folded .*\\(conv1\\.bias is there, bn1\\.running_mean is not\\): take the \\.pth, or export with ${cure}`,
    ),
  );
  await assert.rejects(
    matched('onnx-residual-folded', 'onnx-residual'),
    new RegExp(`BatchNorms of the file must be in the network, got them folded .*: export the network with ${cure}`),
  );
  assert.ok((await matched('onnx-residual', 'onnx-residual-old')).params.size > 20);
  // exporting in training mode runs a training step: statistics of the file and of the module move
  const docs = await readFile(new URL('../../../docs/onnx.md', import.meta.url), 'utf8');
  assert.match(
    docs,
    /`net\.eval\(\)`.*training=torch\.onnx\.TrainingMode\.PRESERVE, do_constant_folding=False.*Not `TrainingMode\.TRAINING`/,
  );
});

test('tensors that exporting computed from others, like relative biases of Swin from their table, are told by what to export', async () => {
  const attention = (more: Record<string, Tensor>): Record<string, Tensor> => ({ 'a.0.attn.qkv.weight': filled([6, 2], 1), ...more });
  const folded = attention({ 'a.0.attn.bias': filled([1, 3, 49, 49], 1) });
  const parameters = attention({ 'a.0.attn.relative_position_bias_table': filled([169, 3], 1) });
  const table = { ...parameters, 'a.0.attn.relative_position_index': tensor('int64', [2], BigInt64Array.of(0n, 1n)) };
  const matched = async (network: Record<string, Tensor>, file: Record<string, Tensor>) =>
    loadParameters({ shapes: new Map(Object.entries(network).map(([name, { dims }]) => [name, dims])), head: [] }, await stored(file), { what: 'x' }); // prettier-ignore
  await assert.rejects(
    matched(folded, table),
    /got none for a\.0\.attn\.bias \[1, 3, 49, 49\]: exporting the network seems to have computed a\.0\.attn\.bias from a\.0\.attn\.relative_position_bias_table \(constant folding\): export it with do_constant_folding=False$/,
  );
  await assert.rejects(
    matched(parameters, folded),
    /exporting the file seems to have computed a\.0\.attn\.bias from .*_table \(constant folding\): take the \.pth, or export with do_constant_folding=False$/,
  );
  // weight normalization is no folding: the direction has the weight's size
  const normalized = { 'a.0.attn.qkv.weight_v': filled([6, 2], 1), 'a.0.attn.qkv.weight_g': filled([6, 1], 1) };
  await assert.rejects(matched(attention({}), normalized), /; not used: .*; a map/);
});

test('BatchNorms are found folded where convolutions have biases of their own, and under the numbers of old exporters', () => {
  const shapes = (names: Record<string, number[]>) => new Map(Object.entries(names));
  const norm = (name: string, size: number) => ({ [`${name}.weight`]: [size], [`${name}.bias`]: [size], [`${name}.running_mean`]: [size], [`${name}.running_var`]: [size] }); // prettier-ignore
  const vgg = { '0.weight': [8, 3, 3, 3], '0.bias': [8] };
  // all that the network has is in the file, but it would compute without its BatchNorms
  assert.match(foldedBatchNorms(shapes(vgg), shapes({ ...vgg, ...norm('1', 8) }), [])!, /^BatchNorms of the file must be in the network/);
  assert.match(foldedBatchNorms(shapes({ ...vgg, ...norm('1', 8) }), shapes(vgg), Object.keys(norm('1', 8)))!, /^BatchNorms must be in the file/); // prettier-ignore
  const old = { 'Conv_0.weight': [8, 3, 3, 3], 'Conv_0.bias': [8] };
  const network = { 'conv1.weight': [8, 3, 3, 3], ...norm('bn1', 8) };
  assert.match(foldedBatchNorms(shapes(network), shapes(old), Object.keys(network))!, /\(Conv_0\.bias is there/);
  // a projection head is no part of the network, nor is a network without normalization one that was folded
  const vit = { 'patch_embed.proj.weight': [8, 3, 4, 4], 'patch_embed.proj.bias': [8] };
  assert.equal(foldedBatchNorms(shapes(vit), shapes({ ...vit, ...norm('projector.1', 32) }), []), undefined);
  assert.equal(foldedBatchNorms(shapes(network), shapes({ 'stem.weight': [8, 3, 3, 3], 'stem.bias': [8] }), Object.keys(network)), undefined); // prettier-ignore
});

test('weights that are NaN or infinite are refused by tensor and count, also those beyond float32', async () => {
  const nan = float32([4, 4], new Float32Array(16).fill(1).fill(NaN, 0, 2));
  const large = tensor('float64', [4], Float64Array.of(1e300, 1, 2, 3));
  await assert.rejects(load({ ...body(), ...head(3), 'fc1.weight': nan, 'fc1.bias': large }), {
    name: 'InputError',
    message: 'x.pth: weights must be finite in float32, got NaN or infinity: 2 of 16 in fc1.weight, 1 of 4 in fc1.bias',
  });
  await load({ ...body(), ...head(3), unused: float32([1], [NaN]) });
});

test('other types become float32, and a note says so', async () => {
  const { params, notes } = await load({ ...body(), 'fc1.bias': tensor('float64', [4], Float64Array.of(0.1, 2, 3, 4)), ...head(3) });
  assert.deepEqual(params.get('fc1.bias'), float32([4], [Math.fround(0.1), 2, 3, 4]));
  assert.deepEqual(notes, ['Became float32: fc1.bias.']);
});

test("Hugging Face's names of a ResNet lead to torchvision's", async () => {
  const checkpoint = await openCheckpoint(fixture('checkpoints/resnet.pth'));
  const given = [...checkpoint.tensors].filter(([name]) => !name.includes('running') && !name.includes('num_batches'));
  const theirs = (name: string) =>
    name
      .replace(/^conv1\./, 'resnet.embedder.embedder.convolution.')
      .replace(/^bn1\./, 'resnet.embedder.embedder.normalization.')
      .replace(/^fc\./, 'classifier.1.')
      .replace(/^layer(\d)\.(\d)\./, (_, stage: string, layer: string) => `resnet.encoder.stages.${Number(stage) - 1}.layers.${layer}.`)
      .replace(/conv(\d)\.weight$/, (_, n: string) => `layer.${Number(n) - 1}.convolution.weight`)
      .replace(/bn(\d)\.(\w+)$/, (_, n: string, rest: string) => `layer.${Number(n) - 1}.normalization.${rest}`)
      .replace('downsample.0.', 'shortcut.convolution.')
      .replace('downsample.1.', 'shortcut.normalization.');
  const shapes = new Map(given.map(([name, { dims }]) => [name, dims]));
  const match = matchParameters({ shapes, head: [] }, new Map(given.map(([name, each]) => [theirs(name), each])));
  assert.deepEqual(match.notes, ["Names were read as Hugging Face's ResNet gives them."]);
  assert.ok(
    match.rows.every(({ status }) => status === 'matched'),
    JSON.stringify(match.rows.filter(({ status }) => status !== 'matched')),
  );
  await checkpoint.close();
});

test("a torchvision network's weights load by name and give torchvision's logits", async () => {
  const spec = { architecture: 'resnet', widths: [4, 8, 16, 32], blocks: [1, 1, 1, 1], block: 'basic', stem: '7x7' };
  const torchvision = buildNetwork(spec, { batch: 2, channels: 3, height: 64, width: 64, classes: 5 });
  const checkpoint = await openCheckpoint(fixture('checkpoints/resnet.pth'));
  const shapes = new Map([...torchvision.init(1)].map(([name, { dims }]) => [name, dims]));
  const { params, rows, notes } = await loadParameters({ shapes, head: [] }, checkpoint.tensors, { what: 'resnet.pth' });
  await checkpoint.close();
  assert.deepEqual(notes, []);
  assert.deepEqual(
    [...new Set(rows.filter(({ status }) => status !== 'matched').map(({ status }) => status))],
    ['buffer'],
    'num_batches_tracked',
  );
  const images = float32(
    [2, 3, 64, 64],
    Float32Array.from({ length: 2 * 3 * 64 * 64 }, (_, i) => Math.sin(i)),
  );
  const session = await compile(torchvision.graph, { threads: 1 });
  const results = await session.run(new Map<string, Tensor>([['images', images], ...params]));
  await session.release();
  const values = JSON.parse(await readFile(fixture('checkpoints/values.json'), 'utf8')) as { 'resnet logits': number[] };
  assertClose(results.get('logits')!.data as Float32Array, values['resnet logits'], { relative: 1e-4, absolute: 1e-4 }, 'logits');
});
