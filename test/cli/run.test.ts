// A whole study through the command line: run, reuse, report, export, failure, Ctrl-C and resume.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from '../support/cli.js';
import { cliRig } from '../support/cli.js';
import { tinyStudy } from '../support/tiny-study.js';

interface Summary {
  readonly ok: boolean;
  readonly report: string | null;
  readonly done: string[];
  readonly reused: string[];
  readonly failed: { title: string; message: string; log: string }[];
}
type Status = { steps: { id: string; title: string; state: string; epoch: { done: number } | null }[] };
const statusOf = async (rig: Rig, file = 'tiny.yaml'): Promise<Status> =>
  JSON.parse((await rig.run('status', file, '--json')).stdout) as Status;

test('run, run again, report, export, gc', async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy({ seeds: '1, 2', analyses: 'learning-curves, mistakes, distance' }));
  const first = await rig.run('run', 'tiny.yaml');
  assert.equal(first.code, 0, first.stderr);
  const report = rig.path('carryover-store', 'reports', 'tiny', 'report.html');
  assert.equal(first.stdout, `${report}\n`, 'the last line, and the only one, is the path');
  const page = await readFile(report, 'utf8');
  assert.match(page, /^<!doctype html>/);
  assert.ok(page.includes('targets: [near]'), 'the study is in the report, verbatim');
  assert.match(page, /data:image\/png;base64/, 'and the pictures of the mistakes');
  assert.ok(!first.stderr.includes('\u001b'), 'a log gets no escape codes');
  assert.match(first.stderr, /10 steps: 2 prepared for the estimate, 8 to do\n/, 'nothing was done before');

  const again = await rig.run('run', 'tiny.yaml', '--json', '--out', 'out/again.html');
  const summary = JSON.parse(again.stdout) as Summary;
  assert.deepEqual([summary.ok, summary.done.length, summary.reused.length], [true, 0, 10]);
  assert.equal(summary.report, rig.path('out', 'again.html'));
  assert.equal(await readFile(rig.path('out', 'again.html'), 'utf8'), page, 'same results, same bytes');
  assert.ok((await statusOf(rig)).steps.every(({ state }) => state === 'done'));

  const rows = JSON.parse((await rig.run('report', 'tiny.yaml', '--json')).stdout) as {
    sections: { analysis: string; tables: Record<string, unknown[]> }[];
    runs: { name: string; value: number; low: number; high: number; n: number }[];
  };
  assert.deepEqual(rows.sections.map(({ analysis }) => analysis).sort(), ['distance', 'learning-curves', 'mistakes']);
  assert.deepEqual(rows.runs.map(({ name }) => name).sort(), ['P', 'P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2']);
  assert.ok(rows.runs.every(({ value, low, high, n }) => 0 < low && low < value && value < high && high < 1 && n === 312));
  await rig.write('more.yaml', tinyStudy({ seeds: '1, 2', analyses: 'learning-curves, mistakes, distance, averaging' }));
  const early = await rig.run('report', 'more.yaml', '--json');
  assert.match(early.stdout, /"Needs the results of averaging: it is asked for and not done\."/, 'it is in the study, and has not run');

  assert.equal((await rig.run('export', 'tiny.yaml', 'near/P-T.1', '--to', 'model.onnx', '--batch', '2')).code, 0);
  const model = JSON.parse((await rig.run('inspect', 'model.onnx', '--json')).stdout) as {
    parameters: number;
    graph: { inputs: { name: string; dims: number[] }[] };
  };
  assert.equal(model.parameters, 3 * 32 * 32 * 16 + 16 + 16 * 18 + 18);
  assert.deepEqual(
    model.graph.inputs.map(({ name, dims }) => [name, dims]),
    [['images', [2, 3, 32, 32]]],
  );
  assert.equal((await rig.run('export', 'tiny.yaml', 'near/P-T.3', '--to', 'x.onnx')).code, 2);
  const nowhere = await rig.run('export', 'tiny.yaml', 'near/P-T.1', '--to', 'nowhere/x.onnx');
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /export: --to must be in a folder that exists, got nowhere\/x\.onnx/);

  await rig.write('other.yaml', tinyStudy({ seeds: '1, 2', epochs: 3 }).replace('name: tiny', 'name: other'));
  const listed = JSON.parse((await rig.run('gc', 'other.yaml', '--json')).stdout) as { removed: boolean; garbage: { what: string }[] };
  assert.equal(listed.removed, false);
  assert.equal(listed.garbage.filter(({ what }) => what === 'step').length, 8, 'the two data sets are shared');
  assert.equal((await readdir(rig.path('carryover-store', 'steps'))).length, 10, 'without --yes nothing goes');
  assert.equal((await rig.run('gc', 'other.yaml', '--yes')).code, 0);
  assert.equal((await readdir(rig.path('carryover-store', 'steps'))).length, 2);
});

