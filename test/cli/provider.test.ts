import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { processes } from '../../src/executors/processes.js';
import { openStore } from '../../src/store/store.js';
import { cliRig } from '../support/cli.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

const LACKING = process.platform === 'darwin' ? 'directml' : 'coreml';

test('every verb that computes refuses a provider that is not here, before anything runs', async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy());
  for (const words of [['run', 'tiny.yaml'], ['plan', 'tiny.yaml'], ['demo'], ['bench', 'fixup-demo'], ['step', '0123456789abcdef']]) {
    const { code, stderr } = await rig.run(...words, '--provider', LACKING);
    assert.equal(code, 2, `${words[0]}: ${stderr}`);
    assert.match(stderr, new RegExp(`error: provider: ${LACKING} must work here \\(onnxruntime has it on`));
  }
  const { code, stderr } = await rig.run('run', 'tiny.yaml', '--provider', 'gpu');
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are cpu, cuda, coreml, directml, webgpu, auto/);
});

test('a provider whose library is missing is told in our words only', { skip: process.platform !== 'linux' }, async (t) => {
  const { code, stderr } = await (await cliRig(t)).run('bench', 'fixup-demo', '--provider', 'cuda', '--steps', '1');
  // a machine with CUDA computes
  if (code !== 0) assert.match(stderr, /^error: provider: cuda must work here [^\n]*\n$/);
  assert.ok(!stderr.includes('onnxruntime_src') && !stderr.includes('\u001b'), stderr);
});

test('workers are told the provider, and provenance records it', async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy());
  const run = await rig.run('run', 'tiny.yaml', '--provider', 'auto', '--no-report', '--json');
  assert.equal(run.code, 0, run.stderr);
  const [id] = (JSON.parse(run.stdout) as { done: string[] }).done;
  const recorded = JSON.parse(await readFile(rig.path('carryover-store', 'steps', id!, 'provenance.json'), 'utf8')) as { provider: string };
  const fellBack = run.stderr.includes('computing on the CPU');
  assert.equal(recorded.provider === 'cpu', fellBack, 'a notice goes with the CPU, and only with it');

  const told = 'process.send({ type: "outcome", outcome: { ok: false, reason: "threw", message: process.argv.slice(1).join(" ") } })';
  const store = await openStore(await temporaryFolder(t));
  const said = async (options: { provider?: 'cuda' | 'cpu' }) => {
    const outcome = await processes({ store, threads: 2, command: [process.execPath, '-e', told], ...options }).submit(id!).outcome;
    return outcome.ok ? '' : outcome.message;
  };
  assert.match(await said({ provider: 'cuda' }), /--threads 2 --provider cuda$/);
  assert.match(await said({ provider: 'cpu' }), /--threads 2$/);
});
