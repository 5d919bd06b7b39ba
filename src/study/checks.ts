import { unknownName } from '../tensor/nearest.js';
import { show } from '../tensor/options.js';
import { analysisRules } from './analysis-rules.js';
import { checkOptions, datasetOptions, isMultiLabel, sideOf } from '../data/datasets.js';
import { shuffleOrder } from '../data/shuffle.js';
import { parseTransforms } from '../data/transforms/parse-transforms.js';
import { splitView, VIEW_OPTIONS } from '../data/view.js';
import type { DatasetSpec, TransformSpec } from '../data/dataset.js';
import type { NetworkSpec } from '../models/network.js';
import { architectures, buildNetwork } from '../models/networks.js';
import { DEFAULT_RECIPE } from '../train/recipe.js';
import { checkpointRules } from './checkpoint-rules.js';
import { armRules, mapRules } from './arm-rules.js';
import { entries, isMapping, list, refusal } from './written.js';
import type { Broken } from './messages.js';
import { pathText, valueAt } from './messages.js';
import type { Path } from './yaml.js';

/** Large enough for every architecture and transform, where the images' size is not known before they are read. */
const ANY_IMAGE = { channels: 3, height: 1024, width: 1024 };

/** Rules that span several places of a study or belong to other rooms. Looks at whatever is there: the form may be wrong elsewhere. */
export function brokenReferences(root: unknown): Broken[] {
  const broken: Broken[] = [];
  const say = (path: Path, message: string, key = false) => broken.push({ path, key, message });
  const data = entries(valueAt(root, ['data']));
  const known = data.map(([name]) => name);

  const named = (path: Path) => {
    const name = valueAt(root, path);
    if (typeof name === 'string' && !known.includes(name)) say(path, `${pathText(path)}: ${unknownName('data set', name, known)}`);
  };
  for (const [name] of entries(valueAt(root, ['assume', 'data'])))
    if (!known.includes(name)) say(['assume', 'data', name], `assume.data: ${unknownName('data set', name, known)}`, true);
  named(['pretrain', 'on']);
  const targets = list(valueAt(root, ['targets']));
  for (const [i, target] of targets.entries()) {
    named(['targets', i]);
    if (targets.indexOf(target) < i) say(['targets', i], `targets: must differ, got ${show(target)} twice`);
  }
  if (valueAt(root, ['data']) !== undefined && data.length === 0) say(['data'], 'data: must name a data set, got none');
  for (const [name, spec] of data)
    for (const each of datasetRules(spec)) say(['data', name, each.key], `data.${name}: ${each.message}`, true);

  for (const each of pretrainRules(valueAt(root, ['pretrain'])))
    say(['pretrain', ...each.path], `pretrain${each.message}`, each.path.length > 0);
  for (const each of mapRules(valueAt(root, ['initial', 'map']))) say(['initial', ...each.path], `initial${each.message}`, true);
  broken.push(...armRules(root));

  // P from a checkpoint is not trained here
  const source = valueAt(root, ['pretrain', 'from']) === undefined ? [valueAt(root, ['pretrain', 'on'])] : [];
  const trainedOn: readonly [Path, readonly unknown[]][] = [
    [['recipe'], [...source, ...targets]],
    [['pretrain', 'recipe'], source],
    [['arms', 'P-T', 'recipe'], targets],
    [['arms', 'RI-T', 'recipe'], targets],
  ];
  for (const [path, names] of trainedOn) {
    const steps = list(valueAt(root, [...path, 'augment'])) as readonly TransformSpec[];
    const images = names.map((name) => imagesOf(valueAt(root, ['data', String(name)])));
    for (const { index, message } of augmentRules(steps, images))
      say([...path, 'augment', index], `${pathText([...path, 'augment', index])}: ${message}`);
  }
  for (const [path, names] of trainedOn.filter(([path]) => path.length > 1)) {
    const independent = names.find((name) => isIndependent(valueAt(root, ['data', String(name)])));
    const own = valueAt(root, [...path, 'loss']);
    const loss = own ?? valueAt(root, ['recipe', 'loss']) ?? DEFAULT_RECIPE.loss;
    if (independent !== undefined && isMapping(valueAt(root, path.slice(0, -1))) && loss !== 'binary-cross-entropy')
      say(
        own === undefined ? path.slice(0, -1) : [...path, 'loss'],
        `${pathText([...path, 'loss'])}: must be binary-cross-entropy where labels are independent (${String(independent)}), got ${show(loss)}`,
      );
  }
  broken.push(...checkpointRules(root), ...analysisRules(valueAt(root, ['analyses']), ['analyses']));
  for (const { key, message } of networkRules(valueAt(root, ['network'])))
    say(key === undefined ? ['network'] : ['network', key], `network: ${message}`, true);
  return broken;
}

