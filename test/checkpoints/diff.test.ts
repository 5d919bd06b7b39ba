import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { diffCheckpoints } from '../../src/checkpoints/diff.js';
import { sumsOf } from '../../src/checkpoints/diff-sums.js';
import { openCheckpoint, openCheckpointBytes } from '../../src/checkpoints/open.js';
import { parseRename } from '../../src/checkpoints/renames.js';
import type { StoredTensor } from '../../src/checkpoints/stored-tensor.js';
import type { NetworkSpec } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { random } from '../../src/tensor/random.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, int64, tensor } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { cliRig } from '../support/cli.js';
import { fixture } from '../support/fixture.js';
import { temporaryFolder } from '../support/tiny-study.js';

const memory = (tensors: Record<string, Tensor>, name = 'x.safetensors'): Promise<Checkpoint> =>
  openCheckpointBytes(encodeSafetensors(new Map(Object.entries(tensors))), name);

test('every measure in closed form, for tensors, modules and the whole', async () => {
  const a = await memory({ 'layer1.0.w': float32([2, 2], [3, 0, 0, 4]), 'layer1.0.b': float32([1], [0]), 'fc.w': float32([2], [1, 1]) });
  const b = await memory({ 'layer1.0.w': float32([2, 2], [3, 0, 0, 0]), 'layer1.0.b': float32([1], [2]), 'fc.w': float32([2], [1, -1]) });
  const { tensors, modules, whole } = await diffCheckpoints(a, b);
  const measured = ({
    weights,
    l2,
    rms,
    relative,
    cosine,
    largest,
    unchanged,
  }: (typeof tensors)[number] | (typeof modules)[number] | typeof whole) => [weights, l2, rms, relative, cosine, largest, unchanged];
  assert.deepEqual(measured(tensors[0]!), [4, 4, 2, 0.8, 0.6, 4, 0.75]);
  assert.deepEqual(measured(tensors[1]!), [1, 2, 2, null, null, 2, 0], 'a is 0: no relative change, no angle');
  assertClose(measured(tensors[2]!) as number[], [2, 2, Math.SQRT2, Math.SQRT2, 0, 2, 0.5], { relative: 1e-15 }, 'fc.w');
  assert.deepEqual(
    modules.map(({ module, tensors: n }) => [module, n]),
    [
      ['layer1.0', 2],
      ['fc', 1],
    ],
  );
  assertClose(
    measured(modules[0]!) as number[],
    [5, Math.sqrt(20), Math.sqrt(20 / 5), Math.sqrt(20) / 5, 9 / (5 * Math.sqrt(13)), 4, 3 / 5],
    { relative: 1e-12 },
    'module',
  );
  assertClose(
    measured(whole) as number[],
    [7, Math.sqrt(24), Math.sqrt(24 / 7), Math.sqrt(24 / 27), 9 / Math.sqrt(27 * 15), 4, 4 / 7],
    { relative: 1e-12 },
    'whole',
  );
});

test('a file is equal to itself, whatever its format; buffers stand apart', async () => {
  const [a, b] = [await openCheckpoint(fixture('checkpoints/resnet.pth')), await openCheckpoint(fixture('checkpoints/resnet.pth'))];
  const diff = await diffCheckpoints(a, b);
  for (const { name, unchanged, l2, cosine } of diff.tensors.filter(({ dims }) => dims.length > 0))
    assert.deepEqual([unchanged, l2, cosine], [1, 0, 1], name);
  assert.equal(diff.buffers.length, 36);
  assert.ok(diff.buffers.every((name) => /running_|num_batches/.test(name)));
  assert.equal(diff.whole.weights, 20052 + 165);
  await a.close();
  await b.close();
});

test('names and shapes that do not fit are listed, a map renames b', async () => {
  const a = await memory({ 'conv.weight': float32([2], [1, 2]), 'fc.weight': float32([2, 1], [1, 2]), gone: float32([1]) });
  const b = await memory({
    'backbone_conv.weight': float32([2], [1, 3]),
    'backbone_fc.weight': float32([1, 2], [1, 2]),
    added: float32([1]),
  });
  const plain = await diffCheckpoints(a, b);
  assert.deepEqual([plain.tensors.length, plain.onlyA.length, plain.onlyB.length], [0, 3, 3]);
  const { tensors, shapes, onlyA, onlyB } = await diffCheckpoints(a, b, { map: [parseRename('^backbone_=>')] });
  assert.deepEqual([tensors.map(({ name }) => name), onlyA, onlyB], [['conv.weight'], ['gone'], ['added']]);
  assert.deepEqual(shapes, [{ name: 'fc.weight', dimsA: [2, 1], dimsB: [1, 2] }]);
  await assert.rejects(
    diffCheckpoints(a, b, { map: [parseRename('.*=>one')] }),
    /^InputError: map: names must differ after it, got one from backbone_conv\.weight and from backbone_fc\.weight$/,
  );
  assert.throws(() => parseRename('backbone'), /^InputError: map: must be 'regex=>replacement', got backbone$/);
  assert.throws(() => parseRename('(=>x'), /^InputError: map: must begin with a regular expression, got /);
});

