import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAStudy } from '../../examples/run-a-study.js';
import { temporaryFolder } from '../support/tiny-study.js';

test('the example runs a study, and the second time finds everything done', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await runAStudy(folder);
  assert.deepEqual([first.done, first.reused], [8, 0]);
  const accuracy = first.gaps.find(({ metric, at }) => metric === 'accuracy' && at === 'final')!;
  assert.equal(accuracy.n, 312);
  assert.ok(Math.abs(accuracy.gap - (accuracy.pretrained - accuracy.random)) < 1e-12);
  assert.ok(accuracy.low! <= accuracy.gap && accuracy.gap <= accuracy.high!);

  const second = await runAStudy(folder);
  assert.deepEqual([second.done, second.reused], [0, 8]);
  assert.deepEqual(second.gaps, first.gaps);
});
