// carryover compare with networks on the Hugging Face Hub: fetched once into the cache, then the same as files.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { NetworkSpec } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { bake } from '../../src/onnx/edits/bake.js';
import { writeOnnx } from '../../src/onnx/write.js';
import type { ReportData } from '../../src/report/contract.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { COMMIT, startHub } from '../hub/server.js';
import { cliRig } from '../support/cli.js';
import { temporaryFolder } from '../support/tiny-study.js';

const SHAPE = { batch: 1, channels: 3, height: 32, width: 32, classes: 18 };
const SPEC: NetworkSpec = { architecture: 'mlp', hidden: [8] };
const network = buildNetwork(SPEC, SHAPE);
const weights = (seed: number) => encodeSafetensors(network.init(seed));
const IMAGES = ['--data', 'emoji', '-o', 'domains=openmoji', '--analyses', 'distance,mistakes', '-t', '1', '-q', '--json'];

/** A hub with these files in hf:timm/net, and the CLI that asks it. */
async function rigOf(t: TestContext, files: Readonly<Record<string, Uint8Array>>) {
  const hub = await startHub(t, files);
  const cache = await temporaryFolder(t);
  const variables = { HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache, HF_TOKEN: 'hf_mine' };
  return { hub, cache, rig: await cliRig(t, variables), offline: await cliRig(t, { ...variables, HF_HUB_OFFLINE: '1' }) };
}

interface Told {
  readonly ok: boolean;
  readonly report: string;
  readonly done: readonly string[];
  readonly loaded: readonly { readonly name: string; readonly matched: number }[];
}

test('safetensors by repository: loaded from the cache, the rows of the same files on disk', async (t) => {
  const { hub, cache, rig, offline } = await rigOf(t, { 'model.safetensors': weights(1), 'runs/a.safetensors': weights(2) });
  hub.behaviour.token = 'hf_mine';
  const given = (p: string, a: string) => ['--checkpoint', `P=${p}`, '--checkpoint', `P-T1=${a}`, '--checkpoint', 'P-T2=b.safetensors'];
  const byName = given('hf:timm/net', 'hf:timm/net@main#runs/a.safetensors');
  const compare = async (from: typeof rig, checkpoints: readonly string[]) => {
    await from.write('b.safetensors', weights(3));
    const done = await from.run(
      'compare',
      '--name',
      'compare',
      '--network',
      '{ architecture: mlp, hidden: [8] }',
      ...IMAGES,
      ...checkpoints,
    );
    assert.equal(done.code, 0, done.stderr);
    const { stdout } = await from.run('report', join('carryover-store', 'reports', 'compare', 'study.yaml'), '--json');
    return { told: JSON.parse(done.stdout) as Told, sections: (JSON.parse(stdout) as ReportData).sections };
  };
  const fetched = await compare(rig, byName);
  assert.deepEqual(
    fetched.told.loaded.map(({ name, matched }) => [name, matched]),
    [['P', 4], ['P-T.1', 4], ['P-T.2', 4]], // prettier-ignore
  );
  assert.deepEqual(hub.leaked, [], 'the host of large files is not sent the token');
  assert.deepEqual((await readdir(join(cache, 'models--timm--net', 'snapshots', COMMIT))).sort(), ['model.safetensors', 'runs']);
  assert.match(await readFile(rig.path('carryover-store', 'reports', 'compare', 'study.yaml'), 'utf8'), /"from":"hf:timm\/net"/);

  await hub.close();
  const kept = await compare(offline, byName);
  await rig.write('p.safetensors', weights(1));
  await rig.write('a.safetensors', weights(2));
  const local = await compare(rig, given('p.safetensors', 'a.safetensors'));
  for (const { analysis, tables } of fetched.sections) {
    assert.ok(Object.values(tables).flat().length > 0, analysis);
    for (const other of [kept, local]) assert.deepEqual(other.sections.find((each) => each.analysis === analysis)!.tables, tables);
  }
  assert.deepEqual(local.told.done, [], 'the same content is the same step, wherever it lay');
});

test('an .onnx file of the Hub is the network, and a checkpoint of it', async (t) => {
  const file = writeOnnx(bake(network.graph, network.init(4)));
  const { hub, rig } = await rigOf(t, { 'net.onnx': file });
  const on = 'hf:timm/net#net.onnx';
  const done = await rig.run('compare', '--network', on, ...IMAGES, '--checkpoint', `P-T1=${on}`, '--checkpoint', 'P-T2=b.safetensors');
  assert.equal(done.code, 2);
  assert.match(done.stderr, /b\.safetensors: must be a readable file/);
  await rig.write('b.safetensors', weights(5));
  const again = await rig.run('compare', '--network', on, ...IMAGES, '--checkpoint', `P-T1=${on}`, '--checkpoint', 'P-T2=b.safetensors');
  assert.equal(again.code, 0, again.stderr);
  const { loaded } = JSON.parse(again.stdout) as Told;
  assert.deepEqual(loaded.map(({ name, matched }) => [name, matched]), [['P-T.1', 4], ['P-T.2', 4]]); // prettier-ignore
  assert.equal(hub.asked.filter((each) => /^GET .*net\.onnx$/.test(each)).length, 1, hub.asked.join('; '));
});
