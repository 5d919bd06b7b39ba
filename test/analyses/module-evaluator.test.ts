import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEvaluator } from '../../src/analyses/evaluator.js';
import { openModuleEvaluator } from '../../src/analyses/module-evaluator.js';
import { groupsOf } from '../../src/analyses/module-groups.js';
import { trained } from '../../src/analyses/pairs.js';
import type { Params } from '../../src/tensor/params.js';
import { assertClose } from '../support/assert-close.js';
import { madeSubject, nudged, patternData } from '../support/subject.js';

test('a sweep gives what whole forward passes give, in the images’ order, padding left out', async () => {
  const subject = madeSubject({ architecture: 'fixup-resnet', widths: [4, 8] }, patternData({ test: 150 }));
  const [run] = trained(subject.runs);
  const images = subject.data.splits.test;
  const groups = groupsOf(subject.network(run!, { batch: 1 }).modules, null);
  const [evaluator, whole] = [await openModuleEvaluator(subject, run!, images, groups), await openEvaluator(subject, run!, images)];
  try {
    for (const at of ['final', 'initial'] as const) {
      const base = await run!.checkpoint(at);
      const variant = (name: string, i: number): Params =>
        new Map(
          [...nudged(base, 0.1, `${name} ${i}`)].filter(([parameter]) =>
            groups.find((g) => g.name === name)!.parameters.includes(parameter),
          ),
        );
      const found = new Map<string, Float32Array>();
      const told: number[] = [];
      const own = await evaluator.sweep(base, {
        variants: ({ name }) => ({ count: 3, at: (i) => (i === 2 ? null : variant(name, i)) }),
        found({ name }, i, logits, first) {
          const all = found.get(`${name} ${i}`) ?? new Float32Array(150 * 3);
          all.set(logits, first * 3);
          found.set(`${name} ${i}`, all);
        },
        progress: (share) => void told.push(share),
      });
      const expected = await whole.logits(base);
      assertClose(own, expected, { relative: 1e-5, absolute: 1e-6 }, 'the base');
      assert.equal(found.size, groups.length * 3);
      for (const [key, logits] of found) {
        const [name, i] = key.split(' ') as [string, string];
        if (i === '2') assert.deepEqual(logits, own, 'as in the base');
        else {
          const params = new Map([...base, ...variant(name, Number(i))]);
          assertClose(logits, await whole.logits(params), { relative: 1e-4, absolute: 1e-5 }, key);
        }
      }
      assert.equal(told.at(-1), 1);
    }
  } finally {
    await evaluator.release();
    await whole.release();
  }
});

test('groups: each module, by stage, and what is left out', () => {
  const { modules } = madeSubject({ architecture: 'fixup-resnet', widths: [4, 8], blocks: [2, 1] }).network(
    trained(madeSubject({ architecture: 'fixup-resnet', widths: [4, 8], blocks: [2, 1] }).runs)[0]!,
    { batch: 1 },
  );
  const names = (pattern: string | null) => groupsOf(modules, pattern).map(({ name, depth, head }) => [name, depth, head]);
  assert.deepEqual(names(null), [
    ['conv1', 0, false],
    ['layer1.0', 1, false],
    ['layer1.1', 2, false],
    ['layer2.0', 3, false],
    ['fc', 4, true],
  ]);
  assert.deepEqual(names('^[^.]+'), [
    ['conv1', 0, false],
    ['layer1', 1, false],
    ['layer2', 2, false],
    ['fc', 3, true],
  ]);
  assert.deepEqual(names('(layer)\\d'), [['layer', 0, false]]);
  assert.equal(groupsOf(modules, 'layer1')[0]!.parameters.length, modules[1]!.parameters.length + modules[2]!.parameters.length);
});
