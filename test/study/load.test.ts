// P from a checkpoint that was trained elsewhere.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { Tables } from '../../src/analyses/analysis.js';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { buildNetwork } from '../../src/models/networks.js';
import { openStore } from '../../src/store/store.js';
import type { LoadSummary } from '../../src/study/execute-load.js';
import { LOAD_FILE } from '../../src/study/execute-load.js';
import { checkStudy, parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Params } from '../../src/tensor/params.js';
import { encodeSafetensors, readSafetensors } from '../../src/tensor/safetensors.js';
import { cliRig } from '../support/cli.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

/** An mlp with a head of 1000 classes, as another tool might have called its parameters. */
function pretrained(seed: number): { readonly params: Params; readonly file: Uint8Array } {
  const shape = { batch: 1, channels: 3, height: 32, width: 32, classes: 1000 };
  const params = buildNetwork({ architecture: 'mlp', hidden: [16] }, shape).init(seed);
  const named = new Map([...params].map(([name, each]) => [`backbone.${name}`, each]));
  return { params, file: encodeSafetensors(named) };
}

const study = (pretrain = 'from: p.safetensors', analyses = 'distance, mistakes, cka, interpolation') =>
  tinyStudy({ analyses, epochs: 1 }).replace('pretrain: { on: source, seed: 1 }', `pretrain: { ${pretrain} }`);

async function planIn(folder: string, text = study()) {
  const file = join(folder, 'study.yaml');
  await writeFile(file, text);
  return planStudy(parseStudy(text, file));
}

async function folderWith(t: Pick<TestContext, 'after'>, file: Uint8Array): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'p.safetensors'), file);
  return folder;
}

test('a study fine-tunes a checkpoint, and its analyses compare with it', async (t) => {
  const { params, file } = pretrained(5);
  const folder = await folderWith(t, file);
  const plan = await planIn(folder);
  assert.deepEqual(
    plan.steps.map(({ title }) => title).filter((title) => !/ on near$/.test(title)),
    ['prepare near', 'load P from p.safetensors'],
    'the source is not needed',
  );
  const store = await openStore(join(folder, 'store'));
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  assert.deepEqual(result.failed, []);

  const step = (title: string) => plan.steps.find((each) => each.title.startsWith(title))!;
  const load = step('load');
  const { classes, notes, rows } = await store.readJson<LoadSummary>(load.id, LOAD_FILE);
  assert.deepEqual([classes, notes], [1000, ['The prefix "backbone." was taken from names.']], 'P keeps its own head');
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['matched', 'matched', 'matched', 'matched'],
  );
  const start = await readSafetensors(store.path(step('train P-T.1').id, 'epoch-0000.safetensors'));
  for (const name of ['fc1.weight', 'fc1.bias']) assert.deepEqual(start.tensors.get(name)!.data, params.get(name)!.data, name);
  assert.notDeepEqual(start.tensors.get('fc.weight')!.dims, params.get('fc.weight')!.dims);

  const tables = await store.readJson<Tables>(step('distance').id, 'tables.json');
  const pairs = new Set(
    Object.values(tables)
      .flat()
      .map(({ kind, a, b }) => String(kind ?? `${String(a)} ${String(b)}`)),
  );
  assert.ok(
    [...pairs].some((pair) => /P-T.*& P$|P-T\.1 P$|P P-T\.1/.test(pair)),
    [...pairs].join('; '),
  );
});

test('the identity is what is in the file, not where it lies', async (t) => {
  const folder = await folderWith(t, pretrained(5).file);
  const loadOf = async (text: string) => (await planIn(folder, text)).steps.find(({ kind }) => kind === 'load')!;
  const first = await loadOf(study());
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'elsewhere', 'q.bin'), await readFile(join(folder, 'p.safetensors')));
  assert.equal((await loadOf(study('from: elsewhere/q.bin'))).id, first.id);
  assert.notEqual((await loadOf(study("from: p.safetensors, map: ['^backbone.=>']"))).id, first.id);
  await writeFile(join(folder, 'p.safetensors'), pretrained(6).file);
  assert.notEqual((await loadOf(study())).id, first.id);
});

test('a checkpoint of another network, a missing file and another head are said before an image is decoded', async (t) => {
  const other = new Map([...pretrained(5).params].map(([name, each]) => [`odd_${name}`, each]));
  const rig = await cliRig(t);
  await rig.write('p.safetensors', pretrained(5).file);
  await rig.write('odd.safetensors', encodeSafetensors(other));
  const refused = async (text: string, ...messages: readonly RegExp[]) => {
    await rig.write('study.yaml', text);
    for (const verb of [['plan'], ['run', '-w', '1', '--no-report']]) {
      const { code, stdout, stderr } = await rig.run(...verb, 'study.yaml');
      assert.deepEqual([code, stdout], [2, ''], stderr);
      for (const message of messages) assert.match(stderr, message);
    }
    assert.deepEqual(
      (await readdir(rig.folder)).filter((name) => name === 'carryover-store'),
      [],
      'nothing was decoded',
    );
  };
  const brought = (end: string) =>
    study('from: odd.safetensors', 'distance').replace('RI-T: { seeds: [1] }', `RI-T: { checkpoints: [${end}] }`);
  await refused(
    brought('p.safetensors'),
    /pretrain: .*odd\.safetensors: every parameter of the body must be in the file, got none for fc1\.weight \[16, 3072\]/,
    /^arms\.RI-T: .*p\.safetensors: the head \(fc\) must have the 18 classes of near, got 1000: is it a checkpoint of P\?$/m,
  );
  await refused(brought('{ from: none.pth }'), /none\.pth: must be a readable file, got ENOENT/);
});

test('a study says where P comes from, once', () => {
  const problems = (pretrain: string) => {
    const checked = checkStudy(study(pretrain), 's.yaml');
    return 'problems' in checked ? checked.problems.map(({ message }) => message) : [];
  };
  assert.deepEqual(problems('seed: 1'), ['pretrain: must have on (a data set) or from (a checkpoint), got neither']);
  assert.deepEqual(problems('from: p.pth, seed: 1'), ['pretrain: a checkpoint (from) is not trained here, got seed too']);
  assert.deepEqual(problems("on: source, map: ['a=>b']"), ['pretrain: map goes with a checkpoint (from) only']);
  assert.deepEqual(problems("from: p.pth, map: ['a']"), ["pretrain.map: must be 'regex=>replacement', got a"]);
  assert.deepEqual(problems('from: hf:timm/resnet18.a1_in1k@main'), []);
});
