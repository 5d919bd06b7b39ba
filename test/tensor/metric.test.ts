import assert from 'node:assert/strict';
import { test } from 'node:test';
import { innerRow, innerTables, metricOf, saidOf, storedRow, storedTables } from '../../src/tensor/metric.js';

const ROW = {
  run: 'P-T.1',
  accuracy: 0.8,
  accuracyLow: 0.7,
  testAccuracy: null,
  metric: 'accuracy',
  loss: 1,
  reason: 'no accuracy',
  image: 'accuracy of a kind',
};

test('rows of independent labels are stored as AUC, and come back', () => {
  const stored = storedRow(ROW, 'AUC');
  assert.deepEqual(stored, {
    run: 'P-T.1',
    auc: 0.8,
    aucLow: 0.7,
    testAuc: null,
    metric: 'AUC',
    loss: 1,
    reason: 'no AUC',
    image: 'accuracy of a kind',
  });
  assert.deepEqual(innerRow(stored), { ...ROW, reason: 'no AUC' });
  assert.deepEqual(Object.keys(innerRow(stored)), Object.keys(ROW));
  assert.equal(storedRow(ROW, 'accuracy'), ROW);
  assert.equal(innerRow(ROW), ROW);
});

test('tables tell their metric; names that only begin alike stay', () => {
  const tables = {
    gaps: [
      { metric: 'accuracy', gap: 0.1 },
      { metric: 'speed', gap: 0.2 },
    ],
    none: [],
    other: [{ auction: 1, class: 'AUC' }],
  };
  const stored = storedTables(tables, 'AUC');
  assert.deepEqual([metricOf(tables), metricOf(stored)], ['accuracy', 'AUC']);
  assert.deepEqual(innerTables(stored), tables);
  assert.deepEqual(stored.other, [{ auction: 1, class: 'AUC' }]);
});

test('a text says AUC', () => {
  assert.equal(
    saidOf('Accuracy: a drop of test accuracy below the endpoints’ accuracies', 'AUC'),
    'AUC: a drop of test AUC below the endpoints’ AUCs',
  );
  assert.equal(saidOf('test accuracy', 'accuracy'), 'test accuracy');
  assert.equal(saidOf('Target accuracy against source accuracy', 'AUC'), 'Target AUC against source accuracy');
  assert.deepEqual(storedRow({ accuracy: 1, sourceAccuracy: 0.5 }, 'AUC'), { auc: 1, sourceAccuracy: 0.5 });
});
