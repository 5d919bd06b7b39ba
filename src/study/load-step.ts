import { basename, isAbsolute, resolve } from 'node:path';
import { contentHash } from '../checkpoints/content-hash.js';
import { checkpointPath } from '../hub/checkpoint-path.js';
import { isHubReference } from '../hub/reference.js';
import type { NetworkSpec } from '../models/network.js';
import type { Step, StepId } from './step.js';
import { askedNetwork, asJson, makeStep } from './steps.js';
import type { LoadedFrom, LoadedRun, Study } from './study.js';

/** Raised when the same files would give other weights. */
const LOAD_VERSION = 1;

interface LoadPlan {
  /** 'P', 'RI', 'P-T.1' */
  readonly name: string;
  /** Its shapes are those of the images. */
  readonly data: Step;
  /** Relative paths start here. */
  readonly base: string;
  /** Of a run that was trained on a target: its head must have the target's classes. */
  readonly target?: string;
  readonly number?: number;
  /** Where it started, unless it brings its own start: the body of what this step leaves. */
  readonly start?: StepId;
}

/** A network from a checkpoint: what is in its files is what was asked, wherever they lie. */
export async function loadStep(
  spec: NetworkSpec,
  { from, map, epochs = {} }: LoadedFrom & Partial<LoadedRun>,
  { name, data, base, target, number = 0, start }: LoadPlan,
): Promise<Step> {
  const pathOf = async (file: string) => (isHubReference(file) ? checkpointPath(file) : resolve(base, file));
  const file = await pathOf(from);
  const earlier = await Promise.all(Object.entries(epochs).map(async ([epoch, each]) => [epoch, await pathOf(each)] as const));
  const hashed = await Promise.all(earlier.map(async ([epoch, path]) => [epoch, await contentHash(path)] as const));
  return makeStep({
    kind: 'load',
    version: LOAD_VERSION,
    title: `load ${name} from ${isAbsolute(from) ? basename(from) : from}`,
    asked: {
      network: askedNetwork(spec),
      content: await contentHash(file),
      map,
      ...(target === undefined ? {} : { head: 'target' }),
      ...(hashed.length > 0 ? { epochs: Object.fromEntries(hashed) } : {}),
    },
    options: asJson({
      network: spec,
      file,
      map,
      seeds: { init: number, order: number },
      ...(target === undefined ? {} : { head: 'target' }),
      ...(earlier.length > 0 ? { epochs: Object.fromEntries(earlier) } : {}),
    }),
    inputs: { data: { step: data.id }, ...(start !== undefined && !('0' in epochs) ? { initial: { step: start, at: 'final' } } : {}) },
    target: target ?? '',
    subject: name,
  });
}

/** One run of a role on a target, numbered from 1, that a study brings from a file. */
export function loadedRunStep(
  { network, loadedArms }: Pick<Study, 'network' | 'loadedArms'>,
  { role, target, number }: { readonly role: string; readonly target: string; readonly number: number },
  where: Pick<LoadPlan, 'data' | 'base' | 'start'>,
): Promise<Step> {
  const run = loadedArms.find((arm) => arm.role === role)!.runs[target]![number - 1]!;
  return loadStep(network, run, { name: `${role}.${number}`, number, target, ...where });
}
