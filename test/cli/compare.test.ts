// carryover compare: networks come as checkpoints; a study that trained the same networks is the oracle.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { byRole, parseCheckpoint } from '../../src/cli/compared-checkpoints.js';
import { comparedNetwork } from '../../src/cli/compared-network.js';
import type { Comparison } from '../../src/cli/compared-study.js';
import { comparedStudy } from '../../src/cli/compared-study.js';
import { buildNetwork } from '../../src/models/networks.js';
import { parseStudy } from '../../src/study/parse.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import type { ReportData, Section } from '../../src/report/contract.js';
import { cliRig } from '../support/cli.js';
import { fixture } from '../support/fixture.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

/** Where these networks started is not told; test/study/loaded-arms.test.ts tells it. */
const withoutStarts = ({ tables }: Section) =>
  Object.values(tables).map((rows) => rows.map((row) => ({ ...row, relative: null, cosine: null })));

const SHARED = ['mistakes', 'cka', 'distance', 'interpolation'];
const NETWORK = '{ architecture: mlp, hidden: [16] }';

test('networks that were trained here and exported give the same rows as the study that trained them', async (t) => {
  const rig = await cliRig(t);
  // compare calls the images by the data set's name
  const study = tinyStudy({ analyses: SHARED.join(', '), epochs: 1 })
    .replace('near:', 'emoji:')
    .replace('[near]', '[emoji]');
  await rig.write('tiny.yaml', study);
  assert.equal((await rig.run('run', 'tiny.yaml', '-t', '1', '--no-report')).code, 0);
  const files = { P: 'p', 'emoji/P-T.1': 'a', 'emoji/RI-T.1': 'c' };
  for (const [run, file] of Object.entries(files)) {
    assert.equal((await rig.run('export', 'tiny.yaml', run, '--to', `${file}.safetensors`)).code, 0);
  }
  const checkpoints = { P: 'p', 'P-T1': 'a', 'RI-T': 'c' };
  const given = Object.entries(checkpoints).flatMap(([name, file]) => ['--checkpoint', `${name}=${file}.safetensors`]);
  const images = ['--data', 'emoji', '-o', 'domains=openmoji', '--normalize', 'data'];
  const how = ['--analyses', SHARED.join(), '-t', '1', '--write-study', 'kept/compare.yaml', '--out', 'kept/report.html', '--json'];
  const done = await rig.run('compare', '--network', NETWORK, ...images, ...given, ...how);
  assert.equal(done.code, 0, done.stderr);
  const told = JSON.parse(done.stdout) as { ok: boolean; report: string; absent: unknown[]; loaded: { name: string; matched: number }[] };
  assert.deepEqual([told.ok, told.absent], [true, []]);
  assert.deepEqual(told.loaded.map(({ name, matched }) => [name, matched]), [['P', 4], ['P-T.1', 4], ['RI-T.1', 4]]); // prettier-ignore
  assert.ok((await stat(rig.path('kept', 'report.html'))).size > 10_000);

  const text = await readFile(rig.path('kept', 'compare.yaml'), 'utf8');
  assert.match(text, /from":"\.\.\/p\.safetensors"/, 'paths start at the study file');
  const sectionsOf = async (file: string) => {
    const { stdout } = await rig.run('report', file, '--json');
    return (JSON.parse(stdout) as ReportData).sections;
  };
  const [own, brought] = [await sectionsOf('tiny.yaml'), await sectionsOf('kept/compare.yaml')];
  for (const analysis of SHARED) {
    const [mine, theirs] = [own, brought].map((all) => all.find((section) => section.analysis === analysis)!);
    assert.ok(Object.values(mine!.tables).flat().length > 0, analysis);
    assert.deepEqual(withoutStarts(theirs!), withoutStarts(mine!), analysis);
  }
});

test('a network of other classes fails by name; what is missing is said before anything runs', async (t) => {
  const rig = await cliRig(t);
  const shape = { batch: 1, channels: 3, height: 32, width: 32, classes: 8 };
  await rig.write('p.safetensors', encodeSafetensors(buildNetwork(comparedNetwork(NETWORK), shape).init(1)));
  const compare = (...args: string[]) => rig.run('compare', '--data', 'emoji', '-o', 'domains=openmoji', '-t', '1', '-q', ...args);
  const other = await compare('--network', NETWORK, '--checkpoint', 'P-T=p.safetensors', '--analyses', 'distance');
  assert.equal(other.code, 2);
  assert.equal(other.stderr.split('must have the 18 classes').length, 2, 'told once');
  assert.doesNotMatch(other.stderr, /^ +at /m, 'without a stack');
  assert.match(
    other.stderr,
    /^error: compare: --checkpoint: .*: the head \(fc\) must have the 18 classes of emoji, got 8: is it a checkpoint of P\?/,
  );
  assert.deepEqual(await readdir(rig.folder), ['p.safetensors'], 'no image was decoded for it');
  const missing = await compare('--network', NETWORK, '--checkpoint', 'P-T=none.pth');
  assert.deepEqual([missing.code, missing.stdout], [2, '']);
  assert.match(missing.stderr, /none\.pth: must be a readable file/);
});

test('a network that tells the classes apart no better than chance is named, with what is most likely wrong', async (t) => {
  const rig = await cliRig(t);
  const shape = { batch: 1, channels: 3, height: 32, width: 32, classes: 18 };
  await rig.write('p.safetensors', encodeSafetensors(buildNetwork(comparedNetwork(NETWORK), shape).init(1)));
  const data = ['--data', 'emoji', '-o', 'domains=openmoji', '-t', '1', '--analyses', 'learning-curves'];
  const { code, stderr } = await rig.run('compare', ...data, '--network', NETWORK, '--checkpoint', 'P-T=p.safetensors');
  assert.equal(code, 0);
  assert.match(
    stderr,
    /on emoji no better than chance \([\d.]+ %\) in accuracy: P-T\.1 .*most likely classes stand in another order .*normalized/,
  );
});

test('a checkpoint under two names is said to be one, and stands under both in the report', async (t) => {
  const rig = await cliRig(t);
  const shape = { batch: 1, channels: 3, height: 32, width: 32, classes: 18 };
  await rig.write('a.safetensors', encodeSafetensors(buildNetwork(comparedNetwork(NETWORK), shape).init(1)));
  await symlink(rig.path('a.safetensors'), rig.path('link.safetensors'));
  const given = ['--checkpoint', 'P-T1=a.safetensors', '--checkpoint', 'P-T2=./link.safetensors'];
  const data = ['--data', 'emoji', '-o', 'domains=openmoji', '-t', '1', '--analyses', 'learning-curves'];
  const { code, stdout, stderr } = await rig.run('compare', ...data, '--network', NETWORK, ...given, '--write-study', 's.yaml', '--json');
  assert.equal(code, 0, stderr);
  const said = 'P-T.1 and P-T.2 on emoji are one checkpoint, given more than once: analyses count it as 2 networks.';
  assert.ok(stderr.split('\n').indexOf(said) < stderr.split('\n').findIndex((line) => line.includes('✓')), stderr);
  assert.ok(stderr.includes(said), stderr);
  const { loaded } = JSON.parse(stdout) as ReportData;
  assert.deepEqual(loaded.map(({ name, matched, notes }) => [name, matched, ...notes]), [
    ['P-T.1', 4],
    ['P-T.2', 4, 'It is the checkpoint of P-T.1, given once more.'],
  ]); // prettier-ignore
  const { runs } = JSON.parse((await rig.run('report', 's.yaml', '--json')).stdout) as ReportData;
  assert.deepEqual(runs.map(({ name, value }) => [name, value]), [['P-T.1', runs[0]!.value], ['P-T.2', runs[0]!.value]]); // prettier-ignore
  assert.ok(runs[0]!.value !== null);
  assert.ok((await rig.run('plan', 's.yaml', '--no-estimate')).stderr.includes(said));
});

test('a comparison has a name of its own, and a failing one writes nothing and names the option', async (t) => {
  const rig = await cliRig(t);
  const shape = { batch: 1, channels: 3, height: 32, width: 32, classes: 18 };
  for (const seed of [1, 2])
    await rig.write(`${seed}.safetensors`, encodeSafetensors(buildNetwork(comparedNetwork(NETWORK), shape).init(seed)));
  const compare = (network: string, file: string, ...more: string[]) =>
    rig.run('compare', '--data', 'emoji', '-o', 'domains=openmoji', '-t', '1', '-q', '--analyses', 'distance', '--network', network, '--checkpoint', `P-T=${file}`, ...more); // prettier-ignore
  const refused = async (message: RegExp, ...args: Parameters<typeof compare>) => {
    const { code, stdout, stderr } = await compare(...args);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert.deepEqual((await readdir(rig.folder)).sort(), ['1.safetensors', '2.safetensors'], 'nothing was written');
  };
  await refused(/^error: compare: --network: mlp: hidden/, '{ architecture: mlp, hidden: [-1] }', '1.safetensors');
  await refused(/^error: compare: --analyses: .*unknown analysis "cake"/, NETWORK, '1.safetensors', '--analyses', 'cake');
  await refused(/^error: compare: --map: /, NETWORK, '1.safetensors', '--map', 'a');
  await refused(/^error: compare: -o: emoji: unknown option "sise"/, NETWORK, '1.safetensors', '-o', 'sise=3');
  await refused(/^error: compare: --normalize: /, NETWORK, '1.safetensors', '--normalize', 'imagnet');
  const fixed = fixture('models/onnx-residual-fixed.onnx');
  await refused(/^error: compare: -o: size: .*onnx-residual-fixed\.onnx: images must be 3x8x8 .*, got 3x32x32\n$/, fixed, '1.safetensors');
  await refused(/^error: compare: --network: onnx: input: must be CxHxW, e\.g\. 3x224x224, got "3x65x"/, `{ architecture: onnx, file: ${fixed}, input: 3x65x }`, '1.safetensors'); // prettier-ignore
  await refused(/none\.pth: must be a readable file/, NETWORK, 'none.pth');
  const smaller =
    /^error: compare: --checkpoint: .*: every parameter of the body must be in the file, got none for fc1\.weight \[8, 3072\] \(has \[16, 3072\]\)/;
  await refused(smaller, '{ architecture: mlp, hidden: [8] }', '1.safetensors');

  const reports: string[] = [];
  for (const file of ['1.safetensors', '2.safetensors', '1.safetensors']) {
    const { code, stdout, stderr } = await compare(NETWORK, file);
    assert.equal(code, 0, stderr);
    reports.push(stdout.trim());
  }
  assert.match(reports[0]!, /carryover-store\/reports\/mlp-[0-9a-f]{6}\/report\.html$/);
  assert.deepEqual([reports[1] === reports[0], reports[2] === reports[0]], [false, true]);
});

test('what the command line says must fit together', async (t) => {
  const folder = join(await temporaryFolder(t), 'photos');
  await mkdir(folder);
  const study = (given: readonly string[], more: Partial<Comparison> = {}) =>
    comparedStudy(
      {
        name: 'c',
        network: comparedNetwork('resnet18'),
        data: 'emoji',
        train: undefined,
        source: undefined,
        options: ['domains=noto'],
        normalize: 'imagenet',
        checkpoints: byRole(given.map(parseCheckpoint)),
        map: [],
        analyses: null,
        ...more,
      },
      null,
    );
  const parsed = parseStudy(
    await study(['P=p.pth', 'RI=r.pth', 'P-T=a.pth', 'mine=m.pth', 'RI-T1@initial=r.pth', 'RI-T=b.pth'], { map: ['a=>b'] }),
    's.yaml',
  );
  assert.deepEqual(
    parsed.loadedArms.map(({ role }) => role),
    ['P-T', 'RI-T', 'mine'],
  );
  assert.deepEqual(parsed.loadedArms[1]!.runs['emoji']![0]!.epochs, { 0: join(process.cwd(), 'r.pth') });
  assert.deepEqual([parsed.loaded!.map, parsed.initial!.map, parsed.loadedArms[2]!.runs['emoji']![0]!.map], [['a=>b'], ['a=>b'], ['a=>b']]);
  await assert.rejects(study(['P=p.pth']), /there must be a network that was trained on the images, like --checkpoint P-T1=a\.safetensors/);
  await assert.rejects(study(['P-T=a'], { data: 'nowhere' }), /--data must be a folder .*unknown data set "nowhere"/);
  await assert.rejects(study(['P-T=a'], { train: 'x' }), /--train goes with a folder \(--data val\/\), got --data emoji/);
  await assert.rejects(
    study(['P-T=a', 'P=p'], { source: 'nowhere' }),
    /--source must be a folder with a folder of images per class, got nowhere/,
  );
  await assert.rejects(study(['P-T=a'], { source: folder, data: folder }), /--source goes with --checkpoint P=file, got no P/);
  await assert.rejects(study(['P-T=a', 'P=p'], { source: folder }), /--source goes with a folder \(--data val\/\), got --data emoji/);
  const withSource = parseStudy(await study(['P-T=a', 'P=p'], { source: folder, data: folder, options: ['size=64'] }), 's.yaml');
  assert.deepEqual([withSource.targets, withSource.source], [['photos'], 'photos-source']);
  assert.deepEqual(withSource.data['photos-source'], withSource.data['photos'], 'prepared in the same way');
  assert.deepEqual([withSource.pretrain, withSource.loaded!.from], [null, join(process.cwd(), 'p')]);
  assert.throws(() => comparedNetwork('resnt18'), /unknown network "resnt18"; .*did you mean resnet18\?/);
});

test('a checkpoint says role, run and epoch; a role may end in a digit', () => {
  const parsed = (text: string) => {
    const { role, run, epoch, file } = parseCheckpoint(text);
    return [role, run, epoch, file];
  };
  assert.deepEqual(parsed('P=pre.pth'), ['P', null, null, 'pre.pth']);
  assert.deepEqual(parsed('P-T12=a=b.pth'), ['P-T', 12, null, 'a=b.pth']);
  assert.deepEqual(parsed('P-T.2@initial=hf:timm/x@main#y'), ['P-T', 2, 0, 'hf:timm/x@main#y']);
  assert.deepEqual(parsed('RI-T@30=c.onnx'), ['RI-T', 1, 30, 'c.onnx']);
  assert.deepEqual(parsed('net18.1=c.onnx'), ['net18', 1, null, 'c.onnx']);
  assert.throws(() => byRole([parseCheckpoint('P-T3=a')]), /runs of P-T must be numbered 1, 2, …, got P-T3 without P-T1/);
  assert.throws(() => parseCheckpoint('p.safetensors'), /--checkpoint must be ROLE=FILE, .* got p\.safetensors/);
  assert.throws(() => parseCheckpoint('P2=a'), /there is one P, without a number/);
  assert.throws(() => byRole([parseCheckpoint('P-T=a'), parseCheckpoint('P-T1=b')]), /P-T1 must be given once, got a and b/);
  assert.throws(() => byRole([parseCheckpoint('P-T@3=a')]), /P-T1 must have its last checkpoint \(P-T1=FILE\), got earlier ones only/);
});

test('a network is a published form, a file, or as in a study', () => {
  assert.deepEqual(comparedNetwork('resnet50'), { architecture: 'resnet', depth: 50 });
  assert.deepEqual(comparedNetwork('vit-tiny'), { architecture: 'vit', size: 'tiny' });
  assert.deepEqual(comparedNetwork('dir/net.onnx'), { architecture: 'onnx', file: 'dir/net.onnx' });
  assert.deepEqual(comparedNetwork(NETWORK), { architecture: 'mlp', hidden: [16] });
});
