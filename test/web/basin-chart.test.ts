import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import type { Tables } from '../../src/analyses/analysis.js';
import { figures } from '../../src/web/charts/basin.js';

const names = { a: 'P-T.1', b: 'P-T.2', pair: 'P-T & P-T' };
const margin = (delta: number, margin: number) => ({ ...names, condition: 2, delta, margin, low: margin, high: margin });
const drawn = (...margins: object[]) => {
  const { document } = parseHTML('<!doctype html><body></body>');
  const chart = figures.find(({ name }) => name === 'margins')!;
  return chart.draw({ basins: [{ ...names, delta: 0 }], margins } as unknown as Tables, { document, width: 400 });
};

test('where a basin is left at δ = 0 there is no way to draw', () => {
  assert.equal(drawn(margin(0, 0.003)), null);
});

test('margins of any size have labels that can be read', () => {
  const svg = drawn(margin(0.1, -4e-6), margin(1, 4e-6))!;
  const labels = [...svg.querySelectorAll('[aria-label="y-axis tick label"] text')].map(({ textContent }) => textContent ?? '');
  assert.ok(labels.includes('0') && labels.some((label) => /e−6$/.test(label)), labels.join('|'));
  assert.ok(
    labels.every((label) => !/0\.0000/.test(label)),
    labels.join('|'),
  );
});