test('a prefix that one side has, or each its own, is taken off and said; other libraries’ names are read', async () => {
  const weights = { 'conv.weight': float32([2], [1, 2]), 'fc.weight': float32([2, 1], [1, 2]) };
  const called = (prefix: string, more: Record<string, Tensor> = {}) =>
    memory({ ...Object.fromEntries(Object.entries(weights).map(([name, value]) => [`${prefix}${name}`, value])), ...more });
  const compared = async (a: Checkpoint, b: Checkpoint) => {
    const diff = await diffCheckpoints(a, b);
    return [diff.tensors.map(({ name }) => name), diff.a.notes, diff.b.notes, diff.onlyA, diff.onlyB];
  };
  const names = Object.keys(weights);
  const taken = (prefix: string) => [`The prefix "${prefix}" was taken from names.`];
  for (const prefix of ['net.', 'model.', 'a.b.']) {
    assert.deepEqual(await compared(await called(''), await called(prefix)), [names, [], taken(prefix), [], []]);
    assert.deepEqual(await compared(await called(prefix), await called('')), [names, taken(prefix), [], [], []]);
  }
  assert.deepEqual(await compared(await called('module.'), await called('net.')), [names, ['Names began with "module." (DataParallel), which is stripped.'], taken('net.'), [], []]); // prettier-ignore
  assert.deepEqual(await compared(await called('model.'), await called('net.')), [names, taken('model.'), taken('net.'), [], []]);
  // not all names have it, and names that fit as they are stay
  const more = { 'head.weight': float32([1]) };
  assert.deepEqual(await compared(await called('', more), await called('net.', more)), [[...names, 'head.weight'], [], taken('net.'), [], []]); // prettier-ignore
  assert.deepEqual(await compared(await called('net.'), await called('net.', { 'conv.weight': float32([2]) })), [names.map((name) => `net.${name}`), [], [], [], ['conv.weight']]); // prettier-ignore
  const classified = await memory({ 'conv.weight': weights['conv.weight'], 'classifier.weight': weights['fc.weight'] });
  assert.deepEqual((await compared(await called(''), classified))[2], ['Names were read as a head called classifier or head gives them.']);
});

test('BatchNorms count with the layers that their names tell, whatever the order of the file, and folded ones are told', async () => {
  const norm = (name: string, size: number) => Object.fromEntries(['weight', 'bias', 'running_mean', 'running_var'].map((leaf) => [`${name}.${leaf}`, float32([size])])); // prettier-ignore
  const filters = (name: string, size: number) => ({ [`${name}.weight`]: float32([size, 1, 1, 1]) });
  const net = {
    ...norm('bn1', 2),
    ...filters('conv1', 2),
    ...filters('features.0', 3),
    ...norm('features.1', 3),
    ...norm('layer1.0.bn1', 2),
    ...filters('layer1.0.conv1', 2),
    ...norm('layer1.0.downsample.1', 2),
    ...norm('stem.bn', 4),
    ...filters('stem.conv', 4),
    ...norm('bn2', 5),
  };
  const diff = await diffCheckpoints(await memory(net), await memory(net));
  const modules = ['conv1', 'features.0', 'layer1.0', 'stem.conv', 'bn2'];
  assert.deepEqual(diff.modules.map(({ module }) => module), modules); // prettier-ignore
  assert.deepEqual(diff.notes, [
    'In modules BatchNorms count with their layers: bn1 with conv1, features.1 with features.0, stem.bn with stem.conv.',
    'BatchNorms whose layers no name tells are modules of their own: bn2.',
  ]);
  const folded = await diffCheckpoints(await memory({ ...filters('conv1', 2), ...norm('bn1', 2) }), await memory({ ...filters('conv1', 2), 'conv1.bias': float32([2]) })); // prettier-ignore
  assert.match(
    folded.notes[0]!,
    /^The second file's BatchNorms are folded .*, it seems, .* \(conv1\.bias is there, bn1\.running_mean is not\)/,
  );
});

