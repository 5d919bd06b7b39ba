import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, contingency, errorConsistency } from '../../src/analyses/agreement.js';
import { ambiguityOf } from '../../src/analyses/ambiguity.js';
import { outcomes } from '../../src/analyses/outcomes.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

/** Logits with a top class and a margin of 2 an image. */
function saying(predicted: readonly number[], labels: readonly number[], classes = 3) {
  const logits = new Float32Array(predicted.length * classes);
  for (const [i, c] of predicted.entries()) logits[i * classes + c] = 2;
  return outcomes({ logits, labels: Int32Array.from(labels), classes }, 'test');
}

test('outcomes: cross-entropy and margins in closed form', () => {
  const { predicted, right, loss, margin, logitMargin } = saying([0, 2], [0, 1]);
  assert.deepEqual(
    [[...predicted], [...right], [...logitMargin]],
    [
      [0, 2],
      [1, 0],
      [2, 2],
    ],
  );
  const e2 = Math.exp(2);
  assertClose(loss, [Math.log((e2 + 2) / e2), Math.log(e2 + 2)], { absolute: 1e-14 }, 'loss');
  assertClose(margin, [(e2 - 1) / (e2 + 2), (e2 - 1) / (e2 + 2)], { absolute: 1e-14 }, 'margin');
  const huge = outcomes({ logits: Float32Array.of(1e30, -1e30), labels: Int32Array.of(1), classes: 2 }, 'test');
  assertClose(huge.loss[0]!, 2e30, { relative: 1e-6 }, 'no overflow');
  const tie = outcomes({ logits: Float32Array.of(1, 1), labels: Int32Array.of(0), classes: 2 }, 'test');
  assert.deepEqual([tie.predicted[0], tie.margin[0]], [0, 0]);
  assert.throws(
    () => outcomes({ logits: Float32Array.of(NaN, 1), labels: Int32Array.of(0), classes: 2 }, 'RI-T.1'),
    /predictions: logits must be finite, got NaN \(RI-T.1, image 0\)/,
  );
});

//                     both right  only A wrong  only B wrong  both wrong: same, differ
const LABELS = /*  */ [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
const A = /*       */ [0, 1, 2, 0, 2, 0, 0, 1, 0, 1];
const B = /*       */ [0, 1, 2, 0, 1, 2, 1, 1, 0, 2];

test('the contingency table, κ and agreement by hand', () => {
  const found = agreement(saying(A, LABELS), saying(B, LABELS), { key: [1] });
  const { bothRight, bothWrong, onlyAWrong, onlyBWrong } = found;
  assert.deepEqual({ bothRight, bothWrong, onlyAWrong, onlyBWrong }, { bothRight: 5, bothWrong: 2, onlyAWrong: 2, onlyBWrong: 1 });
  const expected = 0.6 * 0.7 + 0.4 * 0.3;
  assertClose(found.kappa, (0.7 - expected) / (1 - expected), { absolute: 1e-14 }, 'κ');
  assertClose(found.agreement, 0.6, { absolute: 1e-15 });
  assert.equal(found.sharedMistakeAgreement, 0.5);
  assertClose(found.mcnemarP, 1, { absolute: 1e-12 });
  assert.ok(found.kappaInterval.low! < found.kappa && found.kappa < found.kappaInterval.high!);
  assert.ok(found.agreementInterval.low! < 0.6 && found.agreementInterval.high! > 0.6);
});

test('κ is 1 for equal errors, about 0 for independent ones, −1 for opposite ones, undefined without variation', () => {
  const table = (bothRight: number, bothWrong: number, onlyAWrong: number, onlyBWrong: number) =>
    errorConsistency({ bothRight, bothWrong, onlyAWrong, onlyBWrong });
  assert.equal(table(6, 4, 0, 0), 1);
  assert.equal(table(0, 0, 5, 5), -1);
  assertClose(table(42, 12, 18, 28), 0, { absolute: 1e-14 }, 'p_A = 0.7, p_B = 0.6, independent');
  assert.ok(Number.isNaN(table(10, 0, 0, 0)));
  assert.ok(Number.isNaN(table(0, 10, 0, 0)));
  const { uniform } = random('kappa');
  const draw = (p: number) => Array.from({ length: 4000 }, () => (uniform() < p ? 0 : 1));
  const zeros = new Array<number>(4000).fill(0);
  assertClose(errorConsistency(contingency(saying(draw(0.7), zeros), saying(draw(0.6), zeros))), 0, { absolute: 0.05 }, 'drawn');
});

test('ambiguity by hand: pairs that disagree, and the mean margin', () => {
  const three = [saying([0, 0], [0, 0]), saying([0, 1], [0, 0]), saying([0, 2], [0, 0])];
  const { disagreement, margin, ambiguity } = ambiguityOf(three);
  assert.deepEqual([...disagreement], [0, 1]);
  const m = (Math.exp(2) - 1) / (Math.exp(2) + 2);
  assertClose(margin, [m, m], { absolute: 1e-14 }, 'margin');
  assertClose(ambiguity, [(1 - m) / 2, (2 - m) / 2], { absolute: 1e-14 }, 'ambiguity');
  assert.deepEqual([...ambiguityOf(three, ['disagreement']).ambiguity], [0, 1]);
  assertClose(ambiguityOf(three, ['margin']).ambiguity, [1 - m, 1 - m], { absolute: 1e-14 }, 'one part alone');
  assert.equal(ambiguityOf(three.slice(0, 1)).disagreement[1], 0, 'a single network agrees with itself');
});

test('ambiguity by default is (disagreement + 1 − margin) / 2 to the last bit', () => {
  const { normal } = random('ambiguity');
  const [n, classes, labels] = [200, 3, new Int32Array(200)];
  const networks = Array.from({ length: 6 }, () =>
    outcomes({ logits: Float32Array.from({ length: n * classes }, normal), labels, classes }, ''),
  );
  const { disagreement, margin, ambiguity } = ambiguityOf(networks);
  assert.deepEqual(ambiguity, disagreement.map((share, i) => (share + 1 - margin[i]!) / 2)); // prettier-ignore
});
