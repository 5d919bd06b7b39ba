import { dirname, resolve } from 'node:path';
import { findAnalysis } from '../analyses/registry.js';
import type { DatasetSpec } from '../data/dataset.js';
import { architectures } from '../models/networks.js';
import type { Recipe } from '../train/recipe.js';
import { DEFAULT_RECIPE } from '../train/recipe.js';
import { fingerprint } from './fingerprint.js';
import { identityOf, withoutDefaults } from './identity.js';
import type { Input, Json, Plan, Step } from './step.js';
import type { Arm, Seeds, Study } from './study.js';
import { runName } from './study.js';

export interface PlanOptions {
  /** Folder that relative paths in the study start from; the study file's folder by default. */
  readonly base?: string;
}

/** Raised when the same options would give other images or other weights. */
const DATA_VERSION = 1;
const TRAIN_VERSION = 1;

/** The steps of a study, data first, then P, the runs target by target, the analyses. Throws InputError for a data folder that is missing. */
export async function planStudy(study: Study, { base = dirname(resolve(study.file)) }: PlanOptions = {}): Promise<Plan> {
  const used = [...new Set([...(study.pretrain ? [study.pretrain.on] : []), ...study.targets])];
  const data = new Map<string, Step>();
  for (const name of used) data.set(name, await dataStep(name, study.data[name]!, base));

  const pretrained = study.pretrain && trainStep(study, { ...study.pretrain, name: 'P', target: '', data: data.get(study.pretrain.on)! });
  const runs = study.targets.map((target) => ({
    target,
    steps: study.arms.flatMap((arm) =>
      arm.seeds.map((seeds) => armStep(study, arm, { seeds, target, data: data.get(target)!, pretrained })),
    ),
  }));
  const analyses = runs.flatMap(({ target, steps }) =>
    study.analyses.map((each) =>
      analysisStep(study, each, { target, data: data.get(target)!, runs: pretrained ? [pretrained, ...steps] : steps }),
    ),
  );
  const steps = [...data.values(), ...(pretrained ? [pretrained] : []), ...runs.flatMap((each) => each.steps), ...analyses];
  return { study: study.name, file: study.file, text: study.text, steps: onlyOnce(steps) };
}

/** Two names for the same data are one step. */
const onlyOnce = (steps: readonly Step[]): Step[] => steps.filter(({ id }, i) => steps.findIndex((other) => other.id === id) === i);

const makeStep = (step: Omit<Step, 'id'>): Step => ({ id: identityOf(step), ...step });

async function dataStep(name: string, spec: DatasetSpec, base: string): Promise<Step> {
  const { root } = spec as { root?: unknown };
  // a data set with a folder is that folder with what is in it now
  const folder = typeof root === 'string' ? resolve(base, root) : undefined;
  const options = { ...spec, ...(folder === undefined ? {} : { root: folder }) } as unknown as { [key: string]: Json };
  return makeStep({
    kind: 'data',
    version: DATA_VERSION,
    title: `prepare ${name}`,
    asked: folder === undefined ? options : { ...options, content: await fingerprint(folder) },
    options,
    inputs: {},
    target: '',
    subject: name,
  });
}

interface Training {
  readonly name: string;
  readonly target: string;
  readonly data: Step;
  readonly seeds: Seeds;
  readonly recipe: Recipe;
  readonly initial?: Input;
}

function trainStep({ network }: Study, { name, target, data, seeds, recipe, initial }: Training): Step {
  const { architecture, ...options } = network;
  const defaults = architectures.get(architecture)!.options;
  return makeStep({
    kind: 'train',
    version: TRAIN_VERSION,
    title: `train ${name} on ${data.subject}`,
    asked: {
      network: { architecture, ...withoutDefaults(options, defaults) },
      recipe: withoutDefaults(recipe, DEFAULT_RECIPE),
      seeds: { ...seeds },
    },
    options: { network, recipe, seeds } as unknown as { [key: string]: Json },
    inputs: { data: { step: data.id }, ...(initial ? { initial } : {}) },
    target,
    subject: name,
  });
}

interface ArmPlace {
  readonly seeds: Seeds;
  readonly target: string;
  readonly data: Step;
  readonly pretrained: Step | null;
}

function armStep(study: Study, { role, recipe, from }: Arm, { seeds, target, data, pretrained }: ArmPlace): Step {
  const initial = from && pretrained ? { initial: { step: pretrained.id, at: from } } : {};
  return trainStep(study, { name: runName(role, seeds), target, data: { ...data, subject: target }, seeds, recipe, ...initial });
}

interface Analysed {
  readonly target: string;
  readonly data: Step;
  /** P first. */
  readonly runs: readonly Step[];
}

/** Names of the target and of the runs stand in its rows, so they are part of what was asked. */
function analysisStep(study: Study, { name, options }: Study['analyses'][number], { target, data, runs }: Analysed): Step {
  const analysis = findAnalysis(name);
  return makeStep({
    kind: name,
    version: analysis.version,
    title: `${name} on ${target}`,
    asked: { target, seed: study.seed, options: withoutDefaults(options, analysis.options) },
    options: { seed: study.seed, options } as unknown as { [key: string]: Json },
    inputs: { data: { step: data.id }, ...Object.fromEntries(runs.map(({ subject, id }) => [subject, { step: id }])) },
    target,
    subject: name,
  });
}
