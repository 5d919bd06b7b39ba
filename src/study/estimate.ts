import type { NetworkSpec } from '../models/network.js';
import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import type { Recipe } from '../train/recipe.js';
import type { Calibration } from './calibrate.js';
import { calibrate } from './calibrate.js';
import { analysisSeconds, trainingSeconds } from './costs.js';
import { executeStep } from './execute.js';
import type { DataSummary } from './execute-data.js';
import { longestFirst } from './order.js';
import { planStatus } from './status.js';
import type { Plan, Step, StepId } from './step.js';
import { isAnalysis, needs } from './step.js';

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
  await store.savePlan(plan.study, plan);
  for (const step of plan.steps.filter(({ kind }) => kind === 'data')) {
    if (await store.has(step.id)) continue;
    report?.(step.title);
    await executeStep(step.id, store, { threads, ...(signal ? { signal } : {}) });
  }
  const states = new Map((await planStatus(plan, store)).map((each) => [each.step.id, each]));
  const missing = plan.steps.filter(({ id }) => states.get(id)!.state !== 'done');
  const summaryOf = (step: Step) => store.readJson<DataSummary>(step.inputs['data']!.step, SUMMARY_FILE);
  const calibrationOf = async (training: Step): Promise<Calibration> => {
    signal?.throwIfAborted();
    const { network, recipe } = trainingOf(training);
    const onMeasure = () => report?.(`measuring ${network.architecture}, batch ${recipe.batch}`);
    return calibrate(store, { network, recipe, data: await summaryOf(training), threads, onMeasure });
  };

  const seconds = new Map<StepId, number>();
  for (const step of missing) {
    const { count } = await summaryOf(step);
    if (step.kind === 'train') {
      const done = states.get(step.id)!.epoch?.done ?? null;
      seconds.set(step.id, trainingSeconds(trainingOf(step).recipe, count, await calibrationOf(step), done));
    } else if (isAnalysis(step)) {
      const runs = plan.steps.filter(({ id, kind }) => kind === 'train' && needs(step).includes(id));
      const like = runs.find(({ target }) => target === step.target) ?? runs[0]!;
      const { options } = step.options as { options: Record<string, unknown> };
      const cost = analysisSeconds(
        step.kind,
        { options, runs: runs.length, count },
        await calibrationOf(like),
        trainingOf(like).recipe.batch,
      );
      seconds.set(step.id, cost);
    }
  }
  return { seconds, makespan: makespan(missing, seconds, workers) };
}

const trainingOf = ({ options }: Step): { readonly network: NetworkSpec; readonly recipe: Recipe } => options as never;

/** When the last step ends if every worker, once free, takes the ready step with the longest chain behind it, as the schedule does. */
export function makespan(steps: readonly Step[], seconds: ReadonlyMap<StepId, number>, workers: number): number {
  const missing = new Set(steps.map(({ id }) => id));
  const ends = new Map<StepId, number>();
  let waiting = longestFirst(steps, seconds);
  let running: StepId[] = [];
  let now = 0;
  while (waiting.length > 0 || running.length > 0) {
    const isDone = (id: StepId) => !missing.has(id) || (ends.get(id) ?? Infinity) <= now;
    running = running.filter((id) => !isDone(id));
    const begun = waiting.filter((step) => needs(step).every(isDone)).slice(0, workers - running.length);
    for (const { id } of begun) {
      ends.set(id, now + (seconds.get(id) ?? 0));
      running.push(id);
    }
    waiting = waiting.filter((step) => !begun.includes(step));
    if (running.length > 0) now = Math.min(...running.map((id) => ends.get(id)!));
  }
  return now;
}
