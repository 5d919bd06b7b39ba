import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject } from '../../src/analyses/analysis.js';
import { averaging } from '../../src/analyses/averaging.js';
import { openEvaluator } from '../../src/analyses/evaluator.js';
import { openReestimator } from '../../src/analyses/reestimate.js';
import type { AverageRow } from '../../src/analyses/rows.js';
import { averaging as section } from '../../src/report/sections/averaging.js';
import type { Params } from '../../src/tensor/params.js';
import { combine } from '../../src/tensor/params.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, patternData, subjectOf } from '../support/subject.js';

const MLP = { architecture: 'mlp', hidden: [12] };
const analyse = async (subject: Subject, options = {}) =>
  (await averaging.run(subject, { ...averaging.options, resamples: 300, ...options }))['averages'] as readonly AverageRow[];

/** With this validation accuracy at every epoch. */
const validated = (run: Run, valAccuracy: number | null): Run => ({ ...run, epochs: run.epochs.map((row) => ({ ...row, valAccuracy })) });

test('midpoints, averages and ensembles, recomputed in float64', async () => {
  const made = madeSubject(MLP);
  const [p, a, b, r, s] = made.runs as [Run, Run, Run, Run, Run];
  // a third run of one role
  const third: Run = { ...r, name: 'P-T.3', role: 'P-T' };
  const subject = subjectOf(made.data, [p, validated(a, 0.4), validated(b, 0.6), validated(third, 0.5), r, s]);
  const rows = await analyse(subject);
  const what = (role: string) => rows.filter((row) => row.role === role).map((row) => `${row.what}: ${row.runs}`);
  assert.deepEqual(what('P-T'), [
    'single: P-T.1',
    'single: P-T.2',
    'single: P-T.3',
    'midpoint: P-T.1 + P-T.2',
    'midpoint: P-T.1 + P-T.3',
    'midpoint: P-T.2 + P-T.3',
    'average of all: P-T.1 + P-T.2 + P-T.3',
    'ensemble: P-T.1 + P-T.2 + P-T.3',
  ]);
  assert.equal(what('RI-T').length, 5);

  const { test: images } = made.data.splits;
  const finals = new Map(await Promise.all(subject.runs.slice(1).map(async (run) => [run.name, await run.checkpoint('final')] as const)));
  const logitsOf = (params: Params) => naiveMlp(params, made.data, images).get('logits')!;
  const probabilities = (logits: Float64Array) => {
    const e = Float64Array.from(logits, Math.exp);
    return e.map((x, i) => x / (e[i - (i % 3)]! + e[i - (i % 3) + 1]! + e[i - (i % 3) + 2]!));
  };
  const accuracyOf = (logits: Float64Array) => naiveOutcome(logits, images.labels).accuracy;
  const single = (name: string) => accuracyOf(logitsOf(finals.get(name)!));
  for (const row of rows) {
    assert.equal(row.batchNorm, 'none');
    const members = row.runs.split(' + ').map((name) => finals.get(name)!);
    const mixed =
      row.what === 'ensemble'
        ? members
            .map((params) => probabilities(logitsOf(params)))
            .reduce((sum, each) => sum.map((x, i) => x + each[i]! / members.length), new Float64Array(210))
            .map(Math.log)
        : logitsOf(
            new Map(
              [...members[0]!].map(([name, x]) => [
                name,
                float32(
                  x.dims,
                  Float32Array.from(x.data, (_, i) => members.reduce((sum, each) => sum + each.get(name)!.data[i]!, 0) / members.length),
                ),
              ]),
            ),
          );
    const { accuracy, loss } = naiveOutcome(mixed, images.labels);
    assertClose(row.accuracy, accuracy, { absolute: 1e-12 }, `${row.what} ${row.runs}`);
    assertClose(row.loss, loss, { relative: 1e-4 }, `${row.what} ${row.runs} loss`);
    const singles = row.runs.split(' + ').map(single);
    assertClose(row.overMean, accuracy - singles.reduce((sum, x) => sum + x, 0) / singles.length, { absolute: 1e-12 }, 'over the mean');
    assert.ok(row.low <= row.accuracy && row.accuracy <= row.high && row.overMeanLow <= row.overMean && row.overMean <= row.overMeanHigh);
    if (row.role === 'RI-T') {
      assert.deepEqual([row.best, row.overBest, row.overBestLow], [null, null, null]);
      assert.match(row.reason!, /no validation images/);
    } else {
      const best = row.runs.includes('P-T.2') ? 'P-T.2' : row.runs.includes('P-T.3') ? 'P-T.3' : 'P-T.1';
      assert.deepEqual([row.best, row.reason], [best, null]);
      assertClose(row.overBest!, accuracy - single(best), { absolute: 1e-12 }, 'over the best on validation');
    }
  }
});

