// Arms that were trained elsewhere: nothing is trained, and every number is that of the study that trained them.
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { AbsentRow } from '../../src/analyses/absent.js';
import type { Row, Tables } from '../../src/analyses/analysis.js';
import type { DistanceRow, RewindRow, RunRow } from '../../src/analyses/rows.js';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import type { Store } from '../../src/store/store.js';
import { openStore } from '../../src/store/store.js';
import { estimate } from '../../src/study/estimate.js';
import type { LoadSummary } from '../../src/study/execute-load.js';
import { LOAD_FILE } from '../../src/study/execute-load.js';
import { checkStudy, parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Plan } from '../../src/study/step.js';
import { temporaryFolder, tinyPlan, tinyStudy } from '../support/tiny-study.js';

const SHARED = 'mistakes, cka, distance, interpolation';
const OTHERS = 'learning-curves, rewind, criticality, freezing, plane, averaging, checkpoint-choice, block-shuffle, domain-distance';

/** The tiny study's networks, brought as files. `arms`: what stands under arms. */
const loaded = (arms: string, { pretrain = 'from: p.safetensors', more = '', analyses = `${SHARED}, ${OTHERS}` } = {}) =>
  tinyStudy({ analyses })
    .replace(/^recipe:.*\n/m, '')
    .replace('on: source, seed: 1', pretrain)
    .replace(/arms:\n.*\n.*\n/, `arms: ${arms}\n${more}`);

async function run(plan: Plan, store: Store): Promise<void> {
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  assert.deepEqual(result.failed, []);
}

const tablesOf = async (plan: Plan, store: Store, analysis: string): Promise<Tables> =>
  store.readJson<Tables>(plan.steps.find(({ kind }) => kind === analysis)!.id, 'tables.json');
const rowsOf = <T>(tables: Tables, name: string) => (tables[name] ?? []) as unknown as readonly T[];

/** The trained study, and its checkpoints as files. */
async function trained(t: Pick<TestContext, 'after'>) {
  const folder = await temporaryFolder(t);
  const store = await openStore(join(folder, 'store'));
  const plan = await tinyPlan({ analyses: SHARED, seeds: '1, 2' });
  await run(plan, store);
  const step = (name: string) => plan.steps.find(({ kind, subject }) => kind === 'train' && subject === name)!;
  for (const [name, file] of [
    ['P', 'p'],
    ['P-T.1', 'a'],
    ['P-T.2', 'b'],
    ['RI-T.1', 'c'],
    ['RI-T.2', 'd'],
  ] as const)
    // prettier-ignore
    await copyFile(store.path(step(name).id, 'final.safetensors'), join(folder, `${file}.safetensors`));
  for (const [name, file] of [
    ['P', 'p0'],
    ['P-T.1', 'a0'],
    ['P-T.2', 'b0'],
    ['RI-T.1', 'c0'],
    ['RI-T.2', 'd0'],
  ] as const)
    // prettier-ignore
    await copyFile(store.path(step(name).id, 'epoch-0000.safetensors'), join(folder, `${file}.safetensors`));
  const planOf = async (text: string): Promise<Plan> => {
    const file = join(folder, 'study.yaml');
    await writeFile(file, text);
    return planStudy(parseStudy(text, file));
  };
  return { folder, store, plan, planOf };
}