test('one rule of modules: by names of a file as by the graph of a network, built in or imported', async () => {
  const inFile = async (path: string) => {
    const checkpoint = await openCheckpoint(fixture(path));
    const { modules } = await diffCheckpoints(checkpoint, checkpoint);
    await checkpoint.close();
    return modules.map(({ module }) => module);
  };
  const shape = { batch: 1, channels: 3, height: 32, width: 32, classes: 5 };
  const inNetwork = (spec: NetworkSpec) => buildNetwork(spec, shape).modules.map(({ name }) => name);
  const imported = inNetwork({ architecture: 'onnx', file: fixture('models/onnx-residual.onnx') });
  assert.deepEqual(await inFile('models/onnx-residual.onnx'), imported);
  const ours = inNetwork({ architecture: 'resnet', depth: 18 });
  assert.deepEqual((await inFile('checkpoints/resnet.pth')).filter((name) => ours.includes(name)), await inFile('checkpoints/resnet.pth')); // prettier-ignore
});

test('every sentence is whole and true: singular, few of many, all but few, one that moved, nothing', async () => {
  const { diffData } = await import('../../src/report/diff.js');
  const said = async (x: Record<string, Tensor>, y: Record<string, Tensor>) => {
    const { sentences, cautions } = diffData(await diffCheckpoints(await memory(x), await memory(y)));
    for (const text of [...sentences, ...cautions]) assert.match(text, /^[A-Z0-9].*[.?]$/, text);
    return [sentences, cautions];
  };
  const n = 10_000;
  const ones = (changed: number) => ({ 'fc.weight': float32([n], new Float32Array(n).fill(1).fill(2, 0, changed)) });
  assert.match((await said(ones(0), ones(n - 1)))[0]![0]!, /^1 of 10,000 weights stayed exactly as it was; together the weights moved by /);
  assert.match((await said(ones(0), ones(n - 3)))[0]![0]!, /^3 of 10,000 weights stayed exactly as they were; /);
  assert.match((await said(ones(0), ones(3)))[0]![0]!, /^All but 3 of 10,000 weights stayed exactly as they were; together the weights moved by 1\.7 % of /); // prettier-ignore
  assert.match((await said(ones(0), ones(n)))[0]![0]!, /^No weight stayed as it was; /);
  const one = (value: number) => ({ 'fc.weight': float32([1], [value]) });
  assert.deepEqual((await said(one(1), one(1)))[0], ['The one weight that both files hold is equal.']);
  const small = (value: number) => ({ 'a.weight': float32([2], [1, 1]), 'b.weight': float32([2], [1, value]) });
  assert.deepEqual((await said(small(1), small(1.0001)))[0]!.slice(1), ['Only b moved, by 0.0071 % of its size.', 'One module is unchanged: a.']); // prettier-ignore
  assert.deepEqual(await said({ 'a.weight': float32([2]) }, { 'a.weight': float32([3]) }), [
    ["No weights were compared: 1 tensor has another shape in the second file. Is it another network's?"],
    ['1 tensor has another shape in the second file: not compared.'],
  ]);
  const [nothing, left] = await said({ 'a.weight': float32([2]) }, { 'b.weight': float32([2]) });
  assert.match(nothing![0]!, /^Nothing was compared: .* The first file begins with a\.weight, the second with b\.weight; --map /);
  assert.deepEqual(left, ["1 tensor is only in the first file, 1 only in the second (--map renames the second file's)."]);
  assert.deepEqual((await said(one(1), { ...one(1), more: float32([1]) }))[1], ['1 tensor is only in the second file.']);
  assert.deepEqual(await said({ steps: int64([3]) }, { steps: int64([4]) }), [
    ['The tensors that the files have in common hold no weights to compare.'],
    ['1 buffer (running statistics, whole numbers) is listed, but left out of modules and of the whole.'],
  ]);
});

test('sentences do not call weights equal that could not be compared', async () => {
  const sentencesOf = async (x: number[], y: number[]) => {
    const [a, b] = [await memory({ 'fc.weight': float32([4], x) }), await memory({ 'fc.weight': float32([4], y) })];
    const { diffData } = await import('../../src/report/diff.js');
    const { sentences, cautions } = diffData(await diffCheckpoints(a, b));
    return [sentences[0], cautions[0]];
  };
  assert.deepEqual(await sentencesOf([1, 2, 3, NaN], [1, 2, 3, 4]), [
    'The 3 weights that both files hold and that are finite are equal; 1 could not be compared.',
    '1 number is NaN or infinite on a side, left out of every measure: in fc.weight.',
  ]);
  const none = new Array<number>(4).fill(Infinity);
  assert.match((await sentencesOf(none, [1, 2, 3, 4]))[0]!, /are all NaN or infinite on a side: nothing was compared\.$/);
  assert.deepEqual(await sentencesOf([1, 2, 3, 4], [1, 2, 3, 4]), ['All 4 weights that both files hold are equal.', undefined]);
});

