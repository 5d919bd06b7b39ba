// What the command line says: help, exit codes, JSON, and what it makes of broken input.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import sharp from 'sharp';
import { bundledStudy, openStudy } from '../../src/cli/study-file.js';
import { VERBS } from '../../src/cli/verbs.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';
import type { Rig } from '../support/cli.js';
import { cliRig } from '../support/cli.js';
import { tinyStudy } from '../support/tiny-study.js';

/** Runs, and checks that it was refused: exit code 2, a message on stderr, no stack, nothing on stdout. */
async function refused(rig: Rig, args: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await rig.run(...args);
  assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /^\s+at /m, 'no stack');
  assert.equal(stdout, '');
}

test('help of the whole: every verb, examples, exit codes', async (t) => {
  const rig = await cliRig(t);
  const { code, stdout } = await rig.run('--help');
  assert.equal(code, 0);
  for (const name of Object.keys(VERBS)) assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
  assert.match(stdout, /Examples:\n {2}\$ carryover demo/);
  assert.match(stdout, /130 +interrupted/);
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
  assert.equal((await rig.run('--version')).stdout, `${version}\n`);
});

test('help of each verb has examples', async () => {
  for (const [name, load] of Object.entries(VERBS)) {
    const verb = await load();
    for (const command of verb.commands.length > 0 ? verb.commands : [verb]) {
      let text = '';
      command.configureOutput({ writeOut: (more) => (text += more) }).outputHelp();
      const words = command === verb ? name : `${name} ${command.name()}`;
      assert.doesNotMatch(text, /default: (\[|\{)/, `${words}: a default that says nothing`);
      assert.match(text, new RegExp(`Examples:\n {2}\\$ carryover ${words}`), words);
    }
  }
});

test('a wrong command line is refused, near words are suggested', async (t) => {
  const rig = await cliRig(t);
  await refused(rig, ['plna', 'study.yaml'], /unknown command "plna"; .*; did you mean plan\?/);
  await refused(rig, ['foo'], /^error: carryover: unknown command "foo"; there are: demo, init, plan, .*help\n$/);
  await refused(rig, ['bench', 'fixup-demo', '--top', '3'], /bench: --top goes with --profile, got --top 3 alone/);
  await refused(rig, ['run'], /missing required argument 'study'/);
  await refused(rig, ['run', 'study.yaml', '--workers', '0'], /workers: must be a positive integer, got 0/);
  await refused(rig, ['plan', 'nowhere.yaml'], /study: nowhere\.yaml must be a readable file, got no such file/);
  await refused(rig, [], /Usage: carryover/);
});

test('plan says of data that is not here how it is estimated all the same', async (t) => {
  const rig = await cliRig(t);
  const study = bundledStudy('paper/domainnet.yaml');
  const { code, stderr } = await rig.run('plan', study, '--no-estimate');
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    /data: .* must be a folder that can be read, got nothing there; carryover plan --assume machine estimates without the data/,
  );
});

test('init writes a study that plans, and overwrites nothing', async (t) => {
  const rig = await cliRig(t);
  assert.equal((await rig.run('init')).stdout, 'study.yaml\n');
  const before = await readFile(rig.path('study.yaml'), 'utf8');
  await refused(rig, ['init'], /study\.yaml exists and is not overwritten/);
  assert.equal(await readFile(rig.path('study.yaml'), 'utf8'), before);

  const { code, stdout } = await rig.run('plan', 'study.yaml', '--no-estimate', '--json');
  assert.equal(code, 0);
  const { study, steps } = JSON.parse(stdout) as { study: string; steps: { kind: string; state: string; needs: string[] }[] };
  assert.equal(study, 'my-study');
  assert.equal(steps.filter(({ kind }) => kind === 'train').length, 5);
  for (const { state, needs } of steps) assert.equal(state, needs.length === 0 ? 'ready' : 'waiting');
});

test('a mistake in a study is named with its line, its column and the right word', async (t) => {
  const rig = await cliRig(t);
  await rig.write('typo.yaml', tinyStudy().replace('epochs:', 'epoch:'));
  await refused(rig, ['plan', 'typo.yaml'], /typo\.yaml:\d+:\d+: recipe: unknown key "epoch".*did you mean epochs\?/);
  await rig.write('broken.yaml', 'carryover: 1\nname: [');
  await refused(rig, ['run', 'broken.yaml'], /broken\.yaml:\d+:\d+: /);
});

test('what is no study file is refused in a line', async (t) => {
  const rig = await cliRig(t);
  await rig.write('p.pth', Buffer.concat([Buffer.from('PK\u0003\u0004: ['), Buffer.alloc(64), Buffer.from('a: b: c\n'.repeat(100))]));
  await refused(rig, ['run', 'p.pth'], /^error: study: p\.pth must be a study file, YAML or JSON, got bytes that are no text .*\n$/);
  await rig.write('table.csv', 'a: b: c\n'.repeat(150_000));
  await refused(rig, ['plan', 'table.csv'], /^error: study: table\.csv must be a study file, YAML or JSON of at most 1 MB, got 1\.2 MB\n$/);
});

test('inspect: numbers of a file, as a table and as JSON', async (t) => {
  const rig = await cliRig(t);
  const tensors = new Map([
    ['layer1.0.conv1.weight', float32([2, 2], [1, 2, 3, 6])],
    ['fc.bias', float32([3], [0, NaN, 2])],
  ]);
  await rig.write('a.safetensors', encodeSafetensors(tensors, { epoch: '4' }));
  const { code, stdout } = await rig.run('inspect', 'a.safetensors', '--json');
  assert.equal(code, 0);
  const found = JSON.parse(stdout) as { parameters: number; metadata: object; modules: object[]; tensors: Record<string, unknown>[] };
  assert.deepEqual([found.parameters, found.metadata], [7, { epoch: '4' }]);
  assert.deepEqual(found.modules, [
    { name: 'layer1.0', tensors: 1, parameters: 4 },
    { name: 'fc', tensors: 1, parameters: 3 },
  ]);
  const [weight, bias] = found.tensors;
  assert.deepEqual([weight!['min'], weight!['max'], weight!['mean'], weight!['std']], [1, 6, 3, Math.sqrt(3.5)]);
  assert.deepEqual([bias!['nan'], bias!['zeros']], [1, 1 / 3]);

  const table = await rig.run('inspect', 'a.safetensors');
  assert.match(table.stdout, /fc\.bias +float32\[3\] +0 +2 +1 +1 +33\.3 % +1 NaN/);
});

test('inspect refuses files that lie or are cut short', async (t) => {
  const rig = await cliRig(t);
  const whole = encodeSafetensors(new Map([['w', float32([4], [1, 2, 3, 4])]]));
  await rig.write('cut.safetensors', whole.subarray(0, whole.length - 4));
  await refused(rig, ['inspect', 'cut.safetensors'], /cut\.safetensors: w: data must end inside the file/);
  await rig.write('lies.safetensors', Buffer.from(Buffer.from(whole).toString('latin1').replace('[0,16]', '[0,24]'), 'latin1'));
  await refused(rig, ['inspect', 'lies.safetensors'], /lies\.safetensors: /);
  await rig.write('header.safetensors', Buffer.concat([Buffer.from([255, 255, 255, 255, 255, 0, 0, 0]), whole.subarray(8)]));
  await refused(rig, ['inspect', 'header.safetensors'], /header\.safetensors: /);

  const model = await readFile(new URL('../../../test/onnx/fixtures/torch.onnx', import.meta.url));
  await rig.write('cut.onnx', model.subarray(0, model.length / 2));
  await refused(rig, ['inspect', 'cut.onnx'], /cut\.onnx: must be a whole onnx file/);
  await rig.write('empty.onnx', '');
  await refused(rig, ['inspect', 'empty.onnx'], /empty\.onnx: must be an onnx model/);
  await refused(rig, ['inspect', 'model.pth'], /model\.pth/);
});

test('data: a folder with broken files is refused by name, or taken without them; a class of one image is remarked', async (t) => {
  const rig = await cliRig(t);
  const png = (color: string) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: color } })
      .png()
      .toBuffer();
  for (const name of ['cat', 'dog', 'eel']) await mkdir(rig.path('photos', name), { recursive: true });
  for (let i = 0; i < 10; i++) {
    await rig.write(`photos/cat/${i}.png`, await png(`rgb(${i * 20},0,0)`));
    await rig.write(`photos/dog/${i}.png`, await png(`rgb(0,${i * 20},0)`));
  }
  await rig.write('photos/eel/only.png', await png('#0000ff'));
  const jpeg = await sharp(await png('#123456'))
    .jpeg()
    .toBuffer();
  await rig.write('photos/cat/broken.jpg', jpeg.subarray(0, 60));
  await rig.write('photos/dog/notes.txt', 'not an image');
  const args = ['data', 'prepare', 'folder', '-o', 'root=photos', '-o', 'size=8'];
  await refused(rig, args, /got 2 that are not[^]*cat\/broken\.jpg[^]*dog\/notes\.txt/);

  const { code, stdout } = await rig.run(...args, '-o', 'corrupt=skip', '--json');
  assert.equal(code, 0);
  const { folder } = JSON.parse(stdout) as {
    folder: { classes: { class: string; train: number; test: number }[]; skipped: { file: string }[]; remarks: string[] };
  };
  assert.deepEqual(folder.skipped.map(({ file }) => file).sort(), ['cat/broken.jpg', 'dog/notes.txt']);
  assert.deepEqual(
    folder.classes.map((row) => row.class),
    ['cat', 'dog', 'eel'],
  );
  assert.equal(folder.classes[2]!.train, 1);
  assert.match(folder.remarks.join(), /eel/);

  const preview = await rig.run(
    'data',
    'preview',
    'folder',
    '-o',
    'root=photos',
    '-o',
    'size=8',
    '-o',
    'corrupt=skip',
    '--out',
    'sheet.png',
  );
  assert.equal(preview.stdout, 'sheet.png\n');
  assert.equal((await sharp(rig.path('sheet.png')).metadata()).format, 'png');
});

test('data: unknown words list what there is', async (t) => {
  const rig = await cliRig(t);
  await refused(rig, ['data', 'prepare', 'emojis'], /unknown dataset "emojis".*did you mean emoji\?/);
  await refused(rig, ['data', 'prepare', 'emoji', '-o', 'domains=notto'], /noto/);
  const { stdout } = await rig.run('data', 'list', '--json');
  assert.ok('emoji' in (JSON.parse(stdout) as object));
});

test('a reader that goes away is no error', async (t) => {
  const rig = await cliRig(t);
  const { child, finished } = rig.start('data', 'list');
  child.stdout!.destroy();
  const { code, stderr } = await finished;
  assert.deepEqual([code, stderr], [0, '']);
});

test('the demo study is in order: two targets, four runs each, the main analyses', async () => {
  const { plan } = await openStudy(bundledStudy('demo.yaml'));
  const count = (kind: string) => plan.steps.filter((step) => step.kind === kind).length;
  assert.deepEqual([count('data'), count('train')], [3, 1 + 2 * 4]);
  for (const name of ['learning-curves', 'mistakes', 'cka', 'distance', 'interpolation']) assert.equal(count(name), 2, name);
});
