// LogME, ridge probe and k nearest neighbours against dense NumPy (fixtures/make-transferability.py, make-mark-predictors.py) and brute force.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { columnProducts } from '../../src/analyses/design.js';
import { linearProbe } from '../../src/analyses/linear-probe.js';
import { markPredictors } from '../../src/analyses/mark-predictors.js';
import { logme } from '../../src/analyses/logme.js';
import { nearestNeighbours } from '../../src/analyses/nearest-neighbours.js';
import { symmetricEigen } from '../../src/analyses/symmetric-eigen.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

interface Case {
  readonly n: number;
  readonly size: number;
  readonly classes: number;
  readonly features: number[];
  readonly labels: number[];
  readonly test: number[];
  readonly logme: number;
  readonly penalty: number;
  readonly predicted: number[];
  readonly eigenvalues: number[];
}
const CASES = JSON.parse(
  readFileSync(new URL('../../../test/analyses/fixtures/transferability.json', import.meta.url), 'utf8'),
) as readonly Case[];
const labelled = ({ features, size, labels, classes }: Case) => ({
  features: Float32Array.from(features),
  size,
  labels: Int32Array.from(labels),
  classes,
});

test('LogME is the evidence that dense matrices give; labels that features explain have more of it', () => {
  for (const each of CASES) assertClose(logme(labelled(each))!, each.logme, { relative: 1e-6, absolute: 1e-7 });
  assert.ok(CASES[0]!.logme > CASES[1]!.logme);
});

test('LogME has nothing to say of one class, or of features that are all zero', () => {
  const [first] = CASES;
  assert.equal(logme({ ...labelled(first!), labels: new Int32Array(first!.n) }), null);
  assert.equal(logme({ ...labelled(first!), features: new Float32Array(first!.n * first!.size) }), null);
});

test('the ridge probe chooses the penalty and the classes that dense matrices give', () => {
  for (const each of CASES) {
    const { penalty, predict } = linearProbe(labelled(each));
    assertClose(penalty, each.penalty, { relative: 1e-9 });
    assert.deepEqual([...predict(Float32Array.from(each.test))], each.predicted);
  }
});

test('nearest neighbours, by sorting all similarities', () => {
  for (const each of CASES) {
    const known = labelled(each);
    for (const k of [1, 3, 6]) {
      const expected = Array.from({ length: each.test.length / each.size }, (_, i) => {
        const x = each.test.slice(i * each.size, (i + 1) * each.size);
        const similarity = (row: number) => {
          const y = each.features.slice(row * each.size, (row + 1) * each.size);
          return x.reduce((sum, v, j) => sum + v * y[j]!, 0) / Math.hypot(...x) / Math.hypot(...y);
        };
        const near = each.labels
          .map((label, row) => ({ label, s: similarity(row) }))
          .sort((a, b) => b.s - a.s)
          .slice(0, k);
        const votes = (label: number) => near.filter((other) => other.label === label).length;
        return near.reduce((best, other) => (votes(other.label) > votes(best.label) ? other : best)).label;
      });
      assert.deepEqual([...nearestNeighbours(known, Float32Array.from(each.test), k)], expected, `k = ${k}`);
    }
  }
});

interface MarkedCase {
  readonly size: number;
  readonly labels: number;
  readonly k: number;
  readonly features: number[];
  readonly marks: number[];
  readonly test: number[];
  readonly testMarks: number[];
  readonly logme: number;
  readonly probe: number;
  readonly neighbours: number;
}

test('independent labels, some unknown, one that does not vary: as dense matrices and pairs of images give them', () => {
  const cases = JSON.parse(readFileSync(new URL('../../../test/analyses/fixtures/mark-predictors.json', import.meta.url), 'utf8')) as readonly MarkedCase[]; // prettier-ignore
  for (const { size, labels, k, features, marks, test: asked, testMarks, ...expected } of cases) {
    const marked = (rows: number[], own: number[]) => ({ features: Float32Array.from(rows), size, marks: Int8Array.from(own), labels });
    const found = markPredictors(marked(features, marks), marked(asked, testMarks), k);
    for (const key of ['logme', 'probe', 'neighbours'] as const) assertClose(found[key]!, expected[key], { relative: 1e-7 }, key);
    assert.ok(found.probe! > 0.6 && found.probe! < 1);
  }
  const [one] = cases;
  const nothing = {
    features: Float32Array.from(one!.features),
    size: one!.size,
    labels: one!.labels,
    marks: Int8Array.from(one!.marks, () => 0),
  };
  assert.deepEqual(markPredictors(nothing, nothing, 3), { logme: null, probe: null, neighbours: null });
});

test('eigenvalues as NumPy has them; vectors are orthonormal and give the matrix back', () => {
  for (const { features, n, size, eigenvalues } of CASES) {
    assertClose([...symmetricEigen(columnProducts(Float32Array.from(features), n, size), size).values], eigenvalues, { relative: 1e-9 });
  }
  const size = 30;
  for (const rank of [30, 7, 0]) {
    const { normal } = random(3, 'eigen', rank);
    const rows = Float64Array.from({ length: Math.max(1, rank) * size }, () => (rank === 0 ? 0 : normal()));
    const matrix = columnProducts(rows, Math.max(1, rank), size);
    const { values, vectors } = symmetricEigen(matrix, size);
    const back = new Float64Array(size * size);
    const gram = new Float64Array(size * size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        for (let k = 0; k < size; k++) {
          back[a * size + b]! += values[k]! * vectors[k * size + a]! * vectors[k * size + b]!;
          gram[a * size + b]! += vectors[a * size + k]! * vectors[b * size + k]!;
        }
      }
    }
    assertClose([...back], [...matrix], { absolute: 1e-11 }, `rank ${rank}`);
    assertClose(
      [...gram],
      Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
      { absolute: 1e-12 },
    );
  }
});
