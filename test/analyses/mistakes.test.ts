import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../src/analyses/analysis.js';
import { mistakes } from '../../src/analyses/mistakes.js';
import { bootstrap } from '../../src/analyses/bootstrap.js';
import { outcomes } from '../../src/analyses/outcomes.js';
import { trained } from '../../src/analyses/pairs.js';
import { predict } from '../../src/analyses/predict.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { mean } from '../../src/analyses/statistics.js';
import type { Params } from '../../src/tensor/params.js';
import { float32 } from '../../src/tensor/tensor.js';
import type { Role, Run } from '../../src/analyses/analysis.js';
import type { Dataset } from '../../src/data/dataset.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [] };
const analyse = async (subject: Subject, options = {}) =>
  (await mistakes.run(subject, { ...mistakes.options, resamples: 300, ...options })) as unknown as TablesOf['mistakes'];

/**
 * Images of one pixel each, image i alone lights pixel i of 3 × 6; so a linear network says of image i what column i of its weights says,
 * and a test can dictate every prediction. `says` holds a class and how far its logit lies above the others.
 */
function dictated(roles: readonly (readonly [Role, readonly (readonly [number, number])[]])[], labels: readonly number[]): Subject {
  const pixels = new Uint8Array(18 * labels.length);
  for (const i of labels.keys()) pixels[i * 18 + i] = 255;
  const none = { ids: [], labels: new Int32Array(0), pixels: new Uint8Array(0) };
  const data: Dataset = {
    name: 'dictated',
    classes: ['ant', 'bee', 'cat'],
    channels: 3,
    height: 2,
    width: 3,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    splits: { train: none, val: none, test: { ids: labels.map((_, i) => `image ${i}`), labels: Int32Array.from(labels), pixels } },
    skipped: [],
  };
  const runs = roles.map(([role, says], k): Run => {
    const weight = new Float32Array(3 * 18);
    for (const [i, [c, margin]] of says.entries()) weight[c * 18 + i] = margin;
    const final: Params = new Map([
      ['fc.weight', float32([3, 18], weight)],
      ['fc.bias', float32([3])],
    ]);
    return { ...runOf({ role, seed: k, initial: final, final, network: NETWORK }), name: `${role}.${k}` };
  });
  return subjectOf(data, runs);
}

const say = (classes: string, margins = '222222') => [...classes].map((c, i): [number, number] => [Number(c), Number(margins[i])]);