test('two equal networks average to themselves; one run a role has no average; options are checked', async () => {
  const made = madeSubject(MLP);
  const [p, a, , r] = made.runs as [Run, Run, Run, Run];
  const rows = await analyse(subjectOf(made.data, [p, validated(a, 0.5), { ...validated(a, 0.5), name: 'P-T.2' }, r]));
  assert.deepEqual([...new Set(rows.map(({ role }) => role))], ['P-T']);
  for (const row of rows) {
    // a single network is no other than itself; an average may differ where 70 images do not show it
    const unseen = row.members === 1 ? 0 : 1 - 0.025 ** (1 / 70);
    assert.deepEqual([row.overMean, row.overMeanLow + unseen, row.overMeanHigh - unseen, row.overBest], [0, 0, 0, 0], row.what);
  }
  assert.deepEqual(await analyse(subjectOf(made.data, [p, a, r])), []);
  await assert.rejects(analyse(made, { at: 'first' }), /averaging: at: unknown value "first"/);
  await assert.rejects(analyse(made, { resamples: 0 }), /averaging: resamples: must be a whole number ≥ 1, got 0/);
});

test('with BatchNorm like is compared with like: as trained, and every network, single ones too, with statistics taken anew', async () => {
  const network = { architecture: 'resnet', widths: [8, 16], blocks: [1, 1] };
  const data = patternData({ train: 150, test: 60 });
  const made = madeSubject(network, data);
  // statistics that fit no network: as in a training that ended before they followed
  const stale = (params: Params): Params =>
    new Map([...params].map(([name, x]) => [name, name.includes('running_') ? float32(x.dims, x.data.map((v) => v + 0.7)) : x])); // prettier-ignore
  const runs = made.runs.map((run): Run => ({ ...run, checkpoint: async (at) => stale(await run.checkpoint(at)) }));
  const subject = subjectOf(data, runs);
  const rows = await analyse(subject);
  const [raw, anew] = (['raw', 're-estimated'] as const).map((form) => rows.filter((row) => row.batchNorm === form));
  assert.deepEqual(raw!.map(({ role, what, runs }) => [role, what, runs]), anew!.map(({ role, what, runs }) => [role, what, runs])); // prettier-ignore
  assert.equal(raw!.length + anew!.length, rows.length);

  const evaluator = await openEvaluator(subject, runs[1]!, data.splits.test);
  const fresh = (await openReestimator(subject, runs[1]!))!;
  const logits = async (names: string, fit: (params: Params) => Promise<Params> | Params) => {
    const parts = await Promise.all(names.split(' + ').map((name) => runs.find((run) => run.name === name)!.checkpoint('final')));
    const mixed = combine(parts, parts.map(() => 1 / parts.length)); // prettier-ignore
    return Float64Array.from(await evaluator.logits(await fit(mixed)));
  };
  try {
    for (const [form, own] of [
      ['raw', raw!],
      ['re-estimated', anew!],
    ] as const) {
      // prettier-ignore
      const fit = form === 'raw' ? (params: Params) => params : (params: Params) => fresh.reestimate(params);
      for (const row of own.filter(({ what }) => what !== 'ensemble')) {
        const found = naiveOutcome(await logits(row.runs, fit), data.splits.test.labels);
        assertClose(row.accuracy, found.accuracy, { absolute: 1e-12 }, `${form}, ${row.what} ${row.runs}`);
        assertClose(row.loss, found.loss, { relative: 1e-5 }, `${form}, ${row.what} ${row.runs}`);
        const singles = own.filter((each) => each.role === row.role && each.what === 'single' && row.runs.split(' + ').includes(each.runs));
        const level = singles.reduce((sum, each) => sum + each.accuracy, 0) / singles.length;
        assertClose(row.overMean, row.accuracy - level, { absolute: 1e-12 }, `${form}: over the mean of its like`);
      }
    }
  } finally {
    await evaluator.release();
    await fresh.release();
  }
  assert.notDeepEqual(raw!.map(({ loss }) => loss), anew!.map(({ loss }) => loss)); // prettier-ignore
  const said = section.answer({ target: 'patterns', tables: { averages: rows } });
  const average = anew!.find(({ role, what }) => role === 'P-T' && what === 'average of all')!;
  assert.ok(said.includes(`reaches ${(100 * average.accuracy).toFixed(1)} %`), said);
  assert.match(section.cautions({ target: 'patterns', tables: { averages: rows } }).join(' '), /single ones too.*as trained/);
});
