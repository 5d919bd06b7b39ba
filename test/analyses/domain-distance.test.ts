import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Subject } from '../../src/analyses/analysis.js';
import { corrected, resample } from '../../src/analyses/bootstrap.js';
import { domainDistance } from '../../src/analyses/domain-distance.js';
import { frechetFrom, gaussianOf } from '../../src/analyses/frechet.js';
import { principalComponents } from '../../src/analyses/principal-components.js';
import { crossValidated, proxyDistance } from '../../src/analyses/proxy-distance.js';
import type { DomainDistanceRow } from '../../src/analyses/rows.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';
import { madeSubject, patternData } from '../support/subject.js';

const fixture = JSON.parse(readFileSync(new URL('../../../test/analyses/fixtures/domains.json', import.meta.url), 'utf8')) as {
  frechet: { n: number; k: number; x: number[]; y: number[]; counts: number[]; frechet: number; resampled: number }[];
  components: { n: number; p: number; k: number; x: number[]; gram: number[]; explained: number }[];
};

test('the Fréchet distance agrees with NumPy, resampled and with singular covariances too', () => {
  for (const { k, x, y, counts, frechet, resampled } of fixture.frechet) {
    const distance = (drawn: Uint32Array | null) =>
      frechetFrom(gaussianOf(Float64Array.from(x), k, drawn))(gaussianOf(Float64Array.from(y), k, drawn));
    assertClose(distance(null), frechet, { relative: 1e-6 }, 'as it is');
    assertClose(distance(Uint32Array.from(counts)), resampled, { relative: 1e-6 }, 'resampled');
  }
});

test('Gaussians that commute have a closed form: ‖μ₁ − μ₂‖² + Σ (σ₁ − σ₂)²', () => {
  const diagonal = (values: number[]) => Float64Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? values[i / 4]! ** 2 : 0));
  const a = { mean: Float64Array.of(1, 2, 3), covariance: diagonal([1, 2, 0]) };
  const b = { mean: Float64Array.of(1, 0, 4), covariance: diagonal([3, 2, 0.5]) };
  assertClose(frechetFrom(a)(b), 4 + 1 + (4 + 0 + 0.25), { relative: 1e-12 });
  assertClose(frechetFrom(b)(a), frechetFrom(a)(b), { relative: 1e-12 }, 'symmetric');
  assertClose(frechetFrom(a)(a), 0, { absolute: 1e-12 });
});

test('principal components agree with NumPy’s SVD, tall and wide; constant features have none', () => {
  for (const { n, p, k, x, gram, explained } of fixture.components) {
    const found = principalComponents(x, n, p, k);
    const products = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = 0;
      for (let c = 0; c < k; c++) sum += found.scores[i * k + c]! * found.scores[j * k + c]!;
      return sum;
    });
    assertClose(products, gram, { absolute: 1e-9 }, `${n} × ${p}`);
    assertClose(found.explained, explained, { absolute: 1e-12 });
    assert.equal(found.dimensions, k);
  }
  assert.equal(principalComponents(new Float32Array(40).fill(3), 10, 4, 3).dimensions, 0);
  assert.equal(principalComponents([0, 0, 1, 2, 2, 4], 3, 2, 2).dimensions, 1, 'points on a line');
});

/** n rows of independent normals with these means and deviations. */
function drawnRows(n: number, means: readonly number[], deviations: readonly number[], key: string): Float64Array {
  const { normal } = random('domain', key);
  return Float64Array.from({ length: n * means.length }, (_, i) => means[i % means.length]! + deviations[i % means.length]! * normal());
}

test('the correction takes most of the bias of few images off, and its interval holds the truth', () => {
  const k = 12;
  const [zeros, ones] = [new Array<number>(k).fill(0), new Array<number>(k).fill(1)];
  const shifted = zeros.map((_, i) => (i === 0 ? 1 : 0));
  const wide = ones.map(() => 1.3);
  const truth = { same: 0, apart: 1 + k * 0.3 ** 2 };
  const sums = { plain: 0, corrected: 0, held: 0 };
  const trials = 12;
  for (let t = 0; t < trials; t++) {
    const [a, b, c] = [drawnRows(120, zeros, ones, `a${t}`), drawnRows(120, zeros, ones, `b${t}`), drawnRows(120, shifted, wide, `c${t}`)];
    for (const [other, true_] of [
      [b, truth.same],
      [c, truth.apart],
    ] as const) {
      const distance = (counts: Uint32Array | null) => frechetFrom(gaussianOf(a, k, counts))(gaussianOf(other, k, counts));
      const [drawn] = resample(120, 1, (counts, out) => (out[0] = distance(counts)), { resamples: 100, key: ['trial', t] });
      const { value, low, high } = corrected(distance(null), drawn!);
      sums.plain += (distance(null) - true_) / (2 * trials);
      sums.corrected += (value - true_) / (2 * trials);
      if (low <= true_ && true_ <= high) sums.held++;
      assert.ok(low <= value && value <= high);
    }
  }
  assert.ok(sums.plain > 0.6, `the plain value is biased, by ${sums.plain}`);
  assert.ok(Math.abs(sums.corrected) < 0.2 * sums.plain, `corrected: ${sums.corrected}, plain: ${sums.plain}`);
  assert.ok(sums.held >= 2 * trials - 4, `${sums.held} of ${2 * trials} intervals hold the truth`);
});

