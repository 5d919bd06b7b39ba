// The same study as it is, and after pre-training on labels that were dealt out anew: what the first report says of transfer the second must not say.
// And one whose analyses train for themselves, from end to end.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { BlockLevelRow, CheckpointRow } from '../../src/analyses/rows.js';
import { reportInput } from '../../src/cli/report-input.js';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { adviceLines } from '../../src/report/advise.js';
import { collect } from '../../src/report/collect.js';
import type { ReportData } from '../../src/report/contract.js';
import { openStore } from '../../src/store/store.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { temporaryFolder } from '../support/tiny-study.js';

const study = (source: string, analyses: string) => `
carryover: 1
name: control
compare: paper
network: { architecture: mlp, hidden: [64] }
data:
  source: { dataset: emoji, domains: [twemoji]${source} }
  near: { dataset: emoji, domains: [twemoji], labels: group }
recipe: { batch: 32, rate: 0.03, epochs: 4 }
pretrain: { on: source, recipe: { epochs: 12 } }
targets: [near]
arms:
  P-T: { seeds: [1, 2] }
  RI-T: { seeds: [1, 2] }
analyses: [${analyses}]
`;

async function reportOf(t: TestContext, text: string): Promise<ReportData> {
  const parsed = parseStudy(text, 'control.yaml');
  const plan = await planStudy(parsed);
  const store = await openStore(await temporaryFolder(t));
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  assert.ok(result.ok, result.failed.map(({ step, message }) => `${step.title}: ${message}`).join('\n'));
  return collect((await reportInput({ study: parsed, plan, store })).input);
}

/** Everything a reader meets before the figures: advice, summary, answers. */
const said = ({ advice, summary, sections }: ReportData) =>
  [...adviceLines(advice), ...summary.map(({ text }) => text), ...sections.map(({ answer }) => answer)].join('\n');
const verdictOf = ({ paper }: ReportData, claim: RegExp) => paper.find((finding) => claim.test(finding.claim))?.verdict;
const sectionOf = ({ sections }: ReportData, analysis: string) => sections.find((section) => section.analysis === analysis)!;

test('true labels: the source is the target under finer names, and that it is learned faster is claimed', async (t) => {
  const report = await reportOf(t, study('', 'learning-curves'));
  assert.match(said(report), /Pre-train, for speed\? On near: yes /);
  assert.match(said(report), /pre-training raised the speed of learning/);
  assert.equal(verdictOf(report, /learns faster/), 'reproduced');
});

test('shuffled labels: no gain and no speed is claimed, in no sentence and in no verdict', async (t) => {
  const report = await reportOf(t, study(', shuffleLabels: 1', 'learning-curves'));
  assert.doesNotMatch(said(report), /pre-training raised/i);
  assert.doesNotMatch(said(report), /It raises|On near: yes/);
  for (const claim of [/raises accuracy/, /learns faster/]) assert.notEqual(verdictOf(report, claim), 'reproduced', String(claim));
  assert.match(sectionOf(report, 'learning-curves').answer, /no difference shows in test accuracy|pre-training lowered test accuracy/);
});

test('networks that learned nothing: nothing is claimed of them, in a study without learning curves too', async (t) => {
  const blind = study('', 'distance, interpolation: { points: 3 }, domain-distance: { samples: 64, dimensions: 8, resamples: 50 }')
    .replace('rate: 0.03, epochs: 4', 'rate: 1e-9, epochs: 1')
    .replace('epochs: 12', 'epochs: 1')
    .replace('recipe:', '  twice: { dataset: emoji, domains: [noto, openmoji], labels: group }\nrecipe:')
    .replace('targets: [near]', 'targets: [near, twice]');
  const report = await reportOf(t, blind);
  assert.deepEqual(
    [...new Set(report.summary.map(({ section }) => section))],
    ['domain-distance-near'],
    'what P sees needs no training on the target',
  );
  for (const { analysis, target, cautions } of report.sections)
    if (analysis !== 'domain-distance') assert.match(cautions[0]!, new RegExp(`^No P-T or RI-T network on ${target} is above chance \\(\\d\\d\\.\\d %\\)`)); // prettier-ignore
  assert.ok(report.paper.length > 0 && report.paper.every(({ verdict }) => verdict === 'undecided'));
  // and targets of different sizes are told of
  const sizes = report.sections.flatMap(({ analysis, cautions }) => (analysis === 'domain-distance' ? [cautions.at(-1)!] : []));
  for (const said of sizes)
    assert.match(said, /^Targets differ in size \(images: near 1,097 training and 312 test; twice 2,194 training and 624 test\): /);
  assert.ok(sizes.length >= 2);
});

test('what analyses train for themselves is measured by them alone, and shared with the arms where it is the same', async (t) => {
  const text = study('', "learning-curves, block-shuffle: { sizes: ['*', 32] }, checkpoint-choice: { epochs: [0, 2], points: 3 }")
    .replaceAll('seeds: [1, 2]', 'seeds: [1]')
    .replace('epochs: 4', 'epochs: 1')
    .replace('epochs: 12', 'epochs: 2');
  const report = await reportOf(t, text);
  assert.deepEqual(
    report.runs.map(({ name }) => name),
    ['P', 'P-T.1', 'RI-T.1'],
  );
  assert.deepEqual(
    report.provenance.data.map(({ name }) => name),
    ['source', 'near'],
  );
  const trained = report.provenance.steps.map(({ title }) => title).filter((title) => title.startsWith('train '));
  assert.deepEqual(
    trained.slice(3),
    ['train P-T.1, all values on near', 'train RI-T.1, all values on near', 'train P-T.1, from epoch 0 on near'],
    'one block is the image, the last epoch the final checkpoint',
  );
  const levels = sectionOf(report, 'block-shuffle').tables['levels'] as unknown as readonly BlockLevelRow[];
  const epochs = sectionOf(report, 'checkpoint-choice').tables['epochs'] as unknown as readonly CheckpointRow[];
  const [, tuned] = report.runs.map(({ value }) => value!);
  assert.equal(levels.find((row) => row.whole && row.role === 'P-T')!.accuracy, tuned);
  assert.deepEqual(
    epochs.map(({ epoch }) => epoch),
    [0, 2],
  );
  assert.equal(epochs.at(-1)!.accuracy, tuned);
});
