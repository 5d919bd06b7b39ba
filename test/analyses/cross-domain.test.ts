import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject, SweepRun } from '../../src/analyses/analysis.js';
import type { CrossDomainOptions } from '../../src/analyses/cross-domain.js';
import { crossDomain } from '../../src/analyses/cross-domain.js';
import { drawn, subset } from '../../src/analyses/images.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { mix, replace } from '../../src/tensor/params.js';
import { DEMO } from '../study/demo-study.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, patternData, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const OPTIONS: CrossDomainOptions = { ...crossDomain.options, points: 5, samples: 30, resamples: 200 };
const analyse = async (subject: Subject, options: Partial<CrossDomainOptions> = {}) =>
  (await crossDomain.run(subject, { ...OPTIONS, ...options })) as unknown as TablesOf['cross-domain'];

/** Runs on this target, and those of another one that has other classes. */
function twoTargets() {
  const here = madeSubject(NETWORK);
  const there = madeSubject(NETWORK, patternData({ classes: 4 }));
  const sweep = there.runs
    .filter(({ role }) => role !== 'P')
    .map((run: Run): SweepRun => ({
      ...run,
      name: `${run.name} on there`,
      variant: { on: 'there' },
      data: () => Promise.resolve(there.data),
    }));
  return subjectOf(here.data, here.runs, { sweep });
}

test('the body goes to the other target, the head stays: every λ recomputed in float64', async () => {
  const subject = twoTargets();
  const { paths, barriers } = await analyse(subject);
  const { test: split } = subject.data.splits;
  const images = subset(subject.data, split, drawn(split.ids.length, 30, subject.seed, 'cross-domain', 'test'));
  assert.deepEqual([paths.length, barriers.length], [8 * 5, 8 * 4], 'two runs here times two there, of each role');
  for (const { a, b, lambda, loss, other, n } of paths) {
    const start = await subject.runs.find(({ name }) => name === a)!.checkpoint('final');
    const there = await subject.sweep!.find(({ name }) => name === b)!.checkpoint('final');
    const end = replace(start, there, (name) => !name.startsWith('fc.'));
    const expected = naiveOutcome(naiveMlp(mix(start, end, lambda), subject.data, images).get('logits')!, images.labels);
    assertClose(loss, expected.loss, { relative: 1e-4 }, `${a} ${b} ${lambda}`);
    assert.deepEqual([other, n], ['there', 30]);
  }
  for (const row of barriers.filter(({ metric, definition }) => metric === 'loss' && definition === 'line')) {
    const own = paths.filter(({ a, b }) => a === row.a && b === row.b).map(({ loss }) => loss);
    assertClose(row.barrier, Math.max(...own.map((loss, k) => loss - own[0]! - (k / 4) * (own[4]! - own[0]!))), { absolute: 1e-9 });
  }
  assert.equal(subject.told.at(-1), 1);
  const judged = (all: readonly { readonly oneBasin: boolean | null }[]) => all.flatMap(({ oneBasin }) => oneBasin ?? []);
  const drops = barriers.filter(({ metric, definition }) => metric === 'accuracy' && definition === 'line').map(({ high }) => high);
  const middle = drops.toSorted((x, y) => x - y)[drops.length / 2]!;
  assert.deepEqual(judged(barriers), drops.map((high) => high < 0.02)); // prettier-ignore
  assert.deepEqual(judged((await analyse(subject, { oneBasin: middle })).barriers), drops.map((high) => high < middle)); // prettier-ignore
  assert.deepEqual(await analyse(madeSubject(NETWORK)), { paths: [], barriers: [] }, 'one target');
});

test('in a study it takes the runs that the other target has: nothing more is trained', async () => {
  const plan = await planStudy(parseStudy(DEMO.replace('  distance: {}', '  distance: {}\n  cross-domain: {}'), 'study.yaml'));
  assert.equal(plan.steps.filter(({ kind }) => kind === 'train').length, 1 + 2 * 4);
  const step = plan.steps.find(({ kind, target }) => kind === 'cross-domain' && target === 'openmoji')!;
  const onOutline = plan.steps.find(({ title }) => title === 'train P-T.2 on outline')!;
  assert.equal(step.inputs['P-T.2 on outline']!.step, onOutline.id);
});

test('options that break a rule', async () => {
  await assert.rejects(analyse(twoTargets(), { points: 1 }), /cross-domain: points: must be a whole number ≥ 2, got 1/);
});
