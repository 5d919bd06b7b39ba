// A study whose network is an .onnx file.
import assert from 'node:assert/strict';
import { copyFile, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { Tables } from '../../src/analyses/analysis.js';
import { contentHash } from '../../src/checkpoints/content-hash.js';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { buildNetwork } from '../../src/models/networks.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnxFile } from '../../src/onnx/write.js';
import { openStore } from '../../src/store/store.js';
import type { LoadSummary } from '../../src/study/execute-load.js';
import { LOAD_FILE } from '../../src/study/execute-load.js';
import { checkStudy, parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { fixture } from '../support/fixture.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

const study = (network: string, analyses = 'distance, cka, interpolation, rewind') =>
  tinyStudy({ analyses, epochs: 1 })
    .replace('{ architecture: mlp, hidden: [16] }', network)
    .replace('pretrain: { on: source, seed: 1 }', 'pretrain: { from: net.onnx }');

async function folderWith(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await temporaryFolder(t);
  await copyFile(fixture('models/onnx-residual.onnx'), join(folder, 'net.onnx'));
  return folder;
}

test('an exported network is fine-tuned from its own weights, and analysed', async (t) => {
  const folder = await folderWith(t);
  const text = study('{ architecture: onnx, file: net.onnx }');
  const plan = await planStudy(parseStudy(text, join(folder, 'study.yaml')));
  const store = await openStore(join(folder, 'store'));
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  assert.deepEqual(result.failed, []);
  const step = (title: string) => plan.steps.find((each) => each.title.startsWith(title))!;
  const { classes, notes } = await store.readJson<LoadSummary>(step('load P').id, LOAD_FILE);
  assert.deepEqual([classes, notes], [5, []], 'P keeps the head of the file');
  const start = await readSafetensors(store.path(step('train P-T.1').id, 'epoch-0000.safetensors'));
  const own = await readSafetensors(store.path(step('load P').id, 'final.safetensors'));
  for (const name of ['layer2.0.conv1.weight', 'layer2.0.bn1.running_var'])
    assert.deepEqual(start.tensors.get(name)!.data, own.tensors.get(name)!.data, name);
  assert.notDeepEqual(start.tensors.get('fc.weight')!.dims, own.tensors.get('fc.weight')!.dims, 'a fresh head');
  const end = await readSafetensors(store.path(step('train P-T.1').id, 'final.safetensors'));
  for (const name of ['conv1.weight', 'layer2.0.bn1.running_var'])
    assert.notDeepEqual(end.tensors.get(name)!.data, start.tensors.get(name)!.data, `${name} trains`);
  assert.ok(!end.metadata['network']!.includes(folder), 'where the file lay is not recorded');
  const { modules } = await store.readJson<Tables>(step('rewind').id, 'tables.json');
  assert.deepEqual([...new Set(modules!.map(({ module }) => module))], ['conv1', 'layer1.0', 'layer2.0', 'fc']);
});

test('the identity of what is trained is the file’s content, not its place', async (t) => {
  const [one, two] = [await folderWith(t), await folderWith(t)];
  const idsIn = async (folder: string) => {
    const { steps } = await planStudy(parseStudy(study('{ architecture: onnx, file: net.onnx }'), join(folder, 'study.yaml')));
    return steps.map(({ id }) => id);
  };
  const ids = await idsIn(one);
  assert.deepEqual(await idsIn(two), ids);
  const bytes = await readFile(join(two, 'net.onnx'));
  await writeFile(join(two, 'net.onnx'), Buffer.concat([bytes, Buffer.from([0x32, 1, 0x61])]));
  assert.notDeepEqual(await idsIn(two), ids, 'another content');
});

test('external data belongs to the content; a file that changes after planning is refused', async (t) => {
  const folder = await folderWith(t);
  const file = join(folder, 'net.onnx');
  const shape = { batch: 2, channels: 3, height: 8, width: 8, classes: 5 };
  const whole = await readOnnx(file, { dimensions: { n: 1, h: 8, w: 8 } });
  await writeOnnxFile(whole, file, { external: true });
  const before = await contentHash(file);
  const spec = { architecture: 'onnx', file, content: before };
  assert.equal(buildNetwork(spec, shape).parameters.length, 20);
  const data = await readFile(`${file}.data`);
  data[0] = data[0]! ^ 1;
  await writeFile(`${file}.data`, data);
  assert.notEqual(await contentHash(file), before);
  await utimes(file, new Date(), new Date(0));
  assert.throws(
    () => buildNetwork(spec, shape),
    /net\.onnx must be as it was when the study was planned \(plan again\), got another content$/,
  );
});

test('mistakes are named in the study', () => {
  const problems = (network: string) => {
    const checked = checkStudy(study(network), 'study.yaml');
    return 'problems' in checked ? checked.problems.map(({ line, message }) => [line, message]) : [];
  };
  assert.deepEqual(problems('{ architecture: onnx }'), [[4, 'network: onnx: file: must be a text, got ""']]);
  assert.deepEqual(problems('{ architecture: onnx, file: a.onnx, modules: "(" }'), [
    [4, 'network: onnx: modules: must be a regular expression, got "("'],
  ]);
  assert.deepEqual(problems('{ architecture: onnx, file: a.onnx, input: 224 }'), [[4, 'network: onnx: input: must be a text, got 224']]);
  assert.deepEqual(problems('{ architecture: onnx, file: a.onnx, input: 3x65x }'), [
    [4, 'network: onnx: input: must be CxHxW, e.g. 3x224x224, got "3x65x"'],
  ]);
  assert.deepEqual(problems('{ architecture: onnx, files: a.onnx }'), [
    [4, 'network: onnx: unknown option "files"; there are: file, content, input, output, modules, constants; did you mean file?'],
  ]);
});

test('a network that cannot take the images is refused by the plan, before they are prepared', async (t) => {
  const folder = await folderWith(t);
  await copyFile(fixture('models/onnx-residual-fixed.onnx'), join(folder, 'fixed.onnx'));
  const plan = (network: string) => planStudy(parseStudy(study(network), join(folder, 'study.yaml')));
  await assert.rejects(
    plan('{ architecture: onnx, file: fixed.onnx }'),
    /InputError: data\.near: size: .*fixed\.onnx: images must be 3x8x8 as the file fixes its input "input" .*, got 3x32x32$/,
  );
  await assert.rejects(
    plan('{ architecture: onnx, file: net.onnx, input: 3x8x8 }'),
    /InputError: data\.near: size: onnx: input: images must be 3x8x8, got 3x32x32/,
  );
  await assert.rejects(plan('{ architecture: vit, patch: 64 }'), /InputError: vit: patch must divide the image's sides 32x32, got 64/);
});