test('groups, ranks and what each role says', async () => {
  const labels = [0, 0, 0, 0, 0, 1];
  const subject = dictated(
    [
      //                  only P-T  only RI-T  right  only P-T  mixed  wrong
      ['P-T', /*    */ say('1' + '0' + '0' + '2' + '0' + '0', '922122')],
      ['P-T', /*    */ say('1' + '0' + '0' + '1' + '1' + '0', '922122')],
      ['RI-T', /*   */ say('0' + '1' + '0' + '0' + '0' + '2', '922122')],
      ['RI-T', /*   */ say('0' + '1' + '0' + '0' + '0' + '0', '922122')],
    ],
    labels,
  );
  const { images, ambiguity, ambiguityTest, classGaps } = await analyse(subject);
  assert.deepEqual(
    images.map(({ image, group, rank, pretrainedSays, randomSays }) => [image, group, rank, pretrainedSays, randomSays]),
    [
      ['image 0', 'only P-T wrong', 1, 'bee', 'ant'],
      ['image 3', 'only P-T wrong', 2, 'cat, bee', 'ant'],
      ['image 1', 'only RI-T wrong', 1, 'ant', 'bee'],
      ['image 5', 'all wrong', 1, 'ant', 'cat, ant'],
      ['image 2', 'all right', 1, 'ant', 'ant'],
      ['image 4', 'mixed', 1, 'ant, bee', 'ant'],
    ],
  );
  const margin = (z: number) => (Math.exp(z) - 1) / (Math.exp(z) + 2);
  const score = (pairs: number, z: number) => (pairs / 6 + 1 - margin(z)) / 2;
  const scores = [score(4, 9), score(5, 1), score(4, 2)];
  assertClose(
    images.slice(0, 3).map((row) => row.ambiguity),
    scores,
    { relative: 1e-6 },
    'ambiguity',
  );
  assertClose(
    images.slice(0, 2).map((row) => row.disagreement),
    [4 / 6, 5 / 6],
    { absolute: 1e-12 },
    'disagreement',
  );
  const [p, r, difference] = ambiguity;
  assertClose(p!.ambiguity!, (scores[0]! + scores[1]!) / 2, { relative: 1e-6 });
  assertClose([p!.low!, p!.high!], scores.slice(0, 2), { relative: 1e-6 }, 'two images: anything between them');
  assert.deepEqual([r!.n, r!.low, r!.reason], [1, null, 'no interval: a single image']);
  assertClose(difference!.ambiguity!, p!.ambiguity! - r!.ambiguity!, { absolute: 1e-15 });
  assert.deepEqual([difference!.n, difference!.low], [3, null]);
  const [found] = ambiguityTest;
  assert.deepEqual([found!.onlyPretrained, found!.onlyRandom, found!.deltaLow, found!.reason], [2, 1, null, 'no interval: a single image']);
  // image 1 lies between images 0 and 3, or not
  assert.equal(found!.cliffsDelta, (Math.sign(scores[0]! - scores[2]!) + Math.sign(scores[1]! - scores[2]!)) / 2);
  assert.ok(found!.p! > 0.3, 'three images: the smallest p is 1/3');
  // ant: P-T is right on images 1, 2 and half of 4, RI-T on 0, 2, 3, 4; of bee nobody is right
  const [ant, bee, ...none] = classGaps;
  assert.deepEqual(none, [], 'a class without test images is left out');
  assertClose([ant!.onlyPretrainedWrong, ant!.onlyRandomWrong, ant!.gain], [2.5 / 5, 1 / 5, -1.5 / 5], { absolute: 1e-12 }, 'ant');
  assert.deepEqual([ant!.n, ant!.reason], [5, null]);
  assert.ok(ant!.low! <= ant!.gain && ant!.gain <= ant!.high!);
  assert.deepEqual([bee!.n, bee!.gain, bee!.low, bee!.reason], [1, 0, null, 'no interval: a single image']);
});

test('the gallery is cut a group; groups that are empty say so', async () => {
  const subject = dictated(
    [
      ['P-T', say('000000')],
      ['RI-T', say('000000')],
    ],
    [0, 0, 0, 1, 1, 1],
  );
  const { images, ambiguity, pairs } = await analyse(subject, { gallery: 2 });
  assert.deepEqual(
    images.map(({ image, group }) => [image, group]),
    [
      ['image 3', 'all wrong'],
      ['image 4', 'all wrong'],
      ['image 0', 'all right'],
      ['image 1', 'all right'],
    ],
  );
  for (const { n, ambiguity: value, low, high, reason } of ambiguity) {
    assert.deepEqual([n, value, low, high, reason], [0, null, null, null, 'no images']);
  }
  assert.deepEqual([pairs[0]!.kappa, pairs[0]!.agreement, pairs[0]!.mcnemarP], [1, 1, 1]);
});

test('κ is null with a reason when nobody errs, and nothing is shared then', async () => {
  const { pairs } = await analyse(
    dictated(
      [
        ['P-T', say('000000')],
        ['P-T', say('000000')],
      ],
      [0, 0, 0, 0, 0, 0],
    ),
  );
  const { kappa, kappaLow, kappaHigh, reason, sharedMistakeAgreement } = pairs[0]!;
  assert.deepEqual([kappa, kappaLow, kappaHigh, sharedMistakeAgreement], [null, null, null, null]);
  assert.equal(reason, 'κ is undefined: both networks are always right');
});

