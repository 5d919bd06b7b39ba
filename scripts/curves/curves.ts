// Training curves and gradients beside PyTorch's on real images; see README.md here.
//   node dist/scripts/curves/curves.js prepare <folder> [case …]
//   python3 scripts/curves/torch_curves.py <folder>
//   node dist/scripts/curves/curves.js compare <folder>
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trainBatches } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/datasets.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { Network, NetworkSpec } from '../../src/models/network.js';
import { encodeSafetensors, readSafetensors } from '../../src/tensor/safetensors.js';
import type { Params } from '../../src/tensor/params.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32 } from '../../src/tensor/tensor.js';
import { openOptimizer } from '../../src/train/optimizer.js';
import type { Recipe } from '../../src/train/recipe.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { compileStep } from '../../src/train/step.js';

interface Case {
  readonly network: NetworkSpec;
  readonly steps: number;
  readonly batch: number;
  /** Pixels of the emoji's 32 are repeated. */
  readonly zoom: number;
  readonly recipe: Partial<Recipe> & Pick<Recipe, 'rate' | 'optimizer'>;
  /** Steps of training here before the start. */
  readonly warm?: number;
}

const SGD = { optimizer: 'sgd', rate: 0.001, momentum: 0.9, weightDecay: 1e-4, multipliers: [], clip: null } as const;
const ADAMW = { optimizer: 'adamw', rate: 3e-4, weightDecay: 0.05, multipliers: [], clip: null } as const;
const RESNET: NetworkSpec = { architecture: 'resnet', depth: 50, zeroInitResidual: true };

const CASES: Readonly<Record<string, Case>> = {
  'resnet-50': { network: RESNET, steps: 50, batch: 16, zoom: 2, recipe: SGD },
  'resnet-50-224': { network: RESNET, steps: 1, batch: 8, zoom: 7, recipe: SGD },
  // blocks that do not begin as identities: rounding errors grow from block to block, in every implementation
  'resnet-50-224-full': { network: { ...RESNET, zeroInitResidual: false }, steps: 1, batch: 8, zoom: 7, recipe: SGD },
  'resnet-50-full': { network: { ...RESNET, zeroInitResidual: false }, steps: 50, batch: 16, zoom: 2, recipe: SGD },
  // as one who fine-tunes begins: weights that were trained
  'resnet-50-trained': { network: RESNET, steps: 50, batch: 16, zoom: 2, recipe: SGD, warm: 150 },
  'vit-tiny': { network: { architecture: 'vit', size: 'tiny' }, steps: 50, batch: 16, zoom: 2, recipe: ADAMW },
};

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const [verb, folder = '', ...names] = process.argv.slice(2);
if (verb === 'prepare') for (const name of names.length > 0 ? names : Object.keys(CASES)) await prepare(name, CASES[name]!);
else if (verb === 'compare')
  for (const name of Object.keys(CASES).filter((each) => readdirSync(folder).includes(`${each}.json`))) await compare(name);
else process.stderr.write('curves: prepare <folder> [case …] or compare <folder>\n');

interface Start {
  readonly network: Network;
  readonly recipe: Recipe;
}

function startOf({ network, batch, zoom, recipe }: Case, classes: number): Start {
  const side = 32 * zoom;
  return {
    network: buildNetwork(network, { batch, channels: 3, height: side, width: side, classes }),
    recipe: { ...DEFAULT_RECIPE, ...recipe, batch },
  };
}

async function prepare(name: string, one: Case): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const dataset = await loadDataset({ dataset: 'emoji', domains: ['openmoji'] });
  const { network } = startOf(one, dataset.classes.length);
  const side = 32 * one.zoom;
  const classes = dataset.classes.length;
  const images = float32([one.steps, one.batch, 3, side, side]);
  const targets = float32([one.steps, one.batch, classes]);
  for (let [step, epoch] = [0, 1]; step < one.steps; epoch++) {
    for await (const batch of trainBatches({ dataset, split: 'train', batch: one.batch, seed: 1, epoch })) {
      if (step === one.steps) break;
      images.data.set(zoomed(batch.images, 32, one.zoom), (step * images.data.length) / one.steps);
      targets.data.set(batch.targets, (step * targets.data.length) / one.steps);
      step++;
    }
  }
  const start = network.init(1);
  if (one.warm !== undefined) await train(start, one, { dataset, network });
  const tensors = new Map([...start].map(([key, tensor]) => [`start.${key}`, tensor]));
  tensors.set('images', images).set('targets', targets);
  const { steps, batch, recipe } = one;
  const about = {
    ...one,
    network: JSON.stringify(one.network),
    recipe: JSON.stringify(recipe),
    steps,
    batch,
    parameters: JSON.stringify(network.parameters),
  };
  const metadata = Object.fromEntries(Object.entries(about).map(([key, value]) => [key, String(value)]));
  writeFileSync(join(folder, `${name}.safetensors`), encodeSafetensors(tensors, metadata));
}

