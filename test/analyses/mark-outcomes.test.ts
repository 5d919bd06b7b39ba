import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap, weightedMean } from '../../src/analyses/bootstrap.js';
import { judge, outcomes } from '../../src/analyses/outcomes.js';
import { averageOf, boundedOf, differenceOf, meanOver } from '../../src/analyses/over-images.js';
import { mustReproduce } from '../../src/analyses/recorded.js';
import type { Run } from '../../src/analyses/analysis.js';
import { aucOf } from '../../src/tensor/auc.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

const LABELS = 3;
/** Images whose logits know something of their marks; one in ten is not known. */
function made(n: number, knows: number, key = 'made') {
  const { normal, uniform } = random(key, n);
  const marks = Int8Array.from({ length: n * LABELS }, () => (uniform() < 0.1 ? -1 : uniform() < 0.4 ? 1 : 0));
  const logits = Float32Array.from(marks, (mark) => knows * (mark === 1 ? 1 : -1) + normal());
  return { marks, logits, labels: new Int32Array(n).fill(-1), classes: LABELS };
}
const column = (values: ArrayLike<number>, k: number) => Array.from(values).filter((_, at) => at % LABELS === k);

test('loss, 0-1 score and AUC of independent labels, by their definitions', () => {
  const predictions = made(40, 0.5);
  const { marks, logits } = predictions;
  const { loss, right, accuracy } = judge(predictions, 'test');
  const terms = [...marks].flatMap((mark, at) =>
    mark < 0 ? [] : [-Math.log(1 / (1 + Math.exp(mark === 1 ? -logits[at]! : logits[at]!)))],
  );
  assertClose(loss.reduce((sum, each) => sum + each, 0) / 40, terms.reduce((sum, each) => sum + each, 0) / terms.length, { relative: 1e-12 }); // prettier-ignore
  right.forEach((hit, i) => {
    const own = [0, 1, 2].map((k) => [marks[i * LABELS + k]!, logits[i * LABELS + k]!] as const).filter(([mark]) => mark >= 0);
    assert.equal(hit, Number(own.every(([mark, z]) => mark === Number(z > 0))));
  });
  const areas = [0, 1, 2].map((k) => aucOf(column(logits, k), column(marks, k))(null));
  assertClose(accuracy.of(null), (areas[0]! + areas[1]! + areas[2]!) / 3, { relative: 1e-12 });
  assert.deepEqual(judge(predictions, 'test').byLabel!.map((label) => label.of(null)), areas); // prettier-ignore
  assert.throws(() => outcomes(predictions, 'P-T.1'), /images must have one label each, got independent ones \(P-T\.1\)/);
  assert.throws(
    () => judge({ ...predictions, logits: logits.map(() => NaN) }, 'P-T.1'),
    /logits must be finite, got NaN \(P-T\.1, image 0\)/,
  );
});

test('the bootstrap of an AUC has the spread that Hanley & McNeil’s formula gives', () => {
  const n = 400;
  const predictions = made(n, 0.7);
  const one = {
    ...predictions,
    marks: Int8Array.from(column(predictions.marks, 0)),
    logits: Float32Array.from(column(predictions.logits, 0)),
    classes: 1,
  };
  const [found] = boundedOf([judge(one, 'test').accuracy], { resamples: 2000, key: ['hanley'] });
  const [a, has] = [found!.value, one.marks.filter((mark) => mark === 1).length];
  const hasNot = one.marks.filter((mark) => mark === 0).length;
  const [q1, q2] = [a / (2 - a), (2 * a * a) / (1 + a)];
  const se = Math.sqrt((a * (1 - a) + (has - 1) * (q1 - a * a) + (hasNot - 1) * (q2 - a * a)) / (has * hasNot));
  assertClose((found!.high - found!.low) / (2 * 1.96), se, { relative: 0.12 });
  assert.ok(0.5 < found!.low && found!.low < a && a < found!.high);
});

test('differences of AUCs are paired: two networks that differ little have a narrow interval', () => {
  const first = made(150, 0.6);
  const { normal } = random('nearly');
  const second = { ...first, logits: first.logits.map((z) => z + 0.05 * normal()) };
  const other = made(150, 0.6, 'other');
  const [a, b, c] = [first, second, other].map((each) => judge(each, 'test').accuracy);
  const [near, apart] = boundedOf([differenceOf(a!, b!), differenceOf(a!, c!)], { resamples: 400, key: ['paired'] });
  assert.ok(near!.high - near!.low < 0.2 * (apart!.high - apart!.low), `${near!.low} to ${near!.high}`);
  assertClose(averageOf([a!, c!]).of(null), (a!.of(null) + c!.of(null)) / 2, { relative: 1e-12 });
});

test('means over images are what they were: columns averaged and subtracted, resampled by weighted means', () => {
  const { uniform } = random('columns');
  const [x, y] = [0, 1].map(() => Uint8Array.from({ length: 30 }, () => Number(uniform() < 0.6)));
  const gap = differenceOf(averageOf([meanOver(x!), meanOver(y!)]), meanOver(y!));
  const each = Float64Array.from(x!, (value, i) => (value + y![i]!) / 2 - y![i]!);
  assert.deepEqual(gap.each, each);
  const key = ['same'];
  const [expected] = bootstrap(30, 1, (counts, out) => void (out[0] = weightedMean(counts, each)), { resamples: 50, key });
  const [found] = boundedOf([gap], { resamples: 50, key });
  assert.deepEqual([found!.low, found!.high], [expected!.low, expected!.high]);
});

test('an AUC on record must come out again, near ties aside', () => {
  const judged = judge(made(60, 1), 'test');
  const value = judged.accuracy.of(null);
  const run = (testAccuracy: number) => ({ name: 'P-T.1', bestEpoch: 1, epochs: [{ epoch: 1, testAccuracy }] }) as unknown as Run;
  mustReproduce('test', run(value), 'final', judged);
  assert.throws(() => mustReproduce('test', run(value + 0.01), 'final', judged), /must have the recorded test accuracy \(or AUC\)/);
  // scores that all tie may come out in any order
  const tied = judge({ ...made(60, 1), logits: new Float32Array(60 * LABELS) }, 'test');
  assert.equal(tied.accuracy.of(null), 0.5);
  assert.equal(tied.slack(1e-4), 1);
});
