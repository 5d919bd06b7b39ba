// The Hub's client against a server that speaks the protocol, and misbehaves as real ones do.
import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { readCheckpoint } from '../../src/checkpoints/read.js';
import { checkpointPath } from '../../src/hub/checkpoint-path.js';
import { parseReference } from '../../src/hub/reference.js';
import type { HubSettings } from '../../src/hub/settings.js';
import { hubSettings } from '../../src/hub/settings.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';
import { cliRig } from '../support/cli.js';
import { temporaryFolder } from '../support/tiny-study.js';
import { COMMIT, startHub } from './server.js';

const WEIGHTS = encodeSafetensors(
  new Map([
    [
      'w',
      float32(
        [4000],
        Float32Array.from({ length: 4000 }, (_, i) => i),
      ),
    ],
  ]),
);
const FILES = { 'config.json': new TextEncoder().encode('{"architecture":"net"}'), 'model.safetensors': WEIGHTS, 'sub/other.bin': WEIGHTS };

async function rig(t: TestContext, files: Readonly<Record<string, Uint8Array>> = FILES, more: Partial<HubSettings> = {}) {
  const hub = await startHub(t, files);
  const settings: HubSettings = { endpoint: hub.url, cache: await temporaryFolder(t), token: null, offline: false, retryMs: 1, ...more };
  return { ...hub, settings, folder: join(settings.cache, 'models--timm--net') };
}

test('references: owner, revision, file; nothing that would climb out of the cache', () => {
  assert.deepEqual(parseReference('hf:timm/resnet18.a1_in1k@main'), { repo: 'timm/resnet18.a1_in1k', revision: 'main', file: null });
  assert.deepEqual(parseReference('hf:gpt2'), { repo: 'gpt2', revision: 'main', file: null });
  assert.deepEqual(parseReference('hf:a/b@refs/pr/3#onnx/model.onnx'), { repo: 'a/b', revision: 'refs/pr/3', file: 'onnx/model.onnx' });
  for (const wrong of [
    'hf:',
    'hf:a/b/c',
    'hf:../b',
    'hf:a/..',
    'hf:a/b@..',
    'hf:a/b@x/../y',
    'hf:a/b#../x',
    'hf:a/b#/etc/passwd',
    'hf:a/b#x//y',
    'hf:a--b/c',
  ])
    assert.throws(() => parseReference(wrong), /^InputError: checkpoint: must be hf:owner\/name, .*got hf:/, wrong);
});

test('settings come from the variables and files that huggingface_hub reads', async (t) => {
  const home = await temporaryFolder(t);
  await writeFile(join(home, 'token'), 'hf_file\n');
  assert.deepEqual(await hubSettings({ HF_HOME: home, HF_ENDPOINT: 'http://h/' }), {
    endpoint: 'http://h',
    cache: join(home, 'hub'),
    token: 'hf_file',
    offline: false,
    retryMs: 500,
  });
  const { cache, token, offline } = await hubSettings({ HF_HUB_CACHE: '/c', HF_TOKEN: 'hf_env', HF_HUB_OFFLINE: '1', HF_HOME: home });
  assert.deepEqual([cache, token, offline], ['/c', 'hf_env', true]);
});

test('weights are found, fetched through the redirect, checked and kept as huggingface_hub keeps them', async (t) => {
  const { settings, folder, asked } = await rig(t);
  const path = await checkpointPath('hf:timm/net@main', settings);
  assert.equal(path, join(folder, 'snapshots', COMMIT, 'model.safetensors'));
  assert.deepEqual(new Uint8Array(await readFile(path)), WEIGHTS);
  assert.equal(await readFile(join(folder, 'refs', 'main'), 'utf8'), COMMIT);
  const blobs = await readdir(join(folder, 'blobs'));
  assert.match(blobs.join(), /^[0-9a-f]{64}$/);
  assert.equal(await readlink(path), join('..', '..', 'blobs', blobs[0]!));
  assert.equal((await readCheckpoint(path)).tensors.get('w')!.data[3999], 3999);

  const before = asked.filter((line) => line.startsWith('storage')).length;
  await checkpointPath('hf:timm/net', settings);
  assert.equal(asked.filter((line) => line.startsWith('storage')).length, before, 'what is there is not fetched again');
});

