import { dirname, resolve } from 'node:path';
import { runName } from '../analyses/run-name.js';
import { mustSuitAnalyses } from './asked-checkpoints.js';
import { mustFitCheckpoints } from './fit-checkpoints.js';
import { loadedRunStep, loadStep } from './load-step.js';
import { mustTakeImages } from './network-images.js';
import type { Plan, PlanOptions, Step } from './step.js';
import { needs } from './step.js';
import { analysisStep, dataSteps, locateNetwork, trainStep } from './steps.js';
import type { Study } from './study.js';
import type { Starts, SweepSteps } from './sweeps.js';
import { keeping, startOf, startOfLoaded, sweepsOn, sweepSteps } from './sweeps.js';

/**
 * The steps of a study: data first, then P, the runs target by target, what analyses train for themselves, the analyses.
 * Throws InputError for a data folder or network's file that is missing, a network that cannot take the images, a checkpoint that does not
 * fit the network, and a sweep or a checkpoint that the study cannot have.
 */
export async function planStudy(
  written: Study,
  { base = dirname(resolve(written.file)), absentData = false }: PlanOptions = {},
): Promise<Plan> {
  const study = { ...written, network: await locateNetwork(written.network, base) };
  const { network, pretrain, loaded, initial, source } = study;
  for (const name of usedData(study)) mustTakeImages(network, name, study.data[name]!);
  mustSuitAnalyses(study);
  const steps = (name: string) => dataSteps(name, study.data[name]!, { base, absentData });
  const prepared = await Promise.all(usedData(study).map(async (name) => [name, await steps(name)] as const));
  const data = new Map(prepared.map(([name, steps]) => [name, steps.at(-1)!]));

  const asked = new Map(study.targets.map((target) => [target, sweepsOn(study, target)]));
  const kept = [...asked.values()].flat().flatMap(({ checkpoints = [] }) => checkpoints);
  const pretrained = loaded
    ? await loadStep(network, loaded, { name: 'P', data: data.get(study.targets[0]!)!, base })
    : pretrain &&
      trainStep(network, { ...pretrain, recipe: keeping(pretrain.recipe, kept), name: 'P', target: '', data: data.get(pretrain.on)! });

  const random = initial && (await loadStep(network, initial, { name: 'RI', data: data.get(study.targets[0]!)!, base }));
  const starts: Starts = { 'P-T': pretrained, 'RI-T': random };
  const untrained = [pretrained, random].filter((step) => step !== null);

  const targets: { runs: Step[]; analyses: Planned[] }[] = [];
  for (const target of study.targets) {
    const runs = await runSteps(study, { target, data: data.get(target)!, starts, base });
    const results = new Map<string, Step>();
    const analyses: Planned[] = [];
    for (const [i, each] of study.analyses.entries()) {
      const place = { target, data: data.get(target)!, source: source === null ? null : data.get(source)!, results };
      const sweep = await sweepSteps(asked.get(target)![i]!, { study, analysis: each.name, target, data, starts, base, results });
      const step = analysisStep(study, each, { ...place, runs: [...untrained, ...runs], sweep: sweep.inputs });
      results.set(each.name, step);
      analyses.push({ ...sweep, step });
    }
    targets.push({ runs, analyses });
  }
  const analyses = targets.flatMap((each) => each.analyses);
  const all = [
    ...prepared.flatMap(([, each]) => each),
    ...analyses.flatMap(({ views }) => views),
    ...untrained,
    ...targets.flatMap(({ runs }) => runs),
    ...analyses.flatMap(({ inputs }) => inputs.map(({ step }) => step)),
    ...analyses.map(({ step }) => step),
  ];
  const ordered = inOrder(onlyOnce(all));
  const names = new Map([...data].map(([name, { id }]) => [id, name]));
  await mustFitCheckpoints(ordered, { specOf: (id) => study.data[names.get(id)!]!, base, absentData });
  return { study: study.name, file: study.file, text: study.text, steps: ordered };
}

const usedData = ({ source, targets }: Study): string[] => [...new Set([...(source === null ? [] : [source]), ...targets])];

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

interface Planned extends SweepSteps {
  readonly step: Step;
}

interface ArmPlace {
  readonly target: string;
  readonly data: Step;
  readonly starts: Starts;
  readonly base: string;
}

/** The runs on a target, role by role: P-T, RI-T, others. */
async function runSteps(study: Study, { target, data, starts, base }: ArmPlace): Promise<Step[]> {
  const { network, arms, loadedArms } = study;
  const steps: Step[] = [];
  for (const role of new Set(['P-T', 'RI-T', ...loadedArms.map((each) => each.role)])) {
    const arm = arms.find((each) => each.role === role);
    for (const seeds of arm?.seeds ?? []) {
      const { recipe, from } = arm!;
      const images = { ...data, subject: target };
      steps.push(trainStep(network, { name: runName(role, seeds), target, data: images, seeds, recipe, ...startOf(starts, arm!, from) }));
    }
    const brought = loadedArms.find((each) => each.role === role)?.runs[target] ?? [];
    for (const i of brought.keys())
      steps.push(await loadedRunStep(study, { role, target, number: i + 1 }, { data, base, ...startOfLoaded(starts, role) }));
  }
  return steps;
}