/** Moves parameters and running statistics, ten times as fast as the case itself, on images in another order. */
async function train(
  params: Params,
  { batch, zoom, recipe, warm = 0 }: Case,
  { dataset, network }: { readonly dataset: Dataset; readonly network: Network },
): Promise<void> {
  const trains = new Map(network.parameters.map((key) => [key, params.get(key)!]));
  const optimizer = openOptimizer(trains, { ...DEFAULT_RECIPE, ...recipe, batch }, network.modules);
  const step = await compileStep(network, network.parameters, { loss: 'cross-entropy', threads: Number(process.env['THREADS'] ?? 2) });
  for (let [done, epoch] = [0, 1]; done < warm; epoch++) {
    for await (const each of trainBatches({ dataset, split: 'train', batch, seed: 2, epoch })) {
      if (done++ === warm) break;
      const { loss, gradients } = await step.run(params, { images: zoomed(each.images, 32, zoom), targets: each.targets });
      optimizer.update(gradients, 10 * recipe.rate);
      if (done % 50 === 0) print(`training before the start: step ${done}, loss ${loss.toFixed(3)}`);
    }
  }
  await step.release();
}

/** Every pixel zoom × zoom times. */
function zoomed(pixels: Float32Array, side: number, zoom: number): Float32Array {
  const wide = side * zoom;
  const row = (i: number) => Math.floor(i / wide / zoom) * side + Math.floor((i % wide) / zoom);
  return new Float32Array(pixels.length * zoom * zoom).map((_, i) => pixels[row(i)]!);
}

/** What torch_curves.py leaves. */
interface Reference {
  readonly float32: readonly number[];
  /** Empty: not asked for. */
  readonly float64: readonly number[];
}

async function compare(name: string): Promise<void> {
  const one = CASES[name]!;
  const { tensors } = await readSafetensors(join(folder, `${name}.safetensors`));
  const reference = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Reference;
  const gradients = await readSafetensors(join(folder, `${name}.gradients.safetensors`));
  const [images, targets] = ['images', 'targets'].map((key) => tensors.get(key)!.data as Float32Array) as [Float32Array, Float32Array];
  const { network, recipe } = startOf(one, tensors.get('targets')!.dims[2]!);
  const params = new Map(
    [...network.init(1).keys()].map((key) => {
      const { dims, data } = tensors.get(`start.${key}`)!;
      return [key, float32(dims, (data as Float32Array).slice())] as const;
    }),
  );
  const trains = new Map(network.parameters.map((key) => [key, params.get(key)!] as [string, FloatTensor]));
  const optimizer = openOptimizer(trains, recipe, network.modules);
  const step = await compileStep(network, network.parameters, { loss: 'cross-entropy', threads: Number(process.env['THREADS'] ?? 2) });
  const part = (all: Float32Array, i: number) => all.slice((i * all.length) / one.steps, ((i + 1) * all.length) / one.steps);
  const losses: number[] = [];
  for (let i = 0; i < one.steps; i++) {
    const result = await step.run(params, { images: part(images, i), targets: part(targets, i) });
    losses.push(result.loss);
    if (i === 0) printGradients(name, result.gradients, gradients.tensors as ReadonlyMap<string, FloatTensor>);
    optimizer.update(result.gradients, one.recipe.rate);
  }
  await step.release();
  if (one.steps > 1) printCurves(name, losses, reference);
}

/** Relative ℓ₂ distance of the whole gradient. */
function printGradients(name: string, own: ReadonlyMap<string, Float32Array>, others: ReadonlyMap<string, FloatTensor>): void {
  const of = (kind: string) =>
    new Map([...own.keys()].flatMap((key) => (others.has(`${kind}.${key}`) ? [[key, others.get(`${kind}.${key}`)!.data] as const] : [])));
  const [single, double] = [of('float32'), of('float64')];
  print(`${name}: whole gradient of the first step, relative ℓ₂`);
  print(`  here to PyTorch float32  ${distance(own, single).toExponential(2)}`);
  if (double.size === 0) return;
  print(`  here to float64          ${distance(own, double).toExponential(2)}`);
  print(`  PyTorch float32 to it    ${distance(single, double).toExponential(2)}`);
}

function distance(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let [difference, whole] = [0, 0];
  for (const [key, values] of b) {
    const other = a.get(key)!;
    for (const [i, value] of values.entries()) {
      difference += (other[i]! - value) ** 2;
      whole += value ** 2;
    }
  }
  return Math.sqrt(difference / whole);
}

function printCurves(name: string, own: readonly number[], { float32: single, float64: double }: Reference): void {
  const worst = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!) / b[i]!));
  const at = [0, 9, 19, 29, 39, 49];
  print(`${name}: losses at steps ${at.map((i) => i + 1).join(', ')}`);
  for (const [what, losses] of [
    ['here', own],
    ['PyTorch float32', single],
    ['PyTorch float64', double],
  ] as const)
    if (losses.length > 0) print(`  ${what.padEnd(16)} ${at.map((i) => losses[i]!.toFixed(5)).join('  ')}`);
  print(`  largest relative difference over ${own.length} steps: here to PyTorch float32 ${worst(own, single).toExponential(1)}`);
  if (double.length > 0)
    print(`    to float64: here ${worst(own, double).toExponential(1)}, PyTorch float32 ${worst(single, double).toExponential(1)}`);
}
