import assert from 'node:assert/strict';
import test from 'node:test';
import { gradient } from '../../src/autodiff/gradient.js';
import { lower } from '../../src/lowering/lower.js';
import { buildNetwork } from '../../src/models/networks.js';
import { withLoss } from '../../src/train/losses.js';

test('nodes of a lowered step graph have names of their own', () => {
  const network = buildNetwork(
    { architecture: 'fixup-resnet', widths: [4, 8], blocks: [1, 1] },
    { batch: 16, channels: 3, height: 8, width: 8, classes: 3 },
  );
  const step = gradient(withLoss(network.graph, 'cross-entropy'), { of: 'loss', wrt: network.parameters });
  for (const options of [{ kind: 'standard' }, { kind: 'blocked', block: 16 }] as const) {
    const names = lower(step, options).nodes.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, options.kind);
  }
});