test('NaN and infinities are counted and left out; nothing finite: every measure is null', async () => {
  const a = await memory({ w: float32([4], [1, NaN, Infinity, 2]), n: float32([1], [NaN]), e: float32([0]) });
  const b = await memory({ w: float32([4], [1, 1, Infinity, 4]), n: float32([1], [1]), e: float32([0]) });
  const [w, n, e] = (await diffCheckpoints(a, b)).tensors;
  assert.deepEqual([w!.nonFinite, w!.l2, w!.unchanged], [2, 2, 0.5]);
  for (const row of [n!, e!])
    assert.deepEqual([row.l2, row.rms, row.relative, row.cosine, row.largest, row.unchanged], [null, null, null, null, null, null]);
});

test('types may differ: half against float32 is compared after widening; whole numbers are buffers', async () => {
  const a = await memory({ w: tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000)), steps: int64([3]) });
  const b = await memory({ w: float32([2], [1, -2.5]), steps: int64([5]) });
  const { tensors, buffers } = await diffCheckpoints(a, b);
  assert.deepEqual([tensors[0]!.l2, tensors[0]!.dtypeA, tensors[0]!.dtypeB], [0.5, 'float16', 'float32']);
  assert.deepEqual([tensors[1]!.l2, buffers], [2, ['steps']]);
});

test('two large tensors are read in pieces, and give what one piece gives', async () => {
  const n = 2 ** 21 + 17;
  const made = (key: string) => {
    const { uniform } = random('diff', key);
    return Float32Array.from({ length: n }, uniform);
  };
  let largest = 0;
  const stored = (data: Float32Array, piece: number): StoredTensor => ({
    dtype: 'float32',
    dims: [n],
    piece,
    read(from, to) {
      largest = Math.max(largest, to - from);
      return Promise.resolve(new Uint8Array(data.buffer, from * 4, (to - from) * 4));
    },
  });
  const [a, b] = [made('a'), made('b')];
  const whole = await sumsOf(stored(a, n), stored(b, n));
  largest = 0;
  const pieces = await sumsOf(stored(a, 2 ** 20), stored(b, 2 ** 20));
  assert.equal(largest, 2 ** 20);
  assertClose(Object.values(pieces), Object.values(whole), { relative: 1e-12 }, 'sums');
});

test('carryover diff: text, JSON and page say the same', async (t) => {
  const rig = await cliRig(t);
  const same = { 'conv1.weight': float32([3], [1, 2, 3]) };
  await rig.write(
    'a.safetensors',
    encodeSafetensors(new Map(Object.entries({ ...same, 'fc.weight': float32([2], [3, 4]), head: float32([1]) }))),
  );
  await rig.write(
    'b.safetensors',
    encodeSafetensors(new Map(Object.entries({ ...same, 'fc.weight': float32([2], [3, 3]), head: float32([2]) }))),
  );
  const text = await rig.run('diff', 'a.safetensors', 'b.safetensors', '--html', 'out/diff.html');
  assert.equal(text.code, 0, text.stderr);
  assert.match(
    text.stdout,
    /^80\.0 % of weights stayed exactly as they were; together the weights moved by 16\.0 % of the length of the first file's/,
  );
  assert.match(text.stdout, /^One module is unchanged: conv1\.$/m);
  assert.match(text.stdout, /^fc +2 +1 +0\.7071 +0\.2 +0\.98995 +50\.0 %$/m);
  assert.match(text.stdout, /^ {2}head: \[1\] against \[2\]$/m);
  assert.match(text.stdout, /out\/diff\.html\n$/);
  const { tensors } = JSON.parse((await rig.run('diff', 'a.safetensors', 'b.safetensors', '--json')).stdout) as {
    tensors: { l2: number }[];
  };
  assert.deepEqual(
    tensors.map(({ l2 }) => l2),
    [0, 1],
  );
  const page = await readFile(rig.path('out/diff.html'), 'utf8');
  assert.match(page, /80\.0 % of weights stayed exactly as they were/);
  assert.doesNotMatch(page, /<script|https?:\/\//, 'the page runs and loads nothing');

  await rig.write('c.txt', 'weights');
  const refused = await rig.run('diff', 'a.safetensors', 'c.txt');
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(refused.stderr, /c\.txt: must be a checkpoint/);
});

test('a page escapes what files are called', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'a<b>.safetensors');
  await writeFile(path, encodeSafetensors(new Map([['<img src=x>.w', float32([1], [1])]])));
  const { renderDiff } = await import('../../src/report/html.js');
  const { diffData } = await import('../../src/report/diff.js');
  const [a, b] = [await openCheckpoint(path), await openCheckpoint(path)];
  const page = renderDiff(diffData(await diffCheckpoints(a, b)));
  assert.match(page, /a&lt;b>?/);
  assert.doesNotMatch(page, /<img src=x>/);
  await a.close();
  await b.close();
});