test('brought with their starts, the networks give the rows of the study that trained them; without, what is not known is absent', async (t) => {
  const { store, plan, planOf } = await trained(t);
  const arm = (...files: string[]) =>
    `{ checkpoints: [${files.map((file) => `{ from: ${file}.safetensors, epochs: { 0: ${file}0.safetensors } }`).join(', ')}] }`;
  const whole = await planOf(
    loaded(`{ P-T: ${arm('a', 'b')}, RI-T: ${arm('c', 'd')} }`, { pretrain: 'from: p.safetensors, epochs: { 0: p0.safetensors }' }),
  );
  assert.deepEqual([...new Set(whole.steps.map(({ kind }) => kind))].includes('train'), false);
  const seconds = await estimate(whole, store, { workers: 1, threads: 1 });
  assert.ok(whole.steps.every(({ id, kind }) => kind === 'data' || seconds.seconds.get(id)! > 0));
  await run(whole, store);
  for (const analysis of SHARED.split(', ')) {
    const [own, brought] = [await tablesOf(plan, store, analysis), await tablesOf(whole, store, analysis)];
    for (const [name, rows] of Object.entries(own))
      assert.ok(JSON.stringify(brought[name]) === JSON.stringify(rows), `${analysis}: ${name} must have the same rows`);
  }
  const absent = async (of: Plan, analysis: string) =>
    rowsOf<AbsentRow>(await tablesOf(of, store, analysis), 'absent').map(({ what, reason }) => `${what}: ${reason}`);
  assert.deepEqual(await absent(whole, 'rewind'), []);

  const bare = await planOf(
    loaded(
      '{ mine: { checkpoints: [a.safetensors] }, RI-T: { checkpoints: [c.safetensors, d.safetensors] }, P-T: { checkpoints: [a.safetensors, b.safetensors] } }',
    ),
  );
  await run(bare, store);
  const distances = rowsOf<DistanceRow>(await tablesOf(bare, store, 'distance'), 'distances').filter(({ scope }) => scope === 'network');
  assert.deepEqual(
    [...new Set(distances.map(({ pair }) => pair))],
    ['P-T & P-T', 'P-T & RI-T', 'P-T & mine', 'RI-T & RI-T', 'RI-T & mine', 'P-T & P', 'RI-T & P', 'mine & P'],
  );
  assert.equal(distances.find(({ a, b }) => a === 'P-T.1' && b === 'mine.1')!.l2, 0, 'the same file under another name');
  const own = rowsOf<DistanceRow>(await tablesOf(plan, store, 'distance'), 'distances');
  const tuned = (rows: readonly DistanceRow[]) => rows.find(({ pair, scope }) => pair === 'P-T & P-T' && scope === 'network')!;
  assert.equal(tuned(distances).l2, tuned(own).l2);
  assert.equal(tuned(distances).relative, null, 'the start of a head is not known');
  assert.ok(tuned(distances).cosine !== null, 'bodies started from P');
  assert.equal(distances.find(({ pair }) => pair === 'RI-T & RI-T')!.cosine, null);

  const rewound = rowsOf<RewindRow>(await tablesOf(bare, store, 'rewind'), 'modules');
  assert.deepEqual([...new Set(rewound.map(({ run, module }) => `${run} ${module}`))], ['P-T.1 fc1', 'P-T.2 fc1'], 'no head, no RI-T');
  assert.match(
    (await absent(bare, 'rewind')).join('\n'),
    /^RI-T\.1, RI-T\.2, mine\.1: where they started is not known: .*\nheads: what the head of P-T\.1, P-T\.2 started from is not known$/,
  );
  const curves = await tablesOf(bare, store, 'learning-curves');
  assert.deepEqual(rowsOf<RunRow>(curves, 'runs').map(({ run, at, epoch }) => [run, at, epoch])[0], ['P-T.1', 'final', null]);
  assert.deepEqual(curves['epochs'], []);
  assert.match(
    (await absent(bare, 'learning-curves'))[0]!,
    /^learning curves and speed of P-T\.1, P-T\.2, RI-T\.1, RI-T\.2, mine\.1: these networks were trained elsewhere/,
  );
  for (const [analysis, reason] of [
    ['checkpoint-choice', /^: it fine-tunes from epochs of pre-training, and P or P-T was trained elsewhere$/],
    ['block-shuffle', /^: it trains on shuffled images, and these networks were trained elsewhere/],
    ['domain-distance', /^: it needs the images that P was trained on/],
  ] as const)
    assert.match((await absent(bare, analysis)).join(), reason);
  assert.ok(rowsOf<Row>(await tablesOf(bare, store, 'freezing'), 'choice').length > 0, 'rewind and cka are there');
  assert.ok(rowsOf<Row>(await tablesOf(bare, store, 'plane'), 'cells').length > 0);
  assert.ok(rowsOf<Row>(await tablesOf(bare, store, 'averaging'), 'averages').length > 0);
});

test('trained and brought arms mix; RI from a file is where RI-T starts', async (t) => {
  const { store, planOf } = await trained(t);
  const more = 'initial: { from: c0.safetensors }\nrecipe: { batch: 64, rate: 0.05, epochs: 1 }\n';
  const mixed = await planOf(
    loaded('{ P-T: { checkpoints: [a.safetensors] }, RI-T: { seeds: [1] } }', { more, analyses: 'rewind, distance, cka' }),
  );
  await run(mixed, store);
  const scratch = mixed.steps.find(({ subject }) => subject === 'RI-T.1')!;
  const random = mixed.steps.find(({ subject }) => subject === 'RI')!;
  assert.deepEqual([scratch.kind, scratch.inputs['initial']], ['train', { step: random.id, at: 'final' }]);
  const pairs = rowsOf<DistanceRow>(await tablesOf(mixed, store, 'distance'), 'distances').map(({ pair }) => pair);
  assert.deepEqual([...new Set(pairs)], ['P-T & RI-T', 'P-T & P', 'RI-T & P', 'P-T & RI', 'RI-T & RI', 'P & RI']);
  const rewound = rowsOf<RewindRow>(await tablesOf(mixed, store, 'rewind'), 'modules');
  assert.deepEqual(
    rewound.map(({ run, module }) => `${run} ${module}`),
    ['P-T.1 fc1', 'RI-T.1 fc1'],
    'heads are left out of both',
  );

  const summary = await store.readJson<LoadSummary>(mixed.steps.find(({ subject }) => subject === 'P-T.1')!.id, LOAD_FILE);
  assert.equal(summary.start, 'body');
});

