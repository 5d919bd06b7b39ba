import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawn, subset } from '../../src/analyses/images.js';
import { trained } from '../../src/analyses/pairs.js';
import { epochOf, predict } from '../../src/analyses/predict.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp } from '../support/naive-mlp.js';
import { madeSubject, patternData } from '../support/subject.js';

test('logits are those of plain loops in float64, in the order of the split, without the padding of the last batch', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [12] });
  const runs = trained(subject.runs);
  const wanted = runs.map((run) => ({ run, at: 'final' as const }));
  const found = await predict(subject, wanted, 'test');
  const { test: images } = subject.data.splits;
  assert.equal(images.ids.length % 64, 6, 'the last batch is short');
  for (const [k, { logits, ids, labels, classes }] of found.entries()) {
    const expected = naiveMlp(await runs[k]!.checkpoint('final'), subject.data, images).get('logits')!;
    assertClose(logits, expected, { relative: 1e-5, absolute: 1e-5 }, runs[k]!.name);
    assert.deepEqual([ids, labels, classes], [images.ids, images.labels, 3]);
  }
});

test('P is evaluated with its own head', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [12] }, patternData(), { sourceClasses: 5 });
  const [p] = await predict(subject, [{ run: subject.runs[0]!, at: 'final' }], 'train');
  assert.deepEqual([p!.classes, p!.logits.length], [5, 5 * 40]);
});

test('nothing is computed twice: the same checkpoint by another name, or asked for again', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [12] });
  const run = trained(subject.runs)[0]! as ReturnType<typeof trained>[0] & { asked: number };
  const before = run.asked;
  const [final, best] = await predict(
    subject,
    [
      { run, at: 'final' },
      { run, at: 'best' },
    ],
    'test',
  );
  const [again] = await predict(subject, [{ run, at: 2 }], 'test');
  assert.equal(run.asked - before, 1, 'best and final are both epoch 2');
  assert.ok(final === best && final === again);
  const [initial] = await predict(subject, [{ run, at: 'initial' }], 'test');
  assert.notDeepEqual(initial!.logits, final!.logits);
  assert.deepEqual([epochOf(run, 'initial'), epochOf(run, 'best'), epochOf(run, 7)], [0, 2, 7]);
});

test('subsets are drawn by key, without replacement, ascending, and gathered image by image', () => {
  const indices = drawn(70, 20, 1, 'x');
  assert.equal(new Set(indices).size, 20);
  assert.deepEqual(indices, indices.toSorted());
  assert.deepEqual(drawn(70, 20, 1, 'x'), indices);
  assert.notDeepEqual(drawn(70, 20, 2, 'x'), indices);
  assert.deepEqual([drawn(5, null).length, drawn(5, 9).length], [5, 5]);
  const data = patternData();
  const { test: images } = data.splits;
  const some = subset(data, images, indices);
  const size = 3 * 8 * 8;
  assert.deepEqual(some.ids[3], images.ids[indices[3]!]);
  assert.equal(some.labels[19], images.labels[indices[19]!]);
  assert.deepEqual(some.pixels.subarray(19 * size), images.pixels.slice(indices[19]! * size, (indices[19]! + 1) * size));
});
