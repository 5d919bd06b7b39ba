import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ProviderWord } from '../../runtime/provider.js';
import type { Given } from '../compared-checkpoints.js';
import { byRole, parseCheckpoint } from '../compared-checkpoints.js';
import { comparedNetwork } from '../compared-network.js';
import { openCompared } from '../compared-problems.js';
import { comparedName, comparedStudy } from '../compared-study.js';
import { parseValue } from '../dataset-argument.js';
import { runStudy } from '../run-study.js';
import { action, JSON_OPTION, STORE_OPTION, verb, providerOption, repeated, threadsOption, workersOption } from '../verb.js';
import { writeWhole } from '../write.js';

interface Options {
  readonly network: string;
  readonly data: string;
  readonly train?: string;
  readonly source?: string;
  readonly option?: readonly string[];
  readonly normalize: string;
  readonly checkpoint: readonly Given[];
  readonly map?: readonly string[];
  readonly analyses?: string;
  readonly name?: string;
  readonly writeStudy?: string;
  readonly store: string;
  readonly out?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly provider: ProviderWord;
}

export const compareVerb = (): Command =>
  action(
    verb('compare', 'analyse networks that were trained elsewhere, from their checkpoints, and write the same report', [
      'carryover compare --network resnet18 --data val/ --train train/ --checkpoint P=pre.pth --checkpoint P-T1=a.pth --checkpoint P-T2=b.pth --checkpoint RI-T=c.safetensors',
      'carryover compare --network net.onnx --data val/ --checkpoint P-T1=a.onnx --checkpoint mine=b.onnx',
      'carryover compare --network vit-tiny --data val/ --checkpoint P=hf:timm/vit_tiny_patch16_224.augreg_in21k --checkpoint P-T1=a.safetensors --analyses mistakes,cka,distance',
    ])
      .requiredOption('--network <net>', "an .onnx file (its graph), 'resnet18', 'vit-tiny', …, or '{ architecture: mlp, hidden: [64] }'")
      .requiredOption(
        '--data <folder>',
        'test images, a folder per class in the order of the networks’ classes; or a data set (emoji, …) with -o',
      )
      .option(
        '--train <folder>',
        'training images in the same way: BatchNorm statistics on paths, path criticality and training loss need them',
      )
      .option('--source <folder>', 'test images of what P was trained on, a folder per class: domain-distance needs them')
      .requiredOption(
        '--checkpoint <role=file>',
        'P: pre-trained; P-T1, P-T2, …: fine-tuned; RI-T1, …: trained from random initialization; RI: that initialization; any other word: a role of your own. P-T1@initial=file: where P-T1 started. File: .safetensors, .pth, .npz, .onnx or hf:owner/name',
        repeated(parseCheckpoint),
      )
      .option('--map <rule>', "renames what checkpoints call their tensors: 'regex=>replacement', in the order given", repeated(String))
      .option('-o, --option <name=value>', 'of the data set: size (224), fit, cap, …', repeated(String))
      .option(
        '--normalize <how>',
        'as the networks were trained: imagenet, none (0 to 1), data (the images\' own) or \'{ "mean": […], "std": […] }\'',
        'imagenet',
      )
      .option('--analyses <names>', 'separated by commas (default: all that train nothing)')
      .option('--name <name>', 'of the study and of its report (default: the network and a hash of what is compared)', wordOption)
      .option('--write-study <file>', 'keep the study file, to change it and run it again')
      .option(...STORE_OPTION)
      .option('--out <file>', 'where to write the report (default: <store>/reports/<name>/report.html)')
      .addOption(workersOption())
      .addOption(threadsOption())
      .addOption(providerOption())
      .option(...JSON_OPTION),
    async (output, options: Options) => {
      const { store, writeStudy, data, train, source, map = [], analyses } = options;
      const network = comparedNetwork(options.network);
      const comparison = {
        network,
        data,
        train,
        source,
        options: options.option ?? [],
        normalize: options.normalize === 'data' ? undefined : parseValue(options.normalize, 'compare: --normalize'),
        checkpoints: byRole(options.checkpoint),
        map,
        analyses: analyses === undefined ? null : analyses.split(',').map((each) => each.trim()),
      };
      const name = options.name ?? (await comparedName(comparison));
      const to = writeStudy ?? resolve(store, 'reports', name, 'study.yaml');
      const text = await comparedStudy({ ...comparison, name }, writeStudy === undefined ? null : dirname(writeStudy));
      // nothing is written before it is known to be right
      const open = async () => {
        const opened = await openCompared(text, to);
        await writeWhole(to, text);
        output.detail(`study file: ${to}`);
        return opened;
      };
      const without = (others: readonly string[]) => `--analyses ${others.join(',')}`;
      return runStudy(to, { ...options, open, without, resume: 'the same command' }, output);
    },
  );

function wordOption(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) return text;
  throw new InvalidArgumentError(`name: must be letters, digits, ".", "_" or "-", got ${text}`);
}