/** P is trained on a source, or comes from a checkpoint. */
function pretrainRules(written: unknown): { readonly path: Path; readonly message: string }[] {
  if (!isMapping(written)) return [];
  const { on, from, map } = written;
  if (on === undefined && from === undefined)
    return [{ path: [], message: ': must have on (a data set) or from (a checkpoint), got neither' }];
  const other = ['seed', 'recipe'].filter((key) => key in written);
  if (from !== undefined && other.length > 0)
    return [{ path: [other[0]!], message: `: a checkpoint (from) is not trained here, got ${other.join(', ')} too` }];
  const apart = ['map', 'epochs'].find((key) => key in written);
  if (from === undefined && apart !== undefined) return [{ path: [apart], message: `: ${apart} goes with a checkpoint (from) only` }];
  return mapRules(map);
}

const isIndependent = (spec: unknown): boolean =>
  isMapping(spec) && typeof spec['dataset'] === 'string' && isMultiLabel(spec as DatasetSpec);

function imagesOf(spec: unknown): typeof ANY_IMAGE {
  const side = isMapping(spec) ? sideOf(spec as DatasetSpec) : undefined;
  return side === undefined ? ANY_IMAGE : { channels: 3, height: side, width: side };
}

/** The first step that breaks a rule on some of the images: each is built for what the ones before leave. */
function augmentRules(
  steps: readonly TransformSpec[],
  images: readonly (typeof ANY_IMAGE)[],
): { readonly index: number; readonly message: string }[] {
  for (const index of steps.keys()) {
    for (const each of images.length > 0 ? images : [ANY_IMAGE]) {
      const message = refusal(() => parseTransforms(steps.slice(0, index + 1), each));
      if (message) return [{ index, message }];
    }
  }
  return [];
}

function datasetRules(spec: unknown): { readonly key: string; readonly message: string }[] {
  const kind = valueAt(spec, ['dataset']);
  if (typeof kind !== 'string' || !Object.hasOwn(datasetOptions, kind)) return [];
  const known = Object.keys(datasetOptions[kind]!);
  const unknown = entries(spec).flatMap(([key]) =>
    key === 'dataset' || known.includes(key) ? [] : [{ key, message: `${kind}: ${unknownName('option', key, known)}` }],
  );
  const written = (key: string) => entries(spec).some(([each]) => each === key);
  const rule = refusal(() => checkOptions(spec as DatasetSpec));
  // messages begin with `emoji: size: …`, or `emoji: domains must …`
  const [, named = ''] = /^\w+: (\w+)/.exec(rule ?? '') ?? [];
  // what is missing beside a key that is not known was most likely meant by it
  const told = rule !== undefined && (written(named) || unknown.length === 0);
  const own = told ? [{ key: written(named) ? named : 'dataset', message: rule }] : [];
  const view = refusal(() => checkView(spec as DatasetSpec));
  const wrong = view && Object.keys(VIEW_OPTIONS).find((key) => view.startsWith(`${key}:`));
  return [...unknown, ...own, ...(wrong ? [{ key: wrong, message: view }] : [])];
}

/** Blocks are held against the images where their side is known before they are read. */
function checkView(spec: DatasetSpec): void {
  const { shuffle } = splitView(spec).view ?? {};
  if (shuffle && sideOf(spec) !== undefined) shuffleOrder(shuffle, imagesOf(spec));
}

function networkRules(spec: unknown): { readonly key?: string; readonly message: string }[] {
  const name = valueAt(spec, ['architecture']);
  const architecture = typeof name === 'string' ? architectures.get(name) : undefined;
  if (!architecture) return [];
  const known = Object.keys(architecture.options);
  const unknown = entries(spec)
    .filter(([key]) => key !== 'architecture' && !known.includes(key))
    .map(([key]) => ({ key, message: `${architecture.name}: ${unknownName('option', key, known)}` }));
  const own = Object.fromEntries(entries(spec).filter(([key]) => key === 'architecture' || known.includes(key))) as unknown as NetworkSpec;
  const rule = refusal(() =>
    architecture.check
      ? architecture.check({ ...architecture.options, ...own })
      : buildNetwork(own, { batch: 1, ...ANY_IMAGE, classes: 2 }),
  );
  // messages begin with `fixup-resnet: widths`
  const key = known.find((option) => rule?.includes(` ${option}`) && entries(spec).some(([written]) => written === option));
  // what is missing beside a key that is not known was most likely meant by it
  if (rule === undefined || (unknown.length > 0 && key === undefined)) return unknown;
  return [...unknown, { ...(key === undefined ? {} : { key }), message: rule }];
}