test('a named file, a small one, a moved repository', async (t) => {
  const { settings } = await rig(t);
  const other = await checkpointPath('hf:timm/net@main#sub/other.bin', settings);
  assert.deepEqual(new Uint8Array(await readFile(other)), WEIGHTS);
  const config = await checkpointPath('hf:timm/net#config.json', settings);
  assert.equal(await readFile(config, 'utf8'), '{"architecture":"net"}');
  await access(await checkpointPath('hf:old/net#model.safetensors', settings));
  assert.equal(await checkpointPath('plain/path.pth', settings), 'plain/path.pth');
});

test('a cut connection goes on where it stopped, also in the next process', async (t) => {
  const { settings, behaviour, asked, folder } = await rig(t);
  behaviour.cut = { after: 5000, times: 2 };
  const path = await checkpointPath('hf:timm/net', settings);
  assert.deepEqual(new Uint8Array(await readFile(path)), WEIGHTS);
  const ranges = asked.filter((line) => line.startsWith('storage'));
  assert.deepEqual(ranges, ['storage all', 'storage bytes=5000-', 'storage bytes=10000-']);
  assert.deepEqual((await readdir(join(folder, 'blobs'))).length, 1, 'nothing incomplete is left');
});

test('cut again and again: what came is kept, and the next try goes on with it', async (t) => {
  const { settings, behaviour, folder } = await rig(t);
  behaviour.cut = { after: 100, times: 99 };
  await assert.rejects(checkpointPath('hf:timm/net', settings), /must be in the cache .*broke off model\.safetensors of timm\/net 5 times/);
  assert.match((await readdir(join(folder, 'blobs'))).join(), /^[0-9a-f]{64}\.incomplete$/);
  behaviour.cut = null;
  assert.deepEqual(new Uint8Array(await readFile(await checkpointPath('hf:timm/net', settings))), WEIGHTS);
});

test('a server without ranges sends the whole again; a whole file that was not renamed is taken', async (t) => {
  const { settings, behaviour, folder } = await rig(t);
  behaviour.cut = { after: 5000, times: 1 };
  behaviour.ranges = false;
  const path = await checkpointPath('hf:timm/net', settings);
  assert.deepEqual(new Uint8Array(await readFile(path)), WEIGHTS);

  const again = await rig(t);
  const [blob] = await readdir(join(folder, 'blobs'));
  await mkdir(join(again.folder, 'blobs'), { recursive: true });
  await writeFile(join(again.folder, 'blobs', `${blob!}.incomplete`), WEIGHTS);
  assert.deepEqual(new Uint8Array(await readFile(await checkpointPath('hf:timm/net', again.settings))), WEIGHTS);
});

test('bytes that do not have the announced checksum are removed and refused', async (t) => {
  const { settings, behaviour, folder } = await rig(t);
  behaviour.corrupt = true;
  await assert.rejects(checkpointPath('hf:timm/net', settings), {
    name: 'InputError',
    message:
      /model\.safetensors must have the checksum [0-9a-f]{64} that the Hub announced, got [0-9a-f]{64} \(\d+ bytes\); what came was removed$/,
  });
  await assert.rejects(checkpointPath('hf:timm/net#config.json', settings), /config\.json must have the checksum [0-9a-f]{40} /);
  assert.deepEqual(await readdir(join(folder, 'blobs')), []);
});

test('a busy server is asked again: 429 with Retry-After, then 503', async (t) => {
  const { settings, behaviour } = await rig(t);
  behaviour.refuse = { status: 429, times: 1, headers: { 'retry-after': '1' } };
  const began = Date.now();
  await checkpointPath('hf:timm/net#config.json', settings);
  assert.ok(Date.now() - began >= 1000, 'it waits as long as it is told');
  behaviour.refuse = { status: 503, times: 2 };
  await checkpointPath('hf:timm/net#model.safetensors', settings);
});