test('the classifier: as good as Bayes’ on Gaussians, a coin on equal domains, never wrong far apart', () => {
  const errorOf = (shift: number, key: string) => {
    const [a, b] = [drawnRows(600, [0, 0, 0], [1, 1, 1], `${key} a`), drawnRows(600, [shift, 0, 0], [1, 1, 1], `${key} b`)];
    const wrong = crossValidated(a, b, { k: 3, folds: 5, key: [key] });
    return [...wrong.a, ...wrong.b].reduce((sum, x) => sum + x, 0) / 1200;
  };
  // Φ(−shift/2), with four standard errors of a share of 1200
  assertClose(errorOf(2, 'two'), 0.158655, { absolute: 0.042 });
  assertClose(errorOf(0, 'none'), 0.5, { absolute: 0.058 });
  assert.equal(errorOf(12, 'far'), 0);
  assert.deepEqual([proxyDistance(0), proxyDistance(0.5), proxyDistance(0.25)], [2, 0, 1]);
});

const NETWORK = { architecture: 'mlp', hidden: [12, 9] };
/** A made-up study whose P was trained on these images. */
function subjectFrom(source: ReturnType<typeof patternData>): Subject {
  const made = madeSubject(NETWORK);
  return { ...made, source: { data: source, network: made.network } };
}
const analyse = async (subject: Subject, options = {}) =>
  (await domainDistance.run(subject, { ...domainDistance.options, resamples: 60, ...options }))[
    'distances'
  ] as readonly DomainDistanceRow[];
const value = (rows: readonly DomainDistanceRow[], measure: string, comparison: string) =>
  rows.find((row) => row.measure === measure && row.comparison === comparison)!;

test('the same domain is near, another one far; halves of the source are near each other', async () => {
  const same = patternData({ test: 140 });
  const dark = { ...same, splits: { ...same.splits, test: { ...same.splits.test, pixels: same.splits.test.pixels.map((x) => x >> 2) } } };
  const [near, far] = [await analyse(subjectFrom(same)), await analyse(subjectFrom(dark))];
  assert.deepEqual(
    near.map(({ measure, comparison }) => `${measure}: ${comparison}`),
    ['frechet', 'proxy-a'].flatMap((measure) => ['source & target', 'source & source', 'difference'].map((each) => `${measure}: ${each}`)),
  );
  for (const row of [...near, ...far]) assert.deepEqual([row.n, row.p, row.module, row.dimensions], [70, 9, 'fc2', 9]);
  for (const measure of ['frechet', 'proxy-a']) {
    assert.ok(value(far, measure, 'difference').low > 0, `${measure}: another domain lies apart`);
    assert.ok(value(near, measure, 'difference').low <= 0, `${measure}: the same does not`);
    const [apart, alike, difference] = ['source & target', 'source & source', 'difference'].map((each) => value(far, measure, each).plain);
    assertClose(apart! - alike!, difference!, { absolute: 1e-9 });
  }
  assert.ok(value(far, 'proxy-a', 'source & target').value > 1.5);
  assert.deepEqual(await analyse(subjectFrom(dark)), far, 'same seed, same rows');
  assert.ok(near.every(({ explained }) => explained > 0.999));
  assert.ok((await analyse(subjectFrom(same), { dimensions: 2 })).every(({ explained, dimensions }) => explained < 1 && dimensions === 2));
});

test('without P or its images there is nothing; too few images and bad options are refused', async () => {
  await assert.rejects(
    async () => analyse(madeSubject(NETWORK)),
    /domain-distance: it needs the images that P was trained on, which are not in the study/,
  );
  const made = subjectFrom(patternData());
  assert.deepEqual(await analyse({ ...made, runs: made.runs.slice(1) }), []);
  await assert.rejects(
    analyse(subjectFrom(patternData({ test: 19 }))),
    /there must be 20 test images of the source and 10 of the target, got 19 and 70/,
  );
  await assert.rejects(analyse(made, { folds: 1 }), /domain-distance: folds: must be a whole number ≥ 2, got 1/);
  await assert.rejects(analyse(made, { samples: 5 }), /domain-distance: samples: must be a whole number ≥ 10, got 5/);
});
