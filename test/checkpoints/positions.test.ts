import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadParameters } from '../../src/checkpoints/match.js';
import { openCheckpointBytes } from '../../src/checkpoints/open.js';
import { resamplePositions } from '../../src/checkpoints/positions.js';
import { readCheckpoint } from '../../src/checkpoints/read.js';
import { buildNetwork } from '../../src/models/networks.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';

test('positions of another grid as PyTorch interpolates them, bicubic and antialiased', async () => {
  const { tensors } = await readCheckpoint(fixture('checkpoints/positions.npz'));
  const table = tensors.get('table') as FloatTensor;
  for (const size of ['2x3', '3x3', '5x5', '7x9', '12x4']) {
    const [rows, columns] = size.split('x').map(Number) as [number, number];
    const resampled = resamplePositions(table, { name: 'pos_embed', prefix: 1, rows, columns });
    const expected = tensors.get(size)!;
    assert.deepEqual(resampled.dims, expected.dims);
    assertClose(resampled.data, expected.data as Float32Array, { relative: 1e-5, absolute: 1e-6 }, size);
  }
});

test('a vision transformer takes the weights of one for other images', async () => {
  const options = { architecture: 'vit', width: 8, depth: 1, heads: 2 };
  const [large, small] = [32, 16].map((side) => buildNetwork(options, { batch: 1, channels: 3, height: side, width: side, classes: 3 }));
  const params = large!.init(1);
  const { tensors } = await openCheckpointBytes(encodeSafetensors(params), 'p.safetensors');
  const shapes = new Map([...small!.init(0)].map(([name, { dims }]) => [name, dims]));
  const expected = { shapes, head: small!.modules.at(-1)!.parameters };
  const loaded = await loadParameters({ ...expected, positions: small!.positions! }, tensors, { what: 'p' });
  assert.deepEqual(loaded.notes, ['pos_embed: positions of 8x8 patches became 4x4 (bicubic, as timm).']);
  assert.deepEqual(loaded.params.get('pos_embed')!.dims, [1, 17, 8]);
  assert.deepEqual(loaded.params.get('pos_embed')!.data.subarray(0, 8), params.get('pos_embed')!.data.subarray(0, 8), 'the class token');
  await assert.rejects(loadParameters(expected, tensors, { what: 'p' }), /pos_embed \[1, 17, 8\] \(has \[1, 65, 8\]\)/);
});