test('what P was trained on elsewhere, and runs on other targets: the rows of the study that trained all of them', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(join(folder, 'store'));
  const both = tinyStudy({ epochs: 1, analyses: 'cross-domain, domain-distance' })
    .replace('targets: [near]', 'targets: [near, far]')
    .replace('  near:', '  far: { dataset: emoji, domains: [twemoji] }\n  near:');
  const planOf = async (text: string): Promise<Plan> => {
    await writeFile(join(folder, 'study.yaml'), text);
    return planStudy(parseStudy(text, join(folder, 'study.yaml')));
  };
  const plan = await planOf(both);
  await run(plan, store);
  for (const { kind, subject, target, id } of plan.steps)
    if (kind === 'train') await copyFile(store.path(id, 'final.safetensors'), join(folder, `${subject}${target}.safetensors`));
  const arm = (role: string) => `{ checkpoints: { near: [${role}.1near.safetensors], far: [${role}.1far.safetensors] } }`;
  const brought = await planOf(
    both
      .replace(/^recipe:.*\n/m, '')
      .replace('on: source, seed: 1', 'from: P.safetensors, on: source')
      .replace(/arms:\n.*\n.*\n/, `arms: { P-T: ${arm('P-T')}, RI-T: ${arm('RI-T')} }\n`),
  );
  assert.ok(brought.steps.every(({ kind }) => kind !== 'train'));
  assert.equal(brought.steps.filter(({ kind }) => kind === 'load').length, 5, 'P and four runs: those of the other target are loaded once');
  await run(brought, store);
  for (const [analysis, table] of [
    ['cross-domain', 'paths'],
    ['cross-domain', 'barriers'],
    ['domain-distance', 'distances'],
  ] as const)
    // prettier-ignore
    for (const target of ['near', 'far']) {
      const of = async (any: Plan) => {
        const { id } = any.steps.find((step) => step.kind === analysis && step.target === target)!;
        return rowsOf<Row>(await store.readJson<Tables>(id, 'tables.json'), table);
      };
      const own = await of(plan);
      assert.ok(own.length > 0);
      assert.deepEqual(await of(brought), own, `${analysis} on ${target}: ${table}`);
    }
});

test('files that say too little are refused with what is missing', async (t) => {
  const { planOf } = await trained(t);
  const arms = '{ P-T: { checkpoints: [{ from: a.safetensors, map: ["^fc\\\\.=>gone."] }] } }';
  await assert.rejects(planOf(loaded(arms, { analyses: 'distance', pretrain: 'from: p.safetensors' })), {
    name: 'InputError',
    message: /^arms\.P-T: .*a\.safetensors: the head \(fc\) must be in the file of a network trained on near, got none$/,
  });
});

test('a study says of every arm whether it was trained here', () => {
  const problems = (arms: string, targets = 'near') => {
    const text = loaded(arms, { analyses: 'distance' }).replace('targets: [near]', `targets: [${targets}]`);
    const checked = checkStudy(text, 's.yaml');
    return 'problems' in checked ? checked.problems.map(({ message }) => message) : [];
  };
  assert.deepEqual(problems('{ linear-probe: { checkpoints: [a.pth, hf:timm/resnet18.a1_in1k] } }'), []);
  assert.deepEqual(problems('{ PT: { seeds: [1] } }'), [
    'arms: unknown arm to train "PT"; there are: P-T, RI-T; did you mean P-T?; another role must have checkpoints, trained elsewhere',
  ]);
  assert.deepEqual(problems('{ P-T: { seeds: [1], checkpoints: [a.pth] } }'), [
    'arms.P-T: checkpoints are not trained here, got seeds too',
  ]);
  assert.deepEqual(problems('{ RI: { checkpoints: [a.pth] } }'), ['arms.RI: RI stands in initial, arms are trained on targets']);
  assert.deepEqual(problems('{ P-T: { checkpoints: [a.pth] } }', 'near, source'), [
    'arms.P-T.checkpoints: must say which target they were trained on ({ near: […], source: […] }), got a list',
  ]);
  assert.deepEqual(problems('{ P-T: { checkpoints: { near: [a.pth], far: [b.pth] } } }'), [
    'arms.P-T.checkpoints: unknown target "far"; there are: near; did you mean near?',
  ]);
  assert.deepEqual(problems('{ P-T: { checkpoints: [{ from: a.pth, map: [x] }] } }'), [
    "arms.P-T.checkpoints[0].map: must be 'regex=>replacement', got x",
  ]);
  assert.deepEqual(problems('{ a.b: { checkpoints: [a.pth] } }').length, 1, 'runs are called role.number');
});
