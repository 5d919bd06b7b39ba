import { stat } from 'node:fs/promises';
import { comparisonFlops } from '../analyses/unit-products.js';
import type { Network, NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { permutationGroups } from '../onnx/permutations/permutation-groups.js';
import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import type { Recipe } from '../train/recipe.js';
import { DEFAULT_RECIPE } from '../train/recipe.js';
import type { Device, Sizes } from './assume.js';
import { InputError } from '../tensor/input-error.js';
import { assumedSizes, assumedTimes } from './assume.js';
import type { Calibration } from './calibrate.js';
import { calibrate } from './calibrate.js';
import { checkCounts } from './check-counts.js';
import { analysisSeconds, loadingSeconds, trainingSeconds } from './costs.js';
import { executeStep } from './execute.js';
import type { DataSummary } from './execute-data.js';
import type { LoadOptions } from './execute-load.js';
import { lookedAt } from './looked-at.js';
import { makespan } from './makespan.js';
import { planStatus } from './status.js';
import type { Plan, Step, StepId } from './step.js';
import { isAnalysis, isRun, needs } from './step.js';
import type { Study } from './study.js';

export interface EstimateOptions {
  /** Steps at a time. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Told while it works: 'measuring fixup-resnet, batch 32'. */
  report?(what: string): void;
}

export interface Estimate {
  /** Seconds that each missing step will take alone. */
  readonly seconds: ReadonlyMap<StepId, number>;
  /** Seconds until all of them are done with that many workers. */
  readonly makespan: number;
}

/**
 * Time of a plan's missing steps, from a few real training and evaluation steps of its networks that are measured once a machine and kept in
 * the store. Does the data steps that are missing (they are needed anyway, and kept), and saves the plan for that.
 */
export async function estimate(plan: Plan, store: Store, { workers, threads, signal, report }: EstimateOptions): Promise<Estimate> {
  await prepareData(plan, plan.steps, store, { threads, signal, report });
  const sizesOf = (step: Step) => store.readJson<DataSummary>(step.id, SUMMARY_FILE);
  const timesOf = measuredTimes(store, { threads, signal, report });
  return estimateBy({ sizesOf, timesOf }, plan, store, workers);
}

export interface AssumeOptions extends EstimateOptions {
  readonly study: Pick<Study, 'data' | 'assumed'>;
  readonly device: Device;
}

/** Most images a step when this machine is measured for a study that need not fit it; times grow with the images. */
const FEW_IMAGES = 16;

/**
 * Time of a plan's missing steps on a device, from the operations of its networks and the device's speed, or from steps with few images on
 * this machine. Data that are neither prepared nor described by the study (`assume.data`) are prepared. Preparing the others is not counted.
 */
export async function estimateAssumed(
  plan: Plan,
  store: Store,
  { study, device: { flopsPerSecond }, workers, threads, signal, report }: AssumeOptions,
): Promise<Estimate> {
  const assumed = new Map<StepId, Sizes>();
  for (const step of plan.steps.filter(({ kind }) => kind === 'data')) {
    const { source } = step.inputs;
    const sizes = (await store.has(step.id)) ? undefined : source ? assumed.get(source.step) : assumedSizes(study, step.subject);
    if (sizes) assumed.set(step.id, sizes);
  }
  await prepareData(plan, plan.steps.filter(({ id }) => !assumed.has(id)), store, { threads, signal, report }); // prettier-ignore
  const sizesOf = async ({ id }: Step) => assumed.get(id) ?? (await store.readJson<DataSummary>(id, SUMMARY_FILE));
  const measured = measuredTimes(store, { threads, signal, report });
  const timesOf = async (spec: NetworkSpec, recipe: Recipe, sizes: Sizes, trains: boolean): Promise<Calibration> => {
    if (flopsPerSecond !== null) return assumedTimes(spec, recipe, sizes, flopsPerSecond);
    const batch = Math.min(recipe.batch, FEW_IMAGES);
    const { compileMs, stepMs, forwardMs } = await measured(spec, { ...recipe, batch }, sizes, trains);
    return { compileMs, stepMs: (stepMs * recipe.batch) / batch, forwardMs: (forwardMs * recipe.batch) / batch };
  };
  return estimateBy({ sizesOf, timesOf }, plan, store, workers);
}

type Work = Pick<EstimateOptions, 'threads'> & { readonly signal: AbortSignal | undefined; readonly report: EstimateOptions['report'] };

/** Does those of the steps that are data and not done, and holds the plan against what is in them. */
async function prepareData(plan: Plan, steps: readonly Step[], store: Store, { threads, signal, report }: Work): Promise<void> {
  let saved = false;
  for (const step of steps.filter(({ kind }) => kind === 'data')) {
    if (await store.has(step.id)) continue;
    if (!saved) await store.savePlan(plan.study, plan);
    saved = true;
    report?.(step.title);
    await executeStep(step.id, store, { threads, ...(signal ? { signal } : {}) });
  }
  await checkCounts(plan, store);
}

const measuredTimes =
  (store: Store, { threads, signal, report }: Work): Sources['timesOf'] =>
  (network, recipe, data, trains) => {
    signal?.throwIfAborted();
    const onMeasure = () => report?.(`measuring ${network.architecture}, batch ${recipe.batch}`);
    return calibrate(store, { network, recipe, data, threads, trains, onMeasure });
  };

/** Where an estimate takes its figures from. */
interface Sources {
  /** Of a data step. */
  sizesOf(step: Step): Promise<Sizes>;
  timesOf(network: NetworkSpec, recipe: Recipe, sizes: Sizes, trains: boolean): Promise<Calibration>;
}

async function estimateBy({ sizesOf, timesOf }: Sources, plan: Plan, store: Store, workers: number): Promise<Estimate> {
  const states = new Map((await planStatus(plan, store)).map((each) => [each.step.id, each]));
  const missing = plan.steps.filter(({ id }) => states.get(id)!.state !== 'done');
  const dataOf = (step: Step) => sizesOf(plan.steps.find(({ id }) => id === step.inputs['data']!.step)!);
  const timesOfRun = async (training: Step) => {
    const { network, recipe } = trainingOf(training);
    return timesOf(network, recipe, await dataOf(training), training.kind === 'train');
  };

  const seconds = new Map<StepId, number>();
  for (const step of missing) {
    if (step.kind === 'train') {
      const { count } = await dataOf(step);
      const done = states.get(step.id)!.epoch?.done ?? null;
      seconds.set(step.id, trainingSeconds(trainingOf(step).recipe, count, await timesOfRun(step), done));
    } else if (step.kind === 'load') {
      seconds.set(step.id, loadingSeconds(await bytesOf(step)));
    } else if (isAnalysis(step)) {
      const runs = plan.steps.filter((each) => isRun(each) && needs(step).includes(each.id));
      const like = runs.find(({ target }) => target === step.target) ?? runs[0]!;
      const { count } = await dataOf(step);
      const network = networkOf(trainingOf(like).network, await dataOf(like));
      const comparison = step.kind === 'alignment' ? comparisonOf(network) : 0;
      const subject = { ...lookedAt(step), modules: network.modules.length, count, comparison, normalizes: network.buffers.length > 0 };
      seconds.set(step.id, analysisSeconds(step.kind, subject, await timesOfRun(like), trainingOf(like).recipe.batch));
    }
  }
  return { seconds, makespan: makespan(missing, seconds, workers) };
}

/** 0 where the graph's permutations cannot be derived: the analysis says so. */
function comparisonOf({ graph }: Network): number {
  try {
    return comparisonFlops(permutationGroups(graph));
  } catch (error) {
    if (error instanceof InputError) return 0;
    throw error;
  }
}

const networkOf = (network: NetworkSpec, { classes, channels, height, width }: Sizes): Network =>
  buildNetwork(network, { batch: 1, channels, height, width, classes: classes.length });

/** Of a network that was trained elsewhere: that it is only run. */
const trainingOf = ({ options }: Step): { readonly network: NetworkSpec; readonly recipe: Recipe } => ({
  recipe: DEFAULT_RECIPE,
  ...(options as unknown as { network: NetworkSpec }),
});

/** Size of the files that a step loads; 0 for those that are not there. */
async function bytesOf({ options }: Step): Promise<number> {
  const { file, epochs = {} } = options as unknown as LoadOptions;
  const sizes = await Promise.all([file, ...Object.values(epochs)].map((path) => stat(path).then(({ size }) => size, () => 0))); // prettier-ignore
  return sizes.reduce((sum, size) => sum + size, 0);
}