test('a step that fails names itself, its log and its reason; the others run', async (t) => {
  const rig = await cliRig(t);
  const text = tinyStudy({ seeds: '1, 2' }).replace(
    'RI-T: { seeds: [1, 2] }',
    'RI-T: { seeds: [1], recipe: { rate: 1.0e+30, clip: null } }',
  );
  await rig.write('fails.yaml', text);
  const { code, stdout, stderr } = await rig.run('run', 'fails.yaml');
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '', 'no analysis finished: there is no report, and what failed decides the exit code');
  assert.match(stderr, /failed train RI-T\.1 on near \([0-9a-f]{16}\): .*loss/);
  assert.equal(stderr.split('must stay finite').length, 2, 'told once');
  assert.doesNotMatch(stderr, /^ +at /m, 'without a stack');
  const log = /log: (.*\.log)/.exec(stderr)![1]!;
  assert.ok((await readFile(log, 'utf8')).includes('loss'), 'the log tells, too');
  assert.match(stderr, /Not run, because they need it: distance on near\./);
  assert.match(stderr, /5 other steps ran and are kept\./);
  const { steps } = await statusOf(rig, 'fails.yaml');
  assert.equal(steps.find(({ title }) => title === 'train RI-T.1 on near')!.state, 'failed');
});

test('a crop larger than the image is refused before anything runs, with its place', async (t) => {
  const rig = await cliRig(t);
  await rig.write('crop.yaml', tinyStudy().replace('{ flip: true }', '{ crop: { size: 40 } }'));
  const { code, stderr } = await rig.run('run', 'crop.yaml');
  assert.equal(code, 2);
  assert.match(stderr, /crop\.yaml:\d+:\d+: .*crop: must fit into the image 32[x×]32, got 40/);
});

test('Ctrl-C: 130 within two seconds, says how to go on, and the same command does', async (t) => {
  const rig = await cliRig(t);
  const text = tinyStudy({ epochs: 15, analyses: 'distance' }).replace('name: tiny', 'name: long');
  await rig.write('long.yaml', text.replaceAll('seeds: [1, 2]', 'seeds: [1]'));
  const { child, finished } = rig.start('run', 'long.yaml', '--workers', '2');
  await until(() => someEpochs(rig.path('carryover-store', 'partial')));
  const asked = performance.now();
  child.kill('SIGINT');
  const stopped = await finished;
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.ok(performance.now() - asked < 2000, `within two seconds, got ${(performance.now() - asked).toFixed(0)} ms`);
  assert.match(stopped.stderr, /Go on with: carryover run long\.yaml$/m);
  const { steps } = await statusOf(rig, 'long.yaml');
  assert.ok(
    steps.some(({ state, epoch }) => state === 'partial' && epoch!.done > 0),
    'begun epochs are kept',
  );
  assert.ok(!steps.some(({ state }) => state === 'running' || state === 'failed'));

  const resumed = await rig.run('run', 'long.yaml');
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.ok((await statusOf(rig, 'long.yaml')).steps.every(({ state }) => state === 'done'));
});

/** Whether a training has saved an epoch. */
async function someEpochs(folder: string): Promise<boolean> {
  const steps = await readdir(folder).catch(() => []);
  const rows = await Promise.all(steps.map((id) => readFile(join(folder, id, 'epochs.json'), 'utf8').catch(() => '[]')));
  return rows.some((text) => (JSON.parse(text) as unknown[]).length > 1);
}

async function until(condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) assert.fail('waited too long');
    await sleep(50);
  }
}