test('where no image differs, agreement is bounded by what may have gone unseen, and κ has no bounds', async () => {
  const of = async (a: string, b: string) =>
    (
      await analyse(
        dictated(
          [
            ['P-T', say(a)],
            ['P-T', say(b)],
          ],
          [0, 0, 0, 0, 0, 0],
        ),
      )
    ).pairs[0]!;
  // Clopper & Pearson 1934 of no case among 6, and among the 3 that both get wrong
  const unseen = (n: number) => 1 - 0.025 ** (1 / n);
  const same = await of('000111', '000111');
  assert.deepEqual([same.kappa, same.agreement, same.sharedMistakeAgreement], [1, 1, 1]);
  assertClose([same.agreementLow, same.agreementHigh], [1 - unseen(6), 1], { absolute: 1e-12 }, 'all agree');
  assertClose([same.sharedLow!, same.sharedHigh!], [1 - unseen(3), 1], { absolute: 1e-12 }, 'all mistakes agree');
  const NONE = 'κ has no interval: every resample of the images gives the same one';
  assert.deepEqual([same.kappaLow, same.kappaHigh, same.reason], [null, null, NONE]);
  const apart = await of('111111', '222222');
  assert.deepEqual([apart.agreement, apart.agreementLow], [0, 0]);
  assertClose(apart.agreementHigh, unseen(6), { absolute: 1e-12 }, 'none agrees');
  const never = await of('000000', '000111');
  assert.deepEqual([never.kappa, never.kappaLow, never.kappaHigh, never.reason], [0, null, null, NONE], 'A never errs');
  const ordinary = await of('000112', '001110');
  assert.ok(ordinary.kappaLow! < ordinary.kappaHigh! && ordinary.reason === null);
});

test('pairs and classes, recomputed in float64', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [12] });
  const { pairs, classes } = await analyse(subject, { at: 'best' });
  const { test: images } = subject.data.splits;
  const says = new Map<string, number[]>();
  for (const run of subject.runs.slice(1)) {
    const logits = naiveMlp(await run.checkpoint('best'), subject.data, images).get('logits')!;
    says.set(run.name, naiveOutcome(logits, images.labels).predicted);
  }
  assert.deepEqual(
    pairs.map(({ pair }) => pair),
    ['P-T & P-T', ...new Array<string>(4).fill('P-T & RI-T'), 'RI-T & RI-T'],
  );
  for (const row of pairs) {
    const [a, b] = [says.get(row.a)!, says.get(row.b)!];
    const share = (of: (i: number) => boolean) => a.filter((_, i) => of(i)).length;
    const right = (x: number[], i: number) => x[i] === images.labels[i];
    assert.equal(
      row.bothRight,
      share((i) => right(a, i) && right(b, i)),
    );
    assert.equal(
      row.bothWrong,
      share((i) => !right(a, i) && !right(b, i)),
    );
    assert.equal(
      row.onlyAWrong,
      share((i) => !right(a, i) && right(b, i)),
    );
    assert.equal(row.agreement, share((i) => a[i] === b[i]) / 70);
    const shared = share((i) => a[i] === b[i] && !right(a, i));
    assert.equal(row.sharedMistakeAgreement, row.bothWrong === 0 ? null : shared / row.bothWrong);
    assert.ok(row.kappaLow! <= row.kappa! && row.kappa! <= row.kappaHigh!);
    if (row.bothWrong >= 2) assert.ok(row.sharedLow! <= row.sharedMistakeAgreement! && row.sharedMistakeAgreement! <= row.sharedHigh!);
    else assert.deepEqual([row.sharedLow, row.sharedHigh], [null, null]);
    const mine = classes.filter(({ a, b }) => a === row.a && b === row.b);
    assert.equal(mine.length, 3);
    for (const column of ['n', 'bothRight', 'bothWrong', 'onlyAWrong', 'onlyBWrong'] as const) {
      assert.equal(
        mine.reduce((sum, each) => sum + each[column], 0),
        row[column],
        column,
      );
    }
  }
});

