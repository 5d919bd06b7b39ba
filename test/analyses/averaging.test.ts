import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject } from '../../src/analyses/analysis.js';
import { averaging } from '../../src/analyses/averaging.js';
import type { AverageRow } from '../../src/analyses/rows.js';
import type { Params } from '../../src/tensor/params.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, subjectOf } from '../support/subject.js';

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
  for (const row of rows) assert.deepEqual([row.overMean, row.overMeanLow, row.overMeanHigh, row.overBest], [0, 0, 0, 0], row.what);
  assert.deepEqual(await analyse(subjectOf(made.data, [p, a, r])), []);
  await assert.rejects(analyse(made, { at: 'first' }), /averaging: at: unknown value "first"/);
  await assert.rejects(analyse(made, { resamples: 0 }), /averaging: resamples: must be a whole number ≥ 1, got 0/);
});
