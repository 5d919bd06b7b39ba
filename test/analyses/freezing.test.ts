import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject, SweepRun, Tables } from '../../src/analyses/analysis.js';
import { freezing } from '../../src/analyses/freezing.js';
import { chooseFrozen, exactly } from '../../src/analyses/freezing-choice.js';
import type { CkaRow, FreezingChoiceRow, FreezingVerifiedRow, RewindRow } from '../../src/analyses/rows.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject } from '../support/subject.js';

const drop = (module: string, depth: number, high: number, more: Partial<RewindRow> = {}) =>
  ({
    role: 'P-T',
    run: 'P-T.1',
    to: 0,
    head: false,
    module,
    depth,
    drop: high - 0.01,
    dropLow: high - 0.02,
    dropHigh: high,
    n: 70,
    ...more,
  }) as RewindRow;
const similar = (module: string, value: number | null, more: Partial<CkaRow> = {}) =>
  ({ pair: 'P-T & P', module, value, ...more }) as CkaRow;
const RULE = { margin: 0.02, similarity: 0.8 };
const frozenOf = (rewound: RewindRow[], similarities: CkaRow[], rule = RULE) =>
  chooseFrozen(rewound, similarities, rule).map(({ module, frozen }) => `${module}${frozen ? '*' : ''}`);

test('a module is chosen when every run can do without its change and its features are kept', () => {
  const rewound = [
    drop('layer2.0', 2, 0.3),
    drop('conv1', 0, 0.01),
    drop('layer1.0', 1, 0.015),
    drop('layer1.0', 1, 0.03, { run: 'P-T.2' }),
    drop('fc', 3, 0, { head: true }),
    drop('conv1', 0, 0.5, { role: 'RI-T' }),
    drop('conv1', 0, 0.5, { to: 5 }),
  ];
  assert.deepEqual(frozenOf(rewound, []), ['conv1*', 'layer1.0', 'layer2.0'], 'by depth; heads, other roles and epochs left out');
  assert.deepEqual(frozenOf(rewound, [], { ...RULE, margin: 0.05 }), ['conv1*', 'layer1.0*', 'layer2.0']);
  assert.deepEqual(frozenOf(rewound, [similar('conv1', 0.7)]), ['conv1', 'layer1.0', 'layer2.0'], 'features that changed');
  assert.deepEqual(
    frozenOf(rewound, [similar('conv1', null), similar('conv1', 0.2, { pair: 'RI-T & P' })])[0],
    'conv1*',
    'undefined is not measured',
  );
  const [, layer1] = chooseFrozen(rewound, [similar('layer1', 0.9), similar('layer1', 0.7)], RULE);
  assertClose(layer1!.cka!, 0.8, { absolute: 1e-12 }, 'a stage speaks for its blocks, mean over runs');
  assert.deepEqual([layer1!.low, layer1!.high, layer1!.runs], [0.015 - 0.02, 0.03, 2]);
  assertClose(layer1!.drop, 0.0125, { absolute: 1e-12 });
  assert.deepEqual(chooseFrozen([], [], RULE), []);
});

test('patterns match the module’s parameters and nothing else', () => {
  const patterns = exactly(['conv1.weight', 'bias1']).map((each) => new RegExp(each));
  const matches = (name: string) => patterns.some((each) => each.test(name));
  assert.deepEqual(['conv1.weight', 'bias1', 'layer1.0.conv1.weight', 'conv1xweight', 'bias10'].map(matches), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

const MLP = { architecture: 'mlp', hidden: [12, 9] };
const analyse = async (subject: Subject, options = {}) =>
  (await freezing.run(subject, { ...freezing.options, resamples: 200, ...options })) as unknown as {
    choice: readonly FreezingChoiceRow[];
    verified: readonly FreezingVerifiedRow[];
  };
const results = (rewound: RewindRow[]): Record<string, Tables> =>
  ({ rewind: { modules: rewound }, cka: { similarities: [] } }) as unknown as Record<string, Tables>;

test('verified: frozen runs against those of the same seeds, recomputed in float64', async () => {
  const made = madeSubject(MLP);
  const [, a, b, r, s] = made.runs as [Run, Run, Run, Run, Run];
  const { test: images } = made.data.splits;
  // networks of other runs stand in for the frozen trainings
  const stand = (run: Run, of: string): SweepRun => ({
    ...run,
    name: `${of}, frozen`,
    role: 'P-T',
    variant: { of },
    data: () => Promise.resolve(made.data),
  });
  const subject: Subject = {
    ...made,
    sweep: [stand(r, 'P-T.1'), stand(s, 'P-T.2')],
    results: results([drop('fc1', 0, 0.01), drop('fc2', 1, 0.3)]),
  };
  const { choice, verified } = await analyse(subject);
  assert.deepEqual(
    choice.map(({ module, weights, frozen }) => [module, weights, frozen]),
    [
      ['fc1', 12 * 192 + 12, true],
      ['fc2', 9 * 12 + 9, false],
    ],
  );
  const accuracy = async (run: Run) =>
    naiveOutcome(naiveMlp(await run.checkpoint('final'), made.data, images).get('logits')!, images.labels).accuracy;
  const [row] = verified;
  assertClose(row!.full, ((await accuracy(a)) + (await accuracy(b))) / 2, { absolute: 1e-12 });
  assertClose(row!.frozen, ((await accuracy(r)) + (await accuracy(s))) / 2, { absolute: 1e-12 });
  assertClose(row!.difference, row!.frozen - row!.full, { absolute: 1e-12 });
  assert.ok(row!.low <= row!.difference && row!.difference <= row!.high);
  assert.deepEqual([row!.modules, row!.runs, row!.n], ['fc1', 2, 70]);
  assertClose(row!.share, (12 * 192 + 12) / (12 * 192 + 12 + 9 * 12 + 9 + 3 * 9 + 3), { absolute: 1e-12 });
  const nothing = await analyse({ ...subject, results: results([drop('fc1', 0, 0.5)]) });
  assert.deepEqual(nothing.verified, [], 'nothing was chosen');
  assert.deepEqual((await analyse({ ...made, results: subject.results! })).verified, [], 'nothing was trained');
  assert.deepEqual(await analyse(made), { choice: [], verified: [] });
});

test('trainings are asked for when they shall verify, one a P-T seed; options are checked', async () => {
  const arm = {
    role: 'P-T' as const,
    seeds: [
      { init: 1, order: 1 },
      { init: 2, order: 3 },
    ],
    recipe: {} as never,
  };
  const ground = { target: 'a', targets: ['a'], side: 8, pretrain: null, arms: [arm] };
  assert.deepEqual(freezing.sweep!(ground, freezing.options).trainings, []);
  const { trainings } = freezing.sweep!(ground, { ...freezing.options, verify: true, margin: 0.01 });
  assert.deepEqual(
    trainings.map(({ name, variant, freeze }) => [name, variant['of'], freeze]),
    [
      ['P-T.1, frozen', 'P-T.1', { margin: 0.01, similarity: 0.8 }],
      ['P-T.2-3, frozen', 'P-T.2-3', { margin: 0.01, similarity: 0.8 }],
    ],
  );
  await assert.rejects(analyse(madeSubject(MLP), { verify: 'yes' }), /freezing: verify must be true or false, got "yes"/);
  await assert.rejects(analyse(madeSubject(MLP), { margin: 2 }), /freezing: margin: must be a number in \[0, 1\], got 2/);
});
