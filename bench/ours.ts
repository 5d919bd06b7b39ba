// Carryover's side of `npm run bench`: one workload, one process. Prints one line of JSON, as peer.py does.
import { buildNetwork } from '../src/models/networks.js';
import { compile } from '../src/runtime/compile.js';
import { random } from '../src/tensor/random.js';
import { float32 } from '../src/tensor/tensor.js';
import { DEFAULT_RECIPE } from '../src/train/recipe.js';
import { sgd } from '../src/train/sgd.js';
import { compileStep } from '../src/train/step.js';
import type { Workload } from './workloads.js';

interface Job extends Workload {
  readonly threads: number;
  readonly steps: number;
  readonly drop: number;
}

const { kind, widths, blocks, side, batch, classes, threads, steps, drop } = JSON.parse(process.argv[2]!) as Job;
const network = buildNetwork(
  { architecture: 'fixup-resnet', widths, blocks, stem: '3x3' },
  { batch, channels: 3, height: side, width: side, classes },
);
const params = network.init(1);
const noise = random(1, 'bench');
const images = new Float32Array(batch * 3 * side * side).map(() => noise.normal());
const targets = new Float32Array(batch * classes);
for (let i = 0; i < batch; i++) targets[i * classes + (i % classes)] = 1;

const step = kind === 'train' ? await trainStep() : await evaluationStep();
const times: number[] = [];
for (let i = 0; i < drop + steps; i++) {
  const start = performance.now();
  await step();
  times.push(performance.now() - start);
}
process.stdout.write(`${JSON.stringify({ times_ms: times.slice(drop), peak_mb: process.resourceUsage().maxRSS / 1024 })}\n`);

/** Forward, backward and the optimizer, as training does them. */
async function trainStep(): Promise<() => Promise<void>> {
  const compiled = await compileStep(network, network.parameters, { loss: 'cross-entropy', threads });
  const optimizer = sgd(params, { ...DEFAULT_RECIPE, clip: null, multipliers: [] });
  return async () => optimizer.update((await compiled.run(params, { images, targets })).gradients, 0.02);
}

async function evaluationStep(): Promise<() => Promise<void>> {
  const session = await compile(network.graph, { threads });
  const feeds = new Map(params).set('images', float32([batch, 3, side, side], images));
  return async () => void (await session.run(feeds));
}
