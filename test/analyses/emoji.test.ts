// All analyses on real pictures and a convolutional network with its own sizes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Subject, Tables } from '../../src/analyses/analysis.js';
import { featureReader } from '../../src/analyses/features.js';
import { drawn, subset } from '../../src/analyses/images.js';
import { resolveOptions, analyses, DEFAULT_ANALYSES } from '../../src/analyses/registry.js';
import type { CkaRow, TablesOf } from '../../src/analyses/rows.js';
import { loadDataset } from '../../src/data/datasets.js';
import { assertTidy } from '../support/tidy.js';
import { assertClose } from '../support/assert-close.js';
import { madeSubject } from '../support/subject.js';

let subject: Subject & { readonly told: number[] };
before(async () => {
  const data = await loadDataset({ dataset: 'emoji', domains: ['outline'], labels: 'group' });
  const few = (split: 'train' | 'test', count: number) =>
    subset(data, data.splits[split], drawn(data.splits[split].ids.length, count, 'emoji', split));
  const small = { ...data, splits: { ...data.splits, train: few('train', 30), test: few('test', 66) } };
  const made = madeSubject({ architecture: 'fixup-resnet', widths: [16, 32] }, small);
  subject = { ...made, source: { data: small, network: made.network }, results: {} };
  subject = { ...subject, results: { rewind: await run('rewind'), cka: await run('cka') } };
});

const OPTIONS: Readonly<Record<string, object>> = {
  alignment: { points: 3, samples: 32, resamples: 50 },
  averaging: { resamples: 50 },
  basin: { draws: 2, samples: 32, resamples: 50 },
  freezing: { resamples: 50 },
  interpolation: { points: 3, extrapolate: null, resamples: 100 },
  mistakes: { resamples: 100, permutations: 99 },
  plane: { points: 5, samples: 32, resamples: 50 },
  'domain-distance': { resamples: 20 },
  rewind: { resamples: 100 },
  criticality: { alphas: 3, sigmas: 2, draws: 2, samples: 16, resamples: 50 },
};
const run = async (name: string, options: Record<string, unknown> = {}): Promise<Tables> =>
  analyses[name]!.run(subject, resolveOptions(analyses[name]!, { ...OPTIONS[name], ...options }));

test('rows are tidy: one set of columns a table, plain values, no NaN; the same when asked again; progress rises to 1', async () => {
  // those that want more than one target's runs, or trainings of their own, have such a test each
  for (const name of DEFAULT_ANALYSES.filter((each) => each !== 'cross-domain')) {
    subject.told.length = 0;
    const tables = await run(name);
    assertTidy(name, tables, subject.target);
    assert.deepEqual(await run(name), tables, `${name} is deterministic`);
    assert.equal(Math.max(...subject.told), 1, `${name} tells its progress`);
  }
});

test('CKA of wide feature maps agrees with Song’s three terms in float64', async () => {
  const { similarities } = (await run('cka')) as unknown as TablesOf['cka'];
  for (const module of ['conv1', 'layer1', 'layer2']) {
    const row = similarities.find((each: CkaRow) => each.a === 'P-T.1' && each.b === 'RI-T.2' && each.module === module)!;
    const [k, l] = [await gramOf('P-T.1', module), await gramOf('RI-T.2', module)];
    assertClose(row.value!, song(k, l) / Math.sqrt(song(k, k) * song(l, l)), { relative: 1e-4 }, module);
  }
});

async function gramOf(name: string, stage: string): Promise<number[][]> {
  const run = subject.runs.find((each) => each.name === name)!;
  const module = subject.network(run, { batch: 1 }).modules.findLast((each) => each.stage === stage)!;
  const reader = await featureReader(subject, run, [module], 'flatten');
  const x = (await reader.read(await run.checkpoint('final'), subject.data.splits.test)).get(module.name)!;
  await reader.release();
  const n = subject.data.splits.test.ids.length;
  const p = x.length / n;
  const gram = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < p; c++) sum += x[i * p + c]! * x[j * p + c]!;
      gram[i]![j] = gram[j]![i] = sum;
    }
  }
  return gram;
}

/** Song et al. 2012, eq. 5: [tr K̃L̃ + (1ᵀK̃1)(1ᵀL̃1)/((n−1)(n−2)) − 2/(n−2)·1ᵀK̃L̃1] / (n(n−3)), without the diagonals. */
function song(k: number[][], l: number[][]): number {
  const n = k.length;
  const sums = (m: number[][]) => m.map((row, i) => row.reduce((sum, x, j) => sum + (i === j ? 0 : x), 0));
  const [r, s] = [sums(k), sums(l)];
  let trace = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) trace += k[i]![j]! * l[i]![j]!;
  const total = (x: number[]) => x.reduce((sum, value) => sum + value, 0);
  const mixed = r.reduce((sum, x, i) => sum + x * s[i]!, 0);
  return (trace + (total(r) * total(s)) / ((n - 1) * (n - 2)) - (2 * mixed) / (n - 2)) / (n * (n - 3));
}