test('the token is sent to the Hub and to nobody else', async (t) => {
  const { settings, behaviour, leaked } = await rig(t, FILES, { token: 'hf_secret' });
  behaviour.token = 'hf_secret';
  await checkpointPath('hf:timm/net', settings);
  assert.deepEqual(leaked, []);
  const refused = async (token: string | null, message: RegExp) => {
    await assert.rejects(checkpointPath('hf:timm/net', { ...settings, token }), (error: Error) => {
      assert.equal(error.name, 'InputError');
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hf_secret|hf_wrong/);
      return true;
    });
  };
  await refused(
    null,
    /^hf:timm\/net@main: must exist and be open to you \(set HF_TOKEN, or log in with huggingface-cli\), got status 401$/,
  );
  await refused('hf_wrong', /\(the token that was sent does not open it\), got status 401$/);
});

test('gated, missing repository, revision and file are told apart', async (t) => {
  const { settings, behaviour, url } = await rig(t);
  await assert.rejects(
    checkpointPath('hf:timm/net#none.pth', settings),
    /^InputError: hf:timm\/net@main: must hold none\.pth, got no such file$/,
  );
  await assert.rejects(checkpointPath('hf:timm/net@v2#config.json', settings), /must be a branch, tag or commit, got no such revision$/);
  await assert.rejects(checkpointPath('hf:timm/missing#x', settings), /must be a model on http:.*got status 404 \(x\)$/);
  behaviour.gated = true;
  await assert.rejects(checkpointPath('hf:timm/net', settings), (error: Error) =>
    error.message.includes(`accept its terms on ${url}/timm/net; set HF_TOKEN`),
  );
});

test('offline, or without network: the cache answers, or says what it lacks', async (t) => {
  const { settings, asked, close } = await rig(t);
  const offline = { ...settings, offline: true };
  await assert.rejects(
    checkpointPath('hf:timm/net', offline),
    /^InputError: hf:timm\/net@main: must be in the cache .* \(HF_HUB_OFFLINE is set\), got no weights of it there$/,
  );
  const path = await checkpointPath('hf:timm/net', settings);
  const before = asked.length;
  assert.equal(await checkpointPath('hf:timm/net', offline), path);
  assert.equal(await checkpointPath(`hf:timm/net@${COMMIT}#model.safetensors`, offline), path);
  assert.equal(asked.length, before, 'nothing is asked');
  await close();
  assert.equal(await checkpointPath('hf:timm/net', settings), path, 'the network is away');
});

test('an index brings its shards', async (t) => {
  const shard = encodeSafetensors(new Map([['a', float32([1], [3])]]));
  const index = JSON.stringify({ weight_map: { a: 'model-00001-of-00001.safetensors' } });
  const { settings } = await rig(t, {
    'model.safetensors.index.json': new TextEncoder().encode(index),
    'model-00001-of-00001.safetensors': shard,
  });
  const { tensors } = await readCheckpoint(await checkpointPath('hf:timm/net', settings));
  assert.deepEqual(tensors.get('a'), float32([1], [3]));
});

test('several files of weights must be named', async (t) => {
  const { settings } = await rig(t, { 'a.safetensors': WEIGHTS, 'b.safetensors': WEIGHTS });
  await assert.rejects(checkpointPath('hf:timm/net', settings), /name it: hf:timm\/net@main#<file>\), got a\.safetensors, b\.safetensors$/);
});

test('the command line takes hf: wherever it takes a file', async (t) => {
  const { url, settings } = await rig(t);
  const cli = await cliRig(t, { HF_ENDPOINT: url, HF_HUB_CACHE: settings.cache });
  await cli.write('b.safetensors', WEIGHTS);
  const { code, stdout, stderr } = await cli.run('diff', 'hf:timm/net@main', 'b.safetensors');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^All 4,000 weights that both files hold are equal\./);
  assert.equal((await cli.run('inspect', 'hf:timm/net@main#model.safetensors')).code, 0);
});