test('gains of the classes add up to the gap of accuracies; the pairs’ tables give the same shares', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [12] });
  const { pairs, classes, classGaps } = await analyse(subject);
  const mixed = pairs.filter(({ pair }) => pair === 'P-T & RI-T');
  const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const weighted = classGaps.reduce((sum, row) => sum + row.gain * row.n, 0) / 70;
  assertClose(weighted, mean(mixed.map((row) => (row.onlyBWrong - row.onlyAWrong) / row.n)), { absolute: 1e-12 }, 'gain');
  for (const row of classGaps) {
    const own = classes.filter((each) => each.pair === 'P-T & RI-T' && each.class === row.class);
    assertClose(row.onlyPretrainedWrong, mean(own.map((each) => each.onlyAWrong / each.n)), { absolute: 1e-12 }, row.class);
    assertClose(row.onlyRandomWrong, mean(own.map((each) => each.onlyBWrong / each.n)), { absolute: 1e-12 }, row.class);
    assertClose(row.gain, row.onlyRandomWrong - row.onlyPretrainedWrong, { absolute: 1e-12 }, row.class);
  }
});

test('without runs on the target there is nothing to say; bad options are refused', async () => {
  const made = madeSubject(NETWORK);
  const nothing = { pairs: [], contrasts: [], classes: [], classGaps: [], images: [], ambiguity: [], ambiguityTest: [] };
  assert.deepEqual(await analyse(subjectOf(made.data, made.runs.slice(0, 1))), nothing);
  await assert.rejects(analyse(made, { gallery: -1 }), /mistakes: gallery: must be a whole number ≥ 0, got -1/);
  await assert.rejects(analyse(made, { resamples: 0.5 }), /mistakes: resamples: must be a whole number ≥ 1, got 0.5/);
});

/** Where each run names the label, on test images. */
async function rightOf(subject: Subject): Promise<Map<string, Uint8Array>> {
  const runs = trained(subject.runs);
  const found = await predict(
    subject,
    runs.map((run) => ({ run, at: 'final' as const })),
    'test',
    () => undefined,
  );
  return new Map(runs.map(({ name }, i) => [name, outcomes(found[i]!, name).right]));
}

test('contrasts: mean κ within a role minus that between roles, by the same resamples on both sides', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [6] });
  const { pairs, contrasts } = await analyse(subject, { resamples: 200 });
  assert.deepEqual(
    contrasts.map(({ pair, other, pairs, others }) => [pair, other, pairs, others]),
    [
      ['P-T & P-T', 'P-T & RI-T', 1, 4],
      ['RI-T & RI-T', 'P-T & RI-T', 1, 4],
    ],
  );
  const meanOf = (kind: string) => mean(pairs.filter(({ pair }) => pair === kind).map(({ kappa }) => kappa!));
  const [tuned] = contrasts;
  assert.ok(Math.abs(tuned!.difference! - (meanOf('P-T & P-T') - meanOf('P-T & RI-T'))) < 1e-12);

  // κ = 2(ad − bc) / ((a+b)(b+d) + (a+c)(c+d)) of counts a: both right, d: both wrong
  const errors = await rightOf(subject);
  const kappa = (x: Uint8Array, y: Uint8Array, counts: Uint32Array) => {
    const sum = (p: number, q: number) => counts.reduce((all, c, i) => all + (x[i] === p && y[i] === q ? c : 0), 0);
    const [a, b, c, d] = [sum(1, 1), sum(1, 0), sum(0, 1), sum(0, 0)];
    return (2 * (a * d - b * c)) / ((a + b) * (b + d) + (a + c) * (c + d));
  };
  const [p1, p2, r1, r2] = ['P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2'].map((name) => errors.get(name)!) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]; // prettier-ignore
  const mixed: [Uint8Array, Uint8Array][] = [[p1, r1], [p1, r2], [p2, r1], [p2, r2]]; // prettier-ignore
  const [interval] = bootstrap(
    p1.length,
    1,
    (counts, out) => {
      out[0] = kappa(p1, p2, counts) - mean(mixed.map(([x, y]) => kappa(x, y, counts)));
    },
    { resamples: 200, key: [subject.seed, 'mistakes'] },
  );
  assert.ok(Math.abs(tuned!.low! - interval!.low!) < 1e-12 && Math.abs(tuned!.high! - interval!.high!) < 1e-12);
  assert.ok(tuned!.low! < tuned!.difference! && tuned!.difference! < tuned!.high!);
});
