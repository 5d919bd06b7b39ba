import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject } from '../../src/analyses/analysis.js';
import { criticality } from '../../src/analyses/criticality.js';
import { noiseOf, perturbed } from '../../src/analyses/criticality-grid.js';
import { openEvaluator } from '../../src/analyses/evaluator.js';
import { drawn, subset } from '../../src/analyses/images.js';
import { groupsOf } from '../../src/analyses/module-groups.js';
import { openModuleReestimator } from '../../src/analyses/module-reestimator.js';
import { outcomes } from '../../src/analyses/outcomes.js';
import { openReestimator } from '../../src/analyses/reestimate.js';
import { rewind } from '../../src/analyses/rewind.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { mean } from '../../src/analyses/statistics.js';
import type { Split } from '../../src/data/dataset.js';
import type { Params } from '../../src/tensor/params.js';
import { mix, replace, select } from '../../src/tensor/params.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { madeSubject, nudged, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'resnet', widths: [8, 16], blocks: [1, 1] };
const data = patternData({ train: 150, test: 70 });
const IMAGES = 128;
const subject = madeSubject(NETWORK, data);
const groups = groupsOf(subject.network(subject.runs[1]!, { batch: 1 }).modules, null);
const namesOf = (module: string, what: 'parameters' | 'buffers'): readonly string[] => groups.find(({ name }) => name === module)![what];

/** What the whole network comes to, statistics taken anew by the plain way or left alone. */
async function outcomeOf(of: Subject, run: Run, images: Split, params: Params, anew: boolean) {
  const fresh = anew ? await openReestimator(of, run, { images: IMAGES }) : null;
  const evaluator = await openEvaluator(of, run, images);
  const logits = await evaluator.logits(fresh ? await fresh.reestimate(params) : params);
  await fresh?.release();
  await evaluator.release();
  return outcomes({ logits, labels: images.labels, classes: evaluator.classes }, run.name);
}

for (const room of [undefined, 0])
  test(`statistics after a group: as the whole network's, those before it left out (${room === 0 ? 'activations not kept' : 'activations kept'})`, async () => {
    const run = subject.runs[1]!;
    const end = await run.checkpoint('final');
    const plain = (await openReestimator(subject, run, { images: IMAGES }))!;
    const modules = (await openModuleReestimator(subject, run, groups, { images: IMAGES, ...(room === undefined ? {} : { room }) }))!;
    const base = await modules.rebase(end);
    for (const [name, { data: values }] of await plain.reestimate(end))
      assertClose(base.get(name)!.data, values, { relative: 1e-5, absolute: 1e-6 }, name);
    for (const group of groups) {
      const variant = select(nudged(end, 0.2, group.name), (name) => group.parameters.includes(name));
      const expected = await plain.reestimate(new Map([...end, ...variant]));
      const found = await modules.reestimate(group, variant);
      const after = groups.filter(({ depth }) => depth >= group.depth).flatMap(({ buffers }) => buffers);
      assert.deepEqual([...found.keys()].sort(), [...after].sort(), group.name);
      for (const [name, { data: values }] of found)
        assertClose(values, expected.get(name)!.data, { relative: 1e-4, absolute: 1e-5 }, `${group.name} ${name}`);
    }
    await plain.release();
    await modules.release();
  });

test('rewind: whole forward passes, statistics on record (the module brings its own) and taken anew', async () => {
  const tables = await rewind.run(subject, { ...rewind.options, batchNormImages: IMAGES, resamples: 20 });
  const { modules, raw } = tables as unknown as TablesOf['rewind'];
  assert.equal(modules.length, 4 * groups.length);
  assert.equal(raw!.length, modules.length);
  for (const [form, rows] of [
    ['raw', raw!],
    ['re-estimated', modules],
  ] as const)
    for (const row of rows.filter(({ run }) => run.endsWith('.1'))) {
      const run = subject.runs.find(({ name }) => name === row.run)!;
      const [end, start] = [await run.checkpoint('final'), await run.checkpoint(0)];
      const names = [...namesOf(row.module, 'parameters'), ...namesOf(row.module, 'buffers')];
      const anew = form === 're-estimated';
      const [whole, found] = [
        await outcomeOf(subject, run, data.splits.test, end, anew),
        await outcomeOf(
          subject,
          run,
          data.splits.test,
          replace(end, start, (name) => names.includes(name)),
          anew,
        ),
      ];
      const where = `${form} ${row.run} ${row.module}`;
      assertClose(row.loss, mean(found.loss), { relative: 1e-4 }, where);
      assertClose(row.rise, mean(found.loss) - mean(whole.loss), { relative: 1e-3, absolute: 1e-4 }, where);
      assert.equal(row.accuracy, mean(found.right), where);
    }
});

