import { resolve } from 'node:path';
import { contentHash } from '../checkpoints/content-hash.js';
import { checkpointPath } from '../hub/checkpoint-path.js';
import { isHubReference } from '../hub/reference.js';
import { findAnalysis } from '../analyses/registry.js';
import type { FreezingRule } from '../analyses/freezing-choice.js';
import type { SweepRun } from '../analyses/analysis.js';
import type { DatasetSpec } from '../data/dataset.js';
import { partsOf, pathsOf, versionOf } from '../data/datasets.js';
import type { View } from '../data/view.js';
import { splitView } from '../data/view.js';
import type { NetworkSpec } from '../models/network.js';
import { architectures } from '../models/networks.js';
import type { Recipe, Seeds } from '../train/recipe.js';
import { DEFAULT_RECIPE } from '../train/recipe.js';
import { fingerprint } from './fingerprint.js';
import { InputError } from '../tensor/input-error.js';
import { identityOf, withoutDefaults } from './identity.js';
import type { Input, Json, PlanOptions, Step } from './step.js';
import type { Study } from './study.js';

/** Raised when the same options would give another view of images, or other weights. */
const VIEW_VERSION = 1;
const TRAIN_VERSION = 1;

type Options = { readonly [key: string]: Json };
export const asJson = (options: object): Options => options as unknown as Options;

export const makeStep = (step: Omit<Step, 'id'>): Step => ({ id: identityOf(step), ...step });

/** A data set of the study: its images, and where it asks for another view of them that one too, last. */
export async function dataSteps(name: string, spec: DatasetSpec, where: Required<PlanOptions>): Promise<Step[]> {
  const { base: own, view } = splitView(spec);
  const images = await imagesStep(name, own, where);
  return view ? [{ ...images, title: `decode ${name}` }, viewStep(images, view, { title: `prepare ${name}`, subject: name })] : [images];
}

async function imagesStep(name: string, spec: DatasetSpec, { base, absentData }: Required<PlanOptions>): Promise<Step> {
  // a data set with a folder is that folder with what is in it now
  const folders = pathsOf(spec).map((key) => [key, resolve(base, String(spec[key]))] as const);
  const options = asJson({ ...spec, ...Object.fromEntries(folders) });
  const contentOf = (path: string) =>
    fingerprint(path, partsOf(spec)).catch((error: unknown) => {
      if (absentData && error instanceof InputError) return 'absent';
      throw error;
    });
  const contents = async (): Promise<Options> => {
    const found = await Promise.all(folders.map(async ([key, path]) => [key, await contentOf(path)] as const));
    if (found.length === 0) return {};
    return { content: found[0]![0] === 'root' ? found[0]![1] : Object.fromEntries(found) };
  };
  return makeStep({
    kind: 'data',
    version: versionOf(spec),
    title: `prepare ${name}`,
    asked: { ...options, ...(await contents()) },
    options,
    inputs: {},
    target: '',
    subject: name,
  });
}

/** Another view of the images of a step. */
export function viewStep(images: Step, view: View, about: Pick<Step, 'title' | 'subject' | 'sweep'>): Step {
  const options = asJson(view);
  return makeStep({
    kind: 'data',
    version: VIEW_VERSION,
    asked: options,
    options,
    inputs: { source: { step: images.id } },
    target: '',
    ...about,
  });
}

/** A network that is a file: its path and content now. Throws InputError when it is not there. */
export async function locateNetwork(spec: NetworkSpec, base: string): Promise<NetworkSpec> {
  if (spec.architecture !== 'onnx') return spec;
  const from = String(spec['file']);
  const file = isHubReference(from) ? await checkpointPath(from) : resolve(base, from);
  return { ...spec, file, content: await contentHash(file) };
}

/** What a file holds was asked for, wherever it lies. */
export function askedNetwork({ architecture, ...options }: NetworkSpec): Options {
  const { file, ...asked } = withoutDefaults(options, architectures.get(architecture)!.options);
  return { architecture, ...asked, ...(file === undefined || 'content' in asked ? {} : { file }) };
}

export interface TrainingPlan {
  /** 'P-T.1' */
  readonly name: string;
  readonly target: string;
  /** Its subject is named in the title. */
  readonly data: Step;
  readonly seeds: Seeds;
  readonly recipe: Recipe;
  readonly initial?: Input;
  /** A rule that freezes modules, and the steps with the tables that it reads. */
  readonly freeze?: { readonly rule: FreezingRule; readonly inputs: Readonly<Record<string, Input>> };
  readonly sweep?: string;
}

export function trainStep(spec: NetworkSpec, { name, target, data, seeds, recipe, initial, freeze, sweep }: TrainingPlan): Step {
  return makeStep({
    kind: 'train',
    version: TRAIN_VERSION,
    title: `train ${name} on ${data.subject}`,
    asked: {
      network: askedNetwork(spec),
      recipe: withoutDefaults(recipe, DEFAULT_RECIPE),
      seeds: { ...seeds },
      ...(freeze ? { freeze: { ...freeze.rule } } : {}),
    },
    options: asJson({ network: spec, recipe, seeds, ...(freeze ? { freeze: freeze.rule } : {}) }),
    inputs: { data: { step: data.id }, ...(initial ? { initial } : {}), ...freeze?.inputs },
    target,
    subject: name,
    ...(sweep === undefined ? {} : { sweep }),
  });
}

/** A training of a sweep as an input of its analysis. */
export interface SweepInput extends Pick<SweepRun, 'name' | 'role' | 'variant'> {
  readonly step: Step;
}

interface AnalysisPlan {
  readonly target: string;
  readonly data: Step;
  /** What P was trained on, for an analysis that looks at it. */
  readonly source: Step | null;
  /** The analyses on the target that were planned before, by name. */
  readonly results: ReadonlyMap<string, Step>;
  /** P first. */
  readonly runs: readonly Step[];
  readonly sweep: readonly SweepInput[];
}

/** Analyses as inputs by their names. Throws InputError when the study lacks one. */
export function readBy(reader: string, names: readonly string[], results: ReadonlyMap<string, Step>): Record<string, Input> {
  const missing = names.filter((name) => !results.has(name));
  if (missing.length > 0)
    throw new InputError(`${reader}: the study must have the analyses ${names.join(' and ')}, got no ${missing.join(' and no ')}`);
  return Object.fromEntries(names.map((name) => [name, { step: results.get(name)!.id }]));
}

/** Names of the target and of the runs stand in its rows, so they are part of what was asked. */
export function analysisStep(
  study: Study,
  { name, options }: Study['analyses'][number],
  { target, data, source, results, runs, sweep }: AnalysisPlan,
): Step {
  const analysis = findAnalysis(name);
  const read = readBy(name, analysis.reads ?? [], results);
  const inputs = [
    ...Object.entries(read),
    ...runs.map(({ subject, id }) => [subject, { step: id }]),
    ...sweep.map((each) => [each.name, { step: each.step.id }]),
  ];
  return makeStep({
    kind: name,
    version: analysis.version,
    title: `${name} on ${target}`,
    asked: { target, seed: study.seed, options: withoutDefaults(options, analysis.options) },
    options: asJson({
      seed: study.seed,
      options,
      ...(sweep.length > 0 ? { sweep: sweep.map(({ name, role, variant }) => ({ name, role, variant })) } : {}),
    }),
    inputs: {
      data: { step: data.id },
      ...(source && analysis.source ? { source: { step: source.id } } : {}),
      ...(Object.fromEntries(inputs) as Record<string, Input>),
    },
    target,
    subject: name,
  });
}
