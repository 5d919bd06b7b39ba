import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { aucOf, meanAucOf } from '../../src/tensor/auc.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

interface Case {
  readonly scores: number[];
  readonly targets: number[];
  readonly counts: number[];
  readonly auc: number | null;
  readonly drawn: number | null;
}
const CASES = JSON.parse(readFileSync(new URL('../../../test/tensor/fixtures/auc.json', import.meta.url), 'utf8')) as Case[];

test('AUC is what NumPy counts pair by pair: ties, unknown and mixed labels, images drawn several times', () => {
  for (const { scores, targets, counts, auc, drawn } of CASES) {
    const over = aucOf(scores, targets);
    assertClose(over(null), auc ?? NaN, { relative: 1e-12 });
    assertClose(over(counts), drawn ?? NaN, { relative: 1e-12 });
  }
});

test('AUC in closed form: 1 for a perfect order, 0 for its reverse, ½ for equal scores, NaN for one kind of label', () => {
  const targets = [0, 1, 0, 1, 1];
  assert.equal(aucOf(targets, targets)(null), 1);
  assert.equal(aucOf([1, 0, 1, 0, 0], targets)(null), 0);
  assert.equal(aucOf([3, 3, 3, 3, 3], targets)(null), 0.5);
  assert.ok(Number.isNaN(aucOf([1, 2, 3], [1, 1, -1])(null)));
  // only the order of scores counts
  const { normal } = random(1, 'auc');
  const scores = Array.from({ length: 30 }, normal);
  const labels = scores.map((s, i) => (s + normal() > 0 ? 1 : i % 7 === 0 ? -1 : 0));
  assert.equal(aucOf(scores, labels)(null), aucOf(scores.map((s) => Math.exp(3 * s) - 5), labels)(null)); // prettier-ignore
  // a score's reverse ranks the other way
  assertClose(aucOf(scores.map((s) => -s), labels)(null), 1 - aucOf(scores, labels)(null), { absolute: 1e-15 }); // prettier-ignore
});

test('a draw is the AUC of its images written out', () => {
  const { scores, targets, counts } = CASES[2]!;
  const drawn = counts.flatMap((count, i) => Array.from({ length: count }, () => i));
  const written = aucOf(drawn.map((i) => scores[i]!), drawn.map((i) => targets[i]!)); // prettier-ignore
  assertClose(aucOf(scores, targets)(counts), written(null), { relative: 1e-12 });
});

test('the mean AUC leaves out labels that do not vary, and is undefined for a draw that loses one', () => {
  // labels: order right, order wrong, never there
  const scores = [1, 4, 9, 2, 3, 9, 3, 2, 9, 4, 1, 9];
  const targets = [0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0];
  const mean = meanAucOf(scores, targets, 3);
  assert.equal(mean(null), 0.5);
  assert.equal(mean([0, 1, 1, 0]), 0.5);
  assert.ok(Number.isNaN(mean([2, 2, 0, 0])));
  assert.ok(Number.isNaN(meanAucOf([1, 2], [1, 1], 1)(null)));
});
