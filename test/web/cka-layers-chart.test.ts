import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import type { Tables } from '../../src/analyses/analysis.js';
import { layers } from '../../src/web/charts/cka-layers.js';

const MODULES = ['conv1', 'layer1', 'fc'];
const map = (a: string, b: string, pair: string, across: readonly string[]) =>
  MODULES.flatMap((moduleA, depthA) =>
    across.map((moduleB, depthB) => ({ a, b, pair, moduleA, moduleB, depthA, depthB, value: 0.5, low: null, high: null, n: 9 })),
  );

test('a layer is named under the lowest panel of its column that has it: pairs with P have no head', () => {
  const { document } = parseHTML('<!doctype html><body></body>');
  const body = MODULES.slice(0, 2);
  const rows = [
    ...map('P-T.1', 'P-T.2', 'P-T & P-T', MODULES),
    ...map('RI-T.1', 'RI-T.2', 'RI-T & RI-T', MODULES),
    ...map('P-T.1', 'P', 'P-T & P', body),
    ...map('RI-T.1', 'P', 'RI-T & P', body),
  ];
  const named = (shown: typeof rows) => {
    const svg = layers.draw({ layers: shown } as unknown as Tables, { document, width: 540 })!;
    // after the figures in cells, before the titles
    const labels = svg.querySelectorAll('[aria-label="text"]')[1]!;
    return [...labels.querySelectorAll('g')].map((panel) =>
      [...panel.querySelectorAll('text')].map(({ textContent }) => textContent).join(' '),
    );
  };
  assert.deepEqual(named(rows), ['fc', 'conv1 layer1', 'fc', 'conv1 layer1'], 'one column, then the other');
  assert.deepEqual(named(rows.slice(0, 9)), ['conv1 layer1 fc']);
});
