import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanOver } from '../../src/analyses/over-images.js';
import type { Subject } from '../../src/analyses/analysis.js';
import { ofRole, trained } from '../../src/analyses/pairs.js';
import type { RewindOptions } from '../../src/analyses/rewind.js';
import { rewind } from '../../src/analyses/rewind.js';
import type { Rewound } from '../../src/analyses/rewind-rows.js';
import { contrastRows, roleRows } from '../../src/analyses/rewind-rows.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { replace } from '../../src/tensor/params.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12, 8] };
const analyse = async (subject: Subject, options: Partial<RewindOptions> = {}) =>
  (await rewind.run(subject, { ...rewind.options, resamples: 200, ...options })) as unknown as TablesOf['rewind'];

test('every module of every run at every epoch, recomputed in float64', async () => {
  const subject = madeSubject(NETWORK);
  const { modules } = await analyse(subject, { to: 'saved' });
  const { test: images } = subject.data.splits;
  // P-T kept epochs 0 and 2, RI-T the best epoch 1 as well; the last is where modules come from
  assert.equal(modules.length, 2 * 3 * 1 + 2 * 3 * 2);
  for (const row of modules) {
    const run = subject.runs.find(({ name }) => name === row.run)!;
    const [end, start] = [await run.checkpoint('final'), await run.checkpoint(row.to)];
    const outcome = (params: typeof end) => naiveOutcome(naiveMlp(params, subject.data, images).get('logits')!, images.labels);
    const [whole, expected] = [outcome(end), outcome(replace(end, start, (name) => name.startsWith(`${row.module}.`)))];
    const where = `${row.run} ${row.module} ${row.to}`;
    assert.equal(row.accuracy, expected.accuracy, where);
    assertClose([row.loss, row.rise], [expected.loss, expected.loss - whole.loss], { relative: 1e-4, absolute: 1e-5 }, where);
    assertClose(row.drop, whole.accuracy - expected.accuracy, { absolute: 1e-12 }, where);
    assert.ok(row.dropLow <= row.drop && row.drop <= row.dropHigh && row.riseLow <= row.rise && row.rise <= row.riseHigh, where);
    assert.ok(row.moved && row.n === 70 && row.head === (row.module === 'fc'));
  }
  assert.deepEqual(
    subject.told,
    subject.told.toSorted((x, y) => x - y),
  );
  assert.equal(subject.told.at(-1), 1);
});

test('from the best epoch, on training images, modules regrouped', async () => {
  const subject = madeSubject(NETWORK);
  const { modules } = await analyse(subject, { at: 'best', split: 'train', modules: '^fc(?=\\d)|^fc$' });
  const { train } = subject.data.splits;
  assert.deepEqual([...new Set(modules.map(({ module }) => module))], ['fc'], 'fc1, fc2 and fc are one');
  const [scratch] = ofRole(subject.runs, 'RI-T');
  const expected = naiveOutcome(naiveMlp(await scratch!.checkpoint(0), subject.data, train).get('logits')!, train.labels);
  assert.equal(modules.find(({ run }) => run === scratch!.name)!.accuracy, expected.accuracy, 'all modules rewound: the start');
  const two = await analyse(subject, { modules: '^fc\\d' });
  assert.deepEqual([...new Set(two.modules.map(({ module, depth }) => `${module} ${depth}`))], ['fc1 0', 'fc2 1'], 'fc is left out');
});

test('a module that training did not move: drop and rise are 0', async () => {
  const made = madeSubject({ architecture: 'fixup-resnet', widths: [4, 8] });
  const [p] = trained(made.runs);
  const [initial, final] = [await p!.checkpoint('initial'), await p!.checkpoint('final')];
  const frozen = replace(final, initial, (name) => name.startsWith('layer2.0'));
  const run = runOf({ role: 'P-T', seed: 1, initial, final: frozen, network: p!.network });
  const { modules } = await analyse(subjectOf(made.data, [run]));
  for (const { module, moved, drop, dropLow, dropHigh, rise, riseLow, riseHigh } of modules) {
    assert.equal(moved, module !== 'layer2.0');
    if (!moved) assert.deepEqual([drop, dropLow, dropHigh, rise, riseLow, riseHigh], [0, 0, 0, 0, 0, 0]);
    else assert.notEqual(rise, 0, module);
  }
});

