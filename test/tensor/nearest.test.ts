import assert from 'node:assert/strict';
import test from 'node:test';
import { nearest, unknownName } from '../../src/tensor/nearest.js';

test('a slip finds its word, a stranger finds none', () => {
  assert.equal(nearest('fixup-resent', ['mlp', 'fixup-resnet']), 'fixup-resnet');
  assert.equal(nearest('MLP', ['fixup-resnet', 'mlp']), 'mlp');
  assert.equal(nearest('transformer', ['mlp', 'fixup-resnet']), undefined);
});

test('the message lists what exists', () => {
  assert.equal(unknownName('option', 'dept', ['depth', 'widths']), 'unknown option "dept"; there are: depth, widths; did you mean depth?');
  assert.equal(unknownName('option', 'zzzzzzzz', ['depth']), 'unknown option "zzzzzzzz"; there are: depth');
});
