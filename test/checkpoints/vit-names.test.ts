import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadParameters, matchParameters } from '../../src/checkpoints/match.js';
import { openCheckpoint, openCheckpointBytes } from '../../src/checkpoints/open.js';
import type { StoredTensor } from '../../src/checkpoints/stored-tensor.js';
import { load, pieces } from '../../src/checkpoints/stored-tensor.js';
import { buildNetwork } from '../../src/models/networks.js';
import { compile } from '../../src/runtime/compile.js';
import type { Params } from '../../src/tensor/params.js';
import { encodeSafetensors, readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, floats, tensor } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';

const network = buildNetwork(
  { architecture: 'vit', patch: 4, width: 12, depth: 2, heads: 3, mlpRatio: 2 },
  { batch: 3, channels: 3, height: 8, width: 8, classes: 5 },
);
const own = network.init(1);
const expected = {
  shapes: new Map([...own].map(([name, { dims }]) => [name, dims])),
  head: network.modules.at(-1)!.parameters,
  positions: network.positions ?? [],
};
const loadFrom = (tensors: ReadonlyMap<string, StoredTensor>) => loadParameters(expected, tensors, { what: 'x.pth' });
const stored = async (tensors: ReadonlyMap<string, Tensor>) => (await openCheckpointBytes(encodeSafetensors(tensors), 'x')).tensors;

test("torchvision's VisionTransformer: its file, its logits", async () => {
  const { params, notes } = await loadFrom((await openCheckpoint(fixture('checkpoints/torchvision-vit.pth'))).tensors);
  assert.deepEqual(notes, ["Names were read as torchvision's ViT gives them."]);
  const reference = toParams((await readSafetensors(fixture('checkpoints/torchvision-vit.safetensors'))).tensors);
  const session = await compile(network.graph, { threads: 1 });
  const found = await session.run(new Map([...params, ['images', reference.get('images')!]]));
  await session.release();
  assertClose(floats(found.get('logits'), 'logits'), reference.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 }, 'logits');
});

/** As transformers' ViTForImageClassification calls them, queries, keys and values apart. */
function huggingFace(params: Params): Map<string, Tensor> {
  const theirs = (name: string) =>
    name
      .replace('cls_token', 'vit.embeddings.cls_token')
      .replace('pos_embed', 'vit.embeddings.position_embeddings')
      .replace('patch_embed.proj', 'vit.embeddings.patch_embeddings.projection')
      .replace(/^norm/, 'vit.layernorm')
      .replace(/^head/, 'classifier')
      .replace(/^blocks\.(\d+)/, 'vit.encoder.layer.$1')
      .replace('.norm1', '.layernorm_before')
      .replace('.norm2', '.layernorm_after')
      .replace('.attn.proj', '.attention.output.dense')
      .replace('.mlp.fc1', '.intermediate.dense')
      .replace('.mlp.fc2', '.output.dense');
  const all = new Map<string, Tensor>();
  for (const [name, { dims, data }] of params) {
    if (!name.includes('.attn.qkv.')) all.set(theirs(name), float32(dims, data));
    else
      for (const [k, part] of ['query', 'key', 'value'].entries()) {
        const third = data.length / 3;
        const kept = data.slice(k * third, (k + 1) * third);
        all.set(theirs(name).replace('.attn.qkv', `.attention.attention.${part}`), float32([dims[0]! / 3, ...dims.slice(1)], kept));
      }
  }
  return all;
}

test("Hugging Face's ViT: queries, keys and values become one, read whole or in pieces", async () => {
  const given = await stored(huggingFace(own));
  const { params, rows, notes } = await loadFrom(given);
  assert.deepEqual(params, own);
  assert.deepEqual(notes, ["Names were read as Hugging Face's ViT gives them."]);
  const parts = ['query', 'key', 'value'].map((part) => `vit.encoder.layer.1.attention.attention.${part}.bias`);
  assert.equal(rows.find(({ parameter }) => parameter === 'blocks.1.attn.qkv.bias')!.tensor, parts.join(' + '));
  const joined = matchParameters(expected, given).tensors.get('blocks.0.attn.qkv.weight')!;
  const read: number[] = [];
  for await (const piece of pieces({ ...joined, piece: 35 })) read.push(...Array.from(piece));
  assert.deepEqual(read, Array.from(own.get('blocks.0.attn.qkv.weight')!.data), 'pieces that cross from one part into the next');
  const bare = new Map([...given].map(([name, each]) => [name.replace(/^vit\./, ''), each]));
  assert.deepEqual((await loadFrom(bare)).params, own, 'as ViTModel saves them');
});

test('parts of attention that do not belong together, or that a network has itself, stay apart', async () => {
  const theirs = huggingFace(own);
  const key = 'vit.encoder.layer.0.attention.attention.key.bias';
  const { dims, data } = theirs.get(key)!;
  const other = new Map([...theirs, [key, tensor('float64', dims, Float64Array.from(data as Float32Array))]]);
  await assert.rejects(loadFrom(await stored(other)), /got none for blocks\.0\.attn\.qkv\.bias \[36\]/);
  const apart = new Map(['q', 'k', 'v'].map((part) => [`a.${part}.weight`, float32([1, 2], [1, 2])]));
  const match = matchParameters({ shapes: new Map([...apart].map(([name, each]) => [name, each.dims])), head: [] }, await stored(apart));
  assert.deepEqual([...match.tensors.keys()], [...apart.keys()]);
  assert.deepEqual((await load(match.tensors.get('a.k.weight')!)).data, Float32Array.of(1, 2));
});