/** Of ten images the first `whole` are right, and the first `kept` with the module set back. */
function rewound(name: string, depth: number, kept: number, { role = 'P-T', seed = 1, whole = 8 } = {}): Rewound {
  const column = (right: number) => ({
    accuracy: meanOver(Uint8Array.from({ length: 10 }, (_, i) => Number(i < right))),
    loss: new Float64Array(10),
  });
  const group = { name, depth, parameters: [name], buffers: [], head: name === 'fc' };
  return {
    run: { name: `${role}.${seed}`, role: role as 'P-T', seed },
    to: 0,
    group,
    moved: true,
    whole: column(whole),
    found: column(kept),
  };
}
const resampling = { resamples: 100, key: ['rewind rows'] };

test('roles: mean over runs and the body, and how much the later half loses more; the middle module is in neither half', () => {
  const all = [1, 2].flatMap((seed) => [
    rewound('a', 0, 8, { seed }),
    rewound('b', 1, 2, { seed }),
    rewound('c', 2, 9 - seed * 2, { seed }),
    rewound('fc', 3, 0, { seed }),
  ]);
  const [row, ...none] = roleRows(all, resampling);
  assert.deepEqual(none, []);
  assertClose([row!.drop, row!.growth!], [(0 + 0.6 + 0.2) / 3, 0.2], { absolute: 1e-12 }, 'drops 0, 0.6 and 0.1 and 0.3');
  assert.deepEqual([row!.runs, row!.modules, row!.n], [2, 3, 10]);
  assert.equal(roleRows([rewound('a', 0, 5), rewound('fc', 1, 5)], resampling)[0]!.growth, null, 'one module has no halves');
  assert.deepEqual(roleRows([rewound('fc', 0, 5)], resampling), []);
});

test('contrasts: P-T minus RI-T, the body without the head, certain where all images agree', () => {
  const all = [rewound('a', 0, 6), rewound('fc', 1, 0), ...['a', 'fc'].map((name, depth) => rewound(name, depth, 3, { role: 'RI-T' }))];
  const rows = contrastRows(all, resampling);
  assert.deepEqual(
    rows.map(({ module, depth }) => [module, depth]),
    [
      ['', -1],
      ['a', 0],
      ['fc', 1],
    ],
  );
  assertClose(
    rows.map(({ difference }) => difference),
    [0.2 - 0.5, 0.2 - 0.5, 0.8 - 0.5],
    { absolute: 1e-12 },
    'differences',
  );
  assert.ok(rows[0]!.low < -0.3 && rows[0]!.high > -0.3 && rows[0]!.runs === 2);
  const same = contrastRows([rewound('a', 0, 6), rewound('a', 0, 6, { role: 'RI-T' })], resampling)[0]!;
  assert.deepEqual([same.difference, same.low, same.high], [0, 0, 0]);
  assert.deepEqual(contrastRows([rewound('a', 0, 6)], resampling), []);
});

test('epochs that were not kept, and options that break a rule', async () => {
  const subject = madeSubject(NETWORK);
  await assert.rejects(analyse(subject, { to: [0, 0] }), /rewind: to must be saved or a list of different epochs, got \[0,0\]/);
  await assert.rejects(analyse(subject, { to: [-1] }), /rewind: to: must be a whole number ≥ 0, got -1/);
  await assert.rejects(analyse(subject, { modules: '(' }), /rewind: modules: must be null or a regular expression, got "\("/);
  await assert.rejects(
    analyse(subject, { modules: 'layer' }),
    /modules: the pattern must match a module, got "layer"; there are: fc1, fc2, fc/,
  );
  await assert.rejects(analyse(subject, { split: 'val' as 'test' }), /rewind: split: unknown value "val"; there are: test, train/);
  assert.deepEqual(await analyse(subjectOf(subject.data, [subject.runs[0]!])), { modules: [], roles: [], contrasts: [] });
});
