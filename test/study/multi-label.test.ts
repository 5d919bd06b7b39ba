// A study of independent labels from end to end, on a CheXpert in small: every analysis, and what files and sentences call what they found.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { Row } from '../../src/analyses/analysis.js';
import { reportInput } from '../../src/cli/report-input.js';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { adviceLines } from '../../src/report/advise.js';
import { collect } from '../../src/report/collect.js';
import type { ReportData } from '../../src/report/contract.js';
import { renderReport } from '../../src/report/html.js';
import { openStore } from '../../src/store/store.js';
import { checkStudy, parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { chexpertMiniature, folderWith } from '../data/image-files.js';
import { assertClose } from '../support/assert-close.js';
import { temporaryFolder } from '../support/tiny-study.js';

interface LabelRow {
  readonly run: string;
  readonly role: string;
  readonly label: string;
  readonly auc: number;
}

const study = (loss = 'binary-cross-entropy') => `
carryover: 1
name: findings
compare: paper
network: { architecture: fixup-resnet, widths: [8, 16], blocks: [1, 1] }
data:
  source: { dataset: chexpert, root: source, size: 16, val: 0.2, uncertain: ones }
  target: { dataset: chexpert, root: target, size: 16, val: 0.2, uncertain: ignore }
recipe: { batch: 16, rate: 0.3, epochs: 8, loss: ${loss} }
pretrain: { on: source, recipe: { epochs: 12 } }
targets: [target]
arms:
  P-T: { seeds: [1, 2], recipe: { rate: 0.1 } }
  RI-T: { seeds: [1, 2] }
analyses:
  learning-curves: { resamples: 200 }
  mistakes:
  cka:
  distance:
  interpolation: { points: 3, resamples: 100 }
  rewind: { resamples: 100 }
  plane: { points: 3, resamples: 50 }
  basin: { draws: 2, resamples: 50, samples: 20 }
  averaging: { resamples: 100 }
  alignment: { points: 3, resamples: 50 }
  criticality: { alphas: 2, sigmas: 2, draws: 2, resamples: 50, samples: 20 }
  domain-distance:
  freezing:
  checkpoint-choice: { epochs: [0, 12], points: 3, seeds: [1], recipe: { epochs: 1 }, resamples: 50 }
  block-shuffle: { sizes: [4], seeds: [1], recipe: { epochs: 1 }, resamples: 50 }
`;

async function reportOf(t: TestContext): Promise<ReportData> {
  const files = await chexpertMiniature(160, 60);
  const base = folderWith(t, Object.fromEntries(['source', 'target'].flatMap((name) => Object.entries(files).map(([file, content]) => [`${name}/${file}`, content])))); // prettier-ignore
  const parsed = parseStudy(study(), 'findings.yaml');
  const plan = await planStudy(parsed, { base });
  const store = await openStore(await temporaryFolder(t));
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  assert.ok(result.ok, result.failed.map(({ step, message }) => `${step.title}: ${message}`).join('\n'));
  return collect((await reportInput({ study: parsed, plan, store })).input);
}

test('a study of independent labels: AUC over chance with its interval, in rows and sentences, and no accuracy anywhere', async (t) => {
  const report = await reportOf(t);
  const section = (analysis: string) => report.sections.find((each) => each.analysis === analysis)!;
  const rows = (analysis: string, table: string): readonly Row[] => section(analysis).tables[table]!;

  const runs = rows('learning-curves', 'runs').filter(({ at }) => at === 'final');
  assert.equal(runs.length, 4);
  for (const { run, auc, low, high } of runs as unknown as readonly { run: string; auc: number; low: number; high: number }[])
    assert.ok(0.5 < low && low < auc && auc < high, `${run}: ${auc} (${low} to ${high})`);
  assert.deepEqual(
    [...new Set(rows('learning-curves', 'gaps').map(({ metric, chance }) => `${metric as string} ${chance as number}`))],
    ['AUC 0.5', 'speed 0.5'],
  );
  // the mean of a run's labels is the run's, and what is gained in each is the difference of the roles' means
  const labels = rows('learning-curves', 'labels').filter(({ at }) => at === 'final') as unknown as readonly LabelRow[];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const { run, auc } of runs)
    assertClose(mean(labels.filter((row) => row.run === run).map((row) => row.auc)), auc as number, { relative: 1e-12 });
  const gains = rows('learning-curves', 'labelGaps').filter(({ at }) => at === 'final');
  assert.deepEqual(gains.map(({ label }) => label), ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion']); // prettier-ignore
  for (const { label, pretrained, random, gap, low, high, n, positives } of gains as unknown as readonly Record<string, number>[]) {
    const of = (role: string) => mean(labels.filter((row) => row.label === String(label) && row.role === role).map((row) => row.auc));
    assertClose([pretrained!, random!, gap!], [of('P-T'), of('RI-T'), of('P-T') - of('RI-T')], { absolute: 1e-12 });
    assert.ok(low! <= gap! && gap! <= high! && 0 < positives! && positives! < n!);
  }
  assert.match(
    section('learning-curves').answer,
    /label by label it gains in .+ of 5 and loses in .+, each by its own interval, of which about 0\.25 would be decided by chance alone/,
  );

  // ends of a path are the runs themselves
  const end = rows('interpolation', 'paths').find(({ a, lambda, split }) => a === 'P-T.1' && lambda === 0 && split === 'test')!;
  assert.equal(end['auc'], runs.find(({ run }) => run === 'P-T.1')!['auc']);
  assert.deepEqual([...new Set(rows('interpolation', 'barriers').map(({ metric }) => metric))], ['loss', 'AUC']);
  for (const row of rows('rewind', 'modules').filter(({ moved }) => moved === false)) assert.equal(row['drop'], 0);
  assert.ok(rows('criticality', 'cells').length > 0 && rows('basin', 'basins').length === 2);

  // mistakes need a threshold: they are absent, and it is said why
  assert.equal(section('mistakes'), undefined);
  const [missing] = report.absent;
  const checkpoints = rows('checkpoint-choice', 'epochs');
  assert.ok(checkpoints.every((row) => row['auc'] !== null && row['sourceAccuracy'] === null) && checkpoints.length === 2);
  assert.ok(checkpoints.every((row) => typeof row['logme'] === 'number' && Number(row['probe']) > 0 && Number(row['neighbours']) > 0));
  assert.match(missing!.reason, /^labels are independent: what a mistake is depends on a threshold/);
  assert.deepEqual([report.absent.length, missing!.target, missing!.what], [1, 'target', '']);

  const said = [
    ...adviceLines(report.advice),
    ...report.summary.map(({ text }) => text),
    ...report.sections.flatMap(({ title, question, answer, cautions, method }) => [title, question, answer, ...cautions, method]),
    ...report.paper.map(({ measured }) => measured),
    ...report.sections.flatMap(({ tables }) =>
      Object.values(tables).flatMap((all) => all.flatMap((row) => [...Object.keys(row), String(row['metric'])])),
    ),
  ];
  // what P's own labels would give has its name, and is empty
  assert.deepEqual(
    said.filter((text) => /(?<!source ?)accura/i.test(text)),
    [],
  );
  assert.match(section('learning-curves').answer, /^On target, .*test AUC/);
  assert.match(section('learning-curves').method, /area under the ROC curve/);
  assert.deepEqual([...new Set(report.runs.map(({ metric }) => metric))], ['AUC']);
  // what the paper found stays in its words
  const html = await renderReport({ ...report, paper: report.paper.map((finding) => ({ ...finding, paper: '' })) });
  const drawn = html.slice(html.indexOf('data-figure="labels"'));
  assert.match(drawn.slice(0, drawn.indexOf('</div>')), /<svg.*Pleural Effusion/s);
  const page = html.replace(/<script>[\s\S]*?<\/script>/g, '').replace(/data-figure="[^"]*"|data-svg="[^"]*"/g, '');
  assert.deepEqual(
    [...page.matchAll(/.{40}(?<!source ?)accurac.{20}/gi)].map(([text]) => text),
    [],
  );
});

test('cross-entropy is refused where it stands, before anything is prepared', () => {
  const checked = checkStudy(study('cross-entropy'), 'findings.yaml');
  assert.ok('problems' in checked);
  assert.deepEqual(
    checked.problems.map(({ line, message }) => `${line} ${message}`),
    [
      '10 pretrain.recipe.loss: must be binary-cross-entropy where labels are independent (source), got "cross-entropy"',
      '13 arms.P-T.recipe.loss: must be binary-cross-entropy where labels are independent (target), got "cross-entropy"',
      '14 arms.RI-T.recipe.loss: must be binary-cross-entropy where labels are independent (target), got "cross-entropy"',
    ],
  );
});
