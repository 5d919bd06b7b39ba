import { basename } from 'node:path';
import type { Provenance } from '../report/contract.js';
import { PROVENANCE_FILE, SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import type { DataSummary } from '../study/execute-data.js';
import type { Provenance as StepProvenance } from '../study/provenance.js';
import type { Plan, Step } from '../study/step.js';
import type { Seeds, Study } from '../study/study.js';
import { count } from './format.js';

/** Where the numbers of a report come from. `done` are the finished steps. */
export async function provenanceOf(study: Study, plan: Plan, store: Store, done: readonly Step[]): Promise<Provenance> {
  const records = await Promise.all(
    done.map(async (step) => ({ step, record: await store.readJson<StepProvenance>(step.id, PROVENANCE_FILE) })),
  );
  return {
    study: plan.text,
    studyFile: basename(plan.file),
    seeds: seedsOf(study),
    versions: {
      carryover: versions(records, 'carryover'),
      node: versions(records, 'node'),
      'onnxruntime-node': versions(records, 'onnxruntime'),
    },
    machine: {
      processor: versions(records, 'cpu'),
      cores: versions(records, 'cores'),
      memory: [...new Set(records.map(({ record }) => `${Math.round(record.memoryMb / 1000)} GB`))].join(', '),
      system: versions(records, 'platform'),
      'threads a step': versions(records, 'threads'),
      'computed on': versions(records, 'provider'),
    },
    steps: records.map(({ step: { id, title }, record: { seconds, peakMemoryMb, finished } }) => ({
      id,
      title,
      seconds,
      peakMemoryMb,
      finished,
    })),
    data: await dataSetsOf(done, store),
  };
}

/** The data sets that the study names; of one that is looked at in another way, that view. `done` are the finished steps. */
export function dataSetsOf(done: readonly Step[], store: Store): Promise<Provenance['data']> {
  const named = done.filter(({ kind, sweep }) => kind === 'data' && sweep === undefined);
  const shown = new Map(named.map((step) => [step.subject, step]));
  return Promise.all([...shown.values()].map((step) => dataOf(step, store)));
}

/** What the steps ran on; several values when they ran on several machines or releases. */
const versions = (records: readonly { readonly record: StepProvenance }[], key: keyof StepProvenance): string =>
  [...new Set(records.map(({ record }) => String(record[key])))].sort().join(', ');

async function dataOf({ id, subject }: Step, store: Store): Promise<Provenance['data'][number]> {
  const { classes, count: images, licence, skipped } = await store.readJson<DataSummary>(id, SUMMARY_FILE);
  return { name: subject, classes: classes.length, ...images, licence: licence || 'not given', leftOut: leftOutSentence(skipped) };
}

/** Left-out files that are named. */
const NAMED = 3;

function leftOutSentence(skipped: DataSummary['skipped']): string {
  if (skipped.length === 0) return '';
  const what =
    skipped.length === 1 ? '1 file that is no readable image was' : `${count(skipped.length)} files that are no readable images were`;
  const names = skipped.slice(0, NAMED).map(({ file }) => file);
  const more = skipped.length > NAMED ? ` and ${count(skipped.length - NAMED)} more` : '';
  return `${what} left out (corrupt: skip): ${names.join(', ')}${more}.`;
}

/** One number a run where parameters and data order share a seed, else both. */
function seedsOf({ seed, pretrain, arms }: Study): Provenance['seeds'] {
  const flat = ({ init, order }: Seeds): readonly number[] => (init === order ? [init] : [init, order]);
  return {
    study: seed,
    ...(pretrain ? { P: flat(pretrain.seeds) } : {}),
    ...Object.fromEntries(arms.map(({ role, seeds }) => [role, seeds.flatMap(flat)])),
  };
}
