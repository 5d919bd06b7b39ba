import { copyFile, readdir, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Command } from 'commander';
import type { NetworkSpec } from '../../models/network.js';
import { buildNetwork } from '../../models/networks.js';
import { bake } from '../../onnx/edits/bake.js';
import { writeOnnxFile } from '../../onnx/write.js';
import { SUMMARY_FILE } from '../../store/layout.js';
import type { Store } from '../../store/store.js';
import { openStore } from '../../store/store.js';
import type { DataSummary } from '../../study/execute-data.js';
import type { LoadSummary } from '../../study/execute-load.js';
import { LOAD_FILE } from '../../study/execute-load.js';
import type { Plan, Step } from '../../study/step.js';
import { isRun } from '../../study/step.js';
import { InputError } from '../../tensor/input-error.js';
import { unknownName } from '../../tensor/nearest.js';
import { readSafetensors } from '../../tensor/safetensors.js';
import { checkpointFile } from '../../train/checkpoints.js';
import { openStudy } from '../study-file.js';
import { action, STORE_OPTION, verb, wholeNumber } from '../verb.js';

interface Options {
  readonly store: string;
  readonly at: string;
  readonly to: string;
  readonly batch: number;
}

export const exportVerb = (): Command =>
  action(
    verb('export', 'write a trained network as .onnx or .safetensors', [
      'carryover export study.yaml openmoji/P-T.1 --to model.onnx',
      'carryover export study.yaml P --at best --to p.safetensors',
    ])
      .argument('<study>', 'study file')
      .argument('<run>', "'P', or target/run: 'openmoji/P-T.1'")
      .requiredOption('--to <file>', '.onnx (weights inside, input images [batch, C, H, W], normalized) or .safetensors')
      .option('--at <when>', "'final', 'best', or the number of a kept epoch", 'final')
      .option('--batch <n>', 'batch size of the .onnx graph', wholeNumber('batch'), 1)
      .option(...STORE_OPTION),
    async (output, file: string, run: string, options: Options) => {
      const format = extname(options.to);
      if (format !== '.onnx' && format !== '.safetensors') {
        throw new InputError(`export: --to must end in .onnx or .safetensors, got ${options.to}`);
      }
      await mustHaveFolder(options.to);
      const { plan } = await openStudy(file);
      const store = await openStore(options.store);
      const step = findRun(plan, run);
      const checkpoint = await checkpointPath(store, step, options.at);
      if (format === '.safetensors') await copyFile(checkpoint, options.to);
      else await exportOnnx(store, step, checkpoint, options);
      output.line(options.to);
    },
  );

/** A folder that is made for a mistyped path would hide the file. */
async function mustHaveFolder(to: string): Promise<void> {
  const folder = dirname(to);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new InputError(`export: --to must be in a folder that exists, got ${to} (no folder ${folder})`);
}

function findRun({ steps }: Plan, name: string): Step {
  const runs = new Map(steps.filter(isRun).map((step) => [step.target ? `${step.target}/${step.subject}` : step.subject, step]));
  const found = runs.get(name);
  if (!found) throw new InputError(`export: ${unknownName('run', name, [...runs.keys()])}`);
  return found;
}

async function checkpointPath(store: Store, step: Step, at: string): Promise<string> {
  if (!(await store.has(step.id))) throw new InputError(`export: ${step.title} must have run, got no result in ${store.directory}`);
  const when = at === 'final' || at === 'best' ? at : /^\d+$/.test(at) ? Number(at) : undefined;
  if (when === undefined) throw new InputError(`export: --at must be final, best or the number of an epoch, got ${at}`);
  const file = checkpointFile(when);
  const kept = (await readdir(store.path(step.id))).filter((name) => /^(epoch-\d+|best|final)\.safetensors$/.test(name)).sort();
  if (!kept.includes(file)) throw new InputError(`export: --at must be a kept checkpoint of ${step.title} (${kept.join(', ')}), got ${at}`);
  return store.checked(step.id, file);
}

/** The network with its parameters as constants. */
async function exportOnnx(store: Store, step: Step, checkpoint: string, { to, batch }: Options): Promise<void> {
  const { tensors } = await readSafetensors(checkpoint);
  const { channels, height, width, classes } = await store.readJson<DataSummary>(step.inputs['data']!.step, SUMMARY_FILE);
  const { network: spec } = step.options as unknown as { network: NetworkSpec };
  // P may have another head than the data's classes need
  const own = step.kind === 'load' ? (await store.readJson<LoadSummary>(step.id, LOAD_FILE)).classes : classes.length;
  const network = buildNetwork(spec, { batch, channels, height, width, classes: own });
  await writeOnnxFile(bake(network.graph, tensors), to);
}
