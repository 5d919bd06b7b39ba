import { pictures } from '../data/contact-sheet.js';
import { DESCRIPTION, openDescription, openPacked } from '../data/packed.js';
import type { Tables } from '../analyses/analysis.js';
import { chanceOf } from '../analyses/gaps.js';
import type { RunRow } from '../analyses/rows.js';
import { UNBOUNDED, wilsonInterval } from '../analyses/statistics.js';
import type { ReportInput, Result } from '../report/collect.js';
import { picturesOf } from '../report/collect.js';
import type { ReportData } from '../report/contract.js';
import type { Sizes } from '../report/sizes.js';
import { SUMMARY_FILE, TABLES_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import type { DataSummary } from '../study/execute-data.js';
import type { LoadSummary } from '../study/execute-load.js';
import { LOAD_FILE } from '../study/execute-load.js';
import { recipeChanges } from '../study/recipe-changes.js';
import { runNames } from '../study/run-names.js';
import type { Plan, Step, StepId } from '../study/step.js';
import { isAnalysis } from '../study/step.js';
import type { Seeds, Study } from '../study/study.js';
import type { Metric } from '../tensor/metric.js';
import { innerTables, metricOf } from '../tensor/metric.js';
import { InputError } from '../tensor/input-error.js';
import { epochRows, EPOCHS_FILE } from '../train/checkpoints.js';
import type { EpochRow } from '../train/recipe.js';
import { provenanceOf } from './report-provenance.js';

export interface StudyResults {
  readonly study: Study;
  readonly plan: Plan;
  readonly store: Store;
}

/** Reads from the store what a report is made of. Steps that are missing are left out; throws InputError when no analysis is there. */
export async function reportInput({ study, plan, store }: StudyResults): Promise<{ input: ReportInput; missing: readonly Step[] }> {
  const there = await Promise.all(plan.steps.map(({ id }) => store.has(id)));
  const done = plan.steps.filter((_, i) => there[i]);
  const results = await Promise.all(done.filter(isAnalysis).map((step) => resultOf(step, plan, store)));
  if (results.length === 0)
    throw new InputError(`report: ${study.name} must have a finished analysis, got none; carryover run ${plan.file}`);

  const missing = plan.steps.filter((_, i) => !there[i]);
  const names = runNames(plan);
  const named = (step: Step) => (names.get(step.id) ?? []).map((subject): Step => ({ ...step, subject }));
  const runs = await Promise.all(done.flatMap(named).map((step) => runOf(step, store, results)));
  return {
    input: {
      title: study.title,
      runs,
      loaded: await loadedNetworks(done, names, store),
      results,
      unfinished: missing.filter(isAnalysis).map(({ kind, target }) => ({ analysis: kind, target })),
      ...(await imagesOf(done, store)),
      comparePaper: study.compare === 'paper',
      pictures: await picturesByTarget(results, plan, store),
      provenance: await provenanceOf(study, plan, store, done),
    },
    missing,
  };
}

async function resultOf(step: Step, plan: Plan, store: Store): Promise<Result> {
  const { options } = step.options as { options: Record<string, unknown> };
  const tables = await store.readJson<Tables>(step.id, TABLES_FILE);
  return { analysis: step.kind, target: step.target, tables, options, changes: recipeChanges(step, plan) };
}

/** Accuracy (or AUC) of the last epoch, from the learning curves' rows where they are, else as training recorded it. */
async function runOf(step: Step, store: Store, results: readonly Result[]): Promise<ReportData['runs'][number]> {
  const curves = results.find(({ analysis, target }) => analysis === 'learning-curves' && target === step.target);
  const rows = (innerTables(curves?.tables ?? {})['runs'] ?? []) as unknown as readonly RunRow[];
  const evaluated = rows.find(({ run, at }) => run === step.subject && at === 'final');
  const stored = await store.readJson<EpochRow[]>(step.id, EPOCHS_FILE);
  const [epochs, metric] = [epochRows(stored), metricOf({ stored })];
  return {
    name: step.subject,
    role: step.subject.replace(/\..*$/, ''),
    target: step.target,
    seed: (step.options['seeds'] as unknown as Seeds).init,
    metric,
    ...(evaluated
      ? { value: evaluated.accuracy, low: evaluated.low, high: evaluated.high, n: evaluated.n }
      : await recorded(step, epochs.at(-1)?.testAccuracy ?? null, metric, store)),
  };
}

/** What training recorded, P's above all: an accuracy has Wilson's interval from the number of images, an AUC would need every score. */
async function recorded(
  { kind, inputs }: Step,
  value: number | null,
  metric: Metric,
  store: Store,
): Promise<Pick<ReportData['runs'][number], 'value' | 'low' | 'high' | 'n'>> {
  if (value === null || kind !== 'train') return { value, ...UNBOUNDED, n: null };
  const { count } = await store.readJson<DataSummary>(inputs['data']!.step, SUMMARY_FILE);
  return { value, ...(metric === 'AUC' ? UNBOUNDED : wilsonInterval(value, count.test)), n: count.test };
}

async function loadedNetworks(
  done: readonly Step[],
  names: ReadonlyMap<StepId, readonly string[]>,
  store: Store,
): Promise<ReportData['loaded']> {
  const found = done
    .filter(({ kind }) => kind === 'load')
    .map(async ({ id, subject, target, title }) => {
      const { rows, notes, classes } = await store.readJson<LoadSummary>(id, LOAD_FILE);
      const own = rows.filter(({ parameter }) => parameter !== null);
      const matched = own.filter(({ status }) => status === 'matched' || status === 'resampled').length;
      // as the study names it: a path of this machine is of no use elsewhere
      const file = title.slice(title.indexOf(' from ') + ' from '.length);
      const network = { name: subject, target, file, parameters: own.length, matched, classes, notes };
      const others = (names.get(id) ?? []).filter((name) => name !== subject);
      return [network, ...others.map((name) => ({ ...network, name, notes: [`It is the checkpoint of ${subject}, given once more.`] }))];
    });
  return (await Promise.all(found)).flat();
}

/** How many images each target has, and of targets without learning curves, whose rows would tell it, what chance is. */
async function imagesOf(done: readonly Step[], store: Store): Promise<Required<Pick<ReportInput, 'sizes' | 'chances'>>> {
  const analyses = done.filter(isAnalysis);
  const data = new Map(analyses.map(({ target, inputs }) => [target, inputs['data']!.step]));
  const sizes = [...data].map(async ([target, id]): Promise<[string, Sizes]> => {
    const { count } = await store.readJson<DataSummary>(id, SUMMARY_FILE);
    const elsewhere = done.some((step) => step.kind === 'load' && step.target === target);
    return [target, { train: elsewhere ? null : count.train, test: count.test }];
  });
  const told = new Set(analyses.filter(({ kind }) => kind === 'learning-curves').map(({ target }) => target));
  const untold = [...data].filter(([target]) => !told.has(target));
  const chances = untold.map(async ([target, id]): Promise<[string, number]> => {
    return [target, chanceOf({ data: await openDescription(await store.checked(id, DESCRIPTION)) })];
  });
  return { sizes: Object.fromEntries(await Promise.all(sizes)), chances: Object.fromEntries(await Promise.all(chances)) };
}

async function picturesByTarget(results: readonly Result[], plan: Plan, store: Store): Promise<ReportInput['pictures']> {
  const found: Record<string, Record<string, string>> = {};
  for (const { analysis, target, tables } of results) {
    const ids = picturesOf(tables);
    if (ids.length === 0) continue;
    const step = plan.steps.find((each) => each.kind === analysis && each.target === target)!;
    const dataset = await openPacked(await store.checked(step.inputs['data']!.step));
    found[target] = { ...found[target], ...(await pictures(dataset, ids)) };
  }
  return found;
}
