import { dirname, resolve } from 'node:path';
import { runName } from '../analyses/run-name.js';
import type { Plan, PlanOptions, Step } from './step.js';
import { needs } from './step.js';
import { analysisStep, dataSteps, loadStep, locateNetwork, trainStep } from './steps.js';
import type { Arm, Seeds, Study } from './study.js';
import { keeping, sweepsOn, sweepSteps } from './sweeps.js';

/**
 * The steps of a study: data first, then P, the runs target by target, what analyses train for themselves, the analyses.
 * Throws InputError for a data folder or network's file that is missing, and for a sweep that the study cannot have.
 */
export async function planStudy(
  written: Study,
  { base = dirname(resolve(written.file)), absentData = false }: PlanOptions = {},
): Promise<Plan> {
  const study = { ...written, network: await locateNetwork(written.network, base) };
  const { network, pretrain, loaded } = study;
  const steps = (name: string) => dataSteps(name, study.data[name]!, { base, absentData });
  const prepared = await Promise.all(usedData(study).map(async (name) => [name, await steps(name)] as const));
  const data = new Map(prepared.map(([name, steps]) => [name, steps.at(-1)!]));

  const asked = new Map(study.targets.map((target) => [target, sweepsOn(study, target)]));
  const kept = [...asked.values()].flat().flatMap(({ checkpoints = [] }) => checkpoints);
  const pretrained = loaded
    ? await loadStep(network, loaded, data.get(study.targets[0]!)!, base)
    : pretrain &&
      trainStep(network, { ...pretrain, recipe: keeping(pretrain.recipe, kept), name: 'P', target: '', data: data.get(pretrain.on)! });

  const targets = study.targets.map((target) => {
    const runs = study.arms.flatMap((arm) =>
      arm.seeds.map((seeds) => armStep(study, arm, { seeds, target, data: data.get(target)!, pretrained })),
    );
    const results = new Map<string, Step>();
    const analyses = study.analyses.map((each, i) => {
      const place = { target, data: data.get(target)!, source: pretrain && data.get(pretrain.on)!, results };
      const sweep = sweepSteps(asked.get(target)![i]!, { study, analysis: each.name, target, data, pretrained, results });
      const step = analysisStep(study, each, { ...place, runs: pretrained ? [pretrained, ...runs] : runs, sweep: sweep.inputs });
      results.set(each.name, step);
      return { ...sweep, step };
    });
    return { runs, analyses };
  });
  const analyses = targets.flatMap((each) => each.analyses);
  const all = [
    ...prepared.flatMap(([, each]) => each),
    ...analyses.flatMap(({ views }) => views),
    ...(pretrained ? [pretrained] : []),
    ...targets.flatMap(({ runs }) => runs),
    ...analyses.flatMap(({ inputs }) => inputs.map(({ step }) => step)),
    ...analyses.map(({ step }) => step),
  ];
  return { study: study.name, file: study.file, text: study.text, steps: inOrder(onlyOnce(all)) };
}

const usedData = ({ pretrain, targets }: Study): string[] => [...new Set([...(pretrain ? [pretrain.on] : []), ...targets])];

/** Two names for the same work are one step, the first. */
function onlyOnce(steps: readonly Step[]): Step[] {
  const first = new Map<string, Step>();
  for (const step of steps) if (!first.has(step.id)) first.set(step.id, step);
  return [...first.values()];
}

/** Each after those that it needs, otherwise as they stand: a training may wait for an analysis. */
function inOrder(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const placed = new Set<Step>();
  const place = (step: Step): void => {
    if (placed.has(step)) return;
    for (const id of needs(step)) place(byId.get(id)!);
    placed.add(step);
  };
  steps.forEach(place);
  return [...placed];
}

interface ArmPlace {
  readonly seeds: Seeds;
  readonly target: string;
  readonly data: Step;
  readonly pretrained: Step | null;
}

function armStep({ network }: Study, { role, recipe, from }: Arm, { seeds, target, data, pretrained }: ArmPlace): Step {
  const initial = from && pretrained ? { initial: { step: pretrained.id, at: from } } : {};
  return trainStep(network, { name: runName(role, seeds), target, data: { ...data, subject: target }, seeds, recipe, ...initial });
}
