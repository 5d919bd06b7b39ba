import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradientOfAGraph } from '../../examples/gradient-of-a-graph.js';

test('the example learns the rings', async () => {
  const { before, after } = await gradientOfAGraph();
  assert.ok(before > 0.5 && before < 1.5, `a fresh network guesses, got ${before}`);
  assert.ok(after < 0.1, `a trained one knows, got ${after}`);
});
