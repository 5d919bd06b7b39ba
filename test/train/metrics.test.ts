import assert from 'node:assert/strict';
import test from 'node:test';
import { bestEpoch } from '../../src/train/checkpoints.js';
import { openTally, rightAnswers, score, scoreMarks } from '../../src/train/metrics.js';
import type { EpochRow } from '../../src/train/recipe.js';
import { assertClose } from '../support/assert-close.js';

const LOGITS = Float32Array.from([1, 2, 0.5, -1, 3, 0]);

test('cross-entropy and accuracy, by hand', () => {
  const { loss, accuracy } = score(LOGITS, [0, 1], 'cross-entropy');
  const first = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(0.5)) - 1;
  const second = Math.log(Math.exp(-1) + Math.exp(3) + 1) - 3;
  assertClose(loss, (first + second) / 2, { relative: 1e-12 });
  assert.equal(accuracy, 0.5);
});

test('binary cross-entropy, by hand', () => {
  const nll = (z: number, y: number) => -Math.log(y === 1 ? 1 / (1 + Math.exp(-z)) : 1 - 1 / (1 + Math.exp(-z)));
  const expected = (nll(1, 1) + nll(2, 0) + nll(0.5, 0) + nll(-1, 0) + nll(3, 1) + nll(0, 0)) / 6;
  assertClose(score(LOGITS, [0, 1], 'binary-cross-entropy').loss, expected, { relative: 1e-12 });
});

test('large logits neither overflow nor lose the loss', () => {
  const large = Float32Array.from([1000, -1000]);
  assert.equal(score(large, [1], 'cross-entropy').loss, 2000);
  assert.equal(score(large, [1], 'binary-cross-entropy').loss, 1000);
  assert.equal(score(large, [0], 'binary-cross-entropy').loss, 0);
});

test('a mixed label counts by its share', () => {
  assertClose(rightAnswers(LOGITS, Float32Array.from([0.25, 0.75, 0, 0, 0, 1]), 2), 0.75, { absolute: 1e-7 });
});

test('best: highest accuracy, then lower loss, then earlier; never epoch 0', () => {
  const row = (epoch: number, valAccuracy: number | null, valLoss: number | null) => ({ epoch, valAccuracy, valLoss }) as EpochRow;
  assert.equal(bestEpoch([row(0, 0.9, 0.1), row(1, 0.5, 1), row(2, 0.6, 1), row(3, 0.6, 0.9), row(4, 0.6, 0.9), row(5, 0.4, 0.1)]), 3);
  assert.equal(bestEpoch([row(0, null, null), row(1, null, null), row(2, null, null)]), 2);
});

test('independent labels: cross-entropy over what is known, mean AUC over labels, by hand', () => {
  // two labels, three images; the second label of the first image is not known
  const logits = Float32Array.from([2, 9, -1, 1, 0.5, -2]);
  const marks = Int8Array.from([1, -1, 0, 1, 1, 0]);
  const nll = (z: number, y: number) => -Math.log(y === 1 ? 1 / (1 + Math.exp(-z)) : 1 - 1 / (1 + Math.exp(-z)));
  const { loss, accuracy } = scoreMarks(logits, marks, 2);
  assertClose(loss, (nll(2, 1) + nll(-1, 0) + nll(1, 1) + nll(0.5, 1) + nll(-2, 0)) / 5, { relative: 1e-7 });
  assert.equal(accuracy, 1);
  assert.equal(scoreMarks(Float32Array.from([2, 9, 1, 1, 0.5, 5]), marks, 2).accuracy, (0.5 + 0) / 2);
});

test('an epoch’s tally: share of right answers; the AUC of all its images together', () => {
  const shares = openTally(2, 3, false);
  shares.add(LOGITS, Float32Array.from([0, 1, 0, 0, 1, 0]));
  shares.add(LOGITS, Float32Array.from([1, 0, 0, 0, 1, 0]));
  assert.equal(shares.accuracy(), 0.75);
  const areas = openTally(2, 1, true);
  areas.add(Float32Array.from([1, 4]), Float32Array.from([0, 1]));
  areas.add(Float32Array.from([3, 2]), Float32Array.from([0, 1]));
  assert.equal(areas.accuracy(), 0.75);
});