test('rewind: a module whose start is the same function on another scale loses nothing, with its own statistics or new ones', async () => {
  const run = subject.runs[1]!;
  const fresh = (await openReestimator(subject, run, { images: IMAGES }))!;
  const end = await fresh.reestimate(await run.checkpoint('final'));
  await fresh.release();
  const factor = (name: string) =>
    /conv|downsample\.0/.test(name) || name.endsWith('running_mean') ? 10 : name.endsWith('running_var') ? 100 : 1;
  const start = new Map([...end].map(([name, { dims, data: values }]) => [name, float32(dims, values.map((x) => factor(name) * x))])); // prettier-ignore
  const twin = runOf({ role: 'P-T', seed: 1, initial: start, final: end, network: NETWORK });
  const tables = await rewind.run(subjectOf(data, [twin]), { ...rewind.options, batchNormImages: IMAGES, resamples: 20 });
  const { modules, raw } = tables as unknown as TablesOf['rewind'];
  for (const rows of [modules, raw!]) for (const { module, rise, loss } of rows) assertClose(rise / loss, 0, { absolute: 2e-3 }, module);
  // without the module's own statistics it would be another function
  const names = namesOf('layer1.0', 'parameters');
  const torn = await outcomeOf(
    subject,
    run,
    data.splits.test,
    replace(end, start, (name) => names.includes(name)),
    false,
  );
  assert.ok(Math.abs(mean(torn.loss) / raw![0]!.loss - 1) > 0.05, `${mean(torn.loss)}`);
});

test('criticality: errors of cells by whole forward passes, statistics on record, at each point, for each draw', async () => {
  const small = { alphas: 3, sigmas: 2, draws: 2, samples: 20, smallest: 0.2, resamples: 20, batchNormImages: IMAGES };
  const run = subject.runs[1]!;
  const lone = { ...subject, runs: [run] };
  const images = subset(data, data.splits.train, drawn(150, 20, subject.seed, 'criticality', 'train'));
  const [start, end] = [await run.checkpoint(0), await run.checkpoint('final')];
  const analyse = async (batchNorm: 'point' | 'draw') =>
    (await criticality.run(lone, { ...criticality.options, ...small, batchNorm })) as unknown as TablesOf['criticality'];
  const byPoint = await analyse('point');
  const byDraw = await analyse('draw');
  const group = groups.find(({ name }) => name === 'layer1.0')!;
  const own = (params: Params) => select(params, (name) => group.parameters.includes(name));
  const fresh = (await openReestimator(subject, run, { images: IMAGES }))!;
  const buffersOf = (params: Params) => select(params, (name) => name.includes('running'));
  for (const [form, { cells, modules, raw }] of [
    ['point', byPoint],
    ['draw', byDraw],
  ] as const) {
    assert.equal(raw!.length, modules.length);
    assertClose(modules[0]!.finalError, 1 - mean((await outcomeOf(subject, run, images, end, true)).right), { absolute: 1e-9 }, form);
    assertClose(raw![0]!.finalError, 1 - mean((await outcomeOf(subject, run, images, end, false)).right), { absolute: 1e-9 }, form);
    for (const cell of cells.filter(({ module, alpha }) => module === group.name && alpha < 1)) {
      const errors: number[] = [];
      for (let draw = 0; draw < 2; draw++) {
        const still = new Map([...end, ...mix(own(start), own(end), cell.alpha)]);
        const noisy = new Map([...still, ...perturbed(own(still), noiseOf(own(end), draw, subject.seed, 'criticality'), cell.sigma)]);
        const statistics = buffersOf(await fresh.reestimate(form === 'point' ? still : noisy));
        errors.push(1 - mean((await outcomeOf(subject, run, images, new Map([...noisy, ...statistics]), false)).right));
      }
      assertClose(cell.error, mean(errors), { absolute: 0.026 }, `${form} ${cell.alpha} ${cell.sigma}`);
    }
  }
  await fresh.release();
  assert.notDeepEqual(byPoint.cells, byDraw.cells);
});
