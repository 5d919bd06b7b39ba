import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSpec } from '../../src/cli/dataset-argument.js';

test('-o: YAML in brackets, numbers, lists at commas, else text; what is broken names its key', () => {
  const given = ['shuffle={block: 4, seed: 1234}', 'split={"val":0.1}', 'domains=noto,twemoji', 'labels=[a, b]', 'size=32', 'root=a b:c'];
  assert.deepEqual(parseSpec('folder', given), {
    dataset: 'folder',
    shuffle: { block: 4, seed: 1234 },
    split: { val: 0.1 },
    domains: ['noto', 'twemoji'],
    labels: ['a', 'b'],
    size: 32,
    root: 'a b:c',
  });
  assert.throws(() => parseSpec('folder', ['shuffle={block: 4']), {
    name: 'InputError',
    message: /^-o shuffle: must be YAML, like '\{ block: 4, seed: 1 \}', got \{block: 4 \(/,
  });
  assert.throws(() => parseSpec('folder', ['size']), /-o must be name=value, got size/);
});
