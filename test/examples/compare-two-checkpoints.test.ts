import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareTwoCheckpoints } from '../../examples/compare-two-checkpoints.js';

test('the example compares two trained networks', async () => {
  const { l2, similarity, barrier } = await compareTwoCheckpoints();
  assert.ok(l2 > 1, `networks from different starts are apart, got ${l2}`);
  assert.deepEqual(Object.keys(similarity), ['conv1', 'layer1', 'layer2', 'fc']);
  for (const [module, value] of Object.entries(similarity)) assert.ok(value !== null && value <= 1, `CKA of ${module}, got ${value}`);
  assert.ok(barrier > 0.01, `and a barrier lies between them, got ${barrier}`);
});
