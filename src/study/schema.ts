import * as z from 'zod';
import { analyses } from '../analyses/registry.js';
import { datasetOptions } from '../data/datasets.js';
import { architectures } from '../models/networks.js';
import { LOSSES, OPTIMIZERS } from '../train/recipe.js';

// One source for the types of a study file, its errors and its JSON Schema (`schema/study.schema.json`).

const names = (known: readonly string[]) => z.enum(known as [string, ...string[]]);
const count = z.int().min(1);
const share = z.number().min(0).max(1);
const decay = z.number().min(0).lt(1);
const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'must be letters, digits, ".", "_" or "-", and begin with one of the first two' });
/** Runs are called role.number. */
const role = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, { error: 'must be letters, digits, "_" or "-", and begin with one of the first two' });
const pattern = z.string().refine(isPattern, { error: 'must be a regular expression' });

const warmup = share.optional().describe('share of all steps with a rising rate');
const schedule = z
  .union([
    z.enum(['constant', 'cosine']),
    z.strictObject({ name: z.literal('constant'), warmup }),
    z.strictObject({ name: z.literal('cosine'), warmup }),
    z.strictObject({
      name: z.literal('multi-step'),
      warmup,
      drops: z.array(z.int().min(0)).describe('epochs after which the rate drops'),
      factor: z.number().positive().optional().describe('what each drop multiplies the rate with (0.1)'),
    }),
  ])
  .describe('the rate as a function of the step');

const recipe = z
  .strictObject({
    epochs: count,
    batch: count.describe('images a step'),
    rate: z.number().positive().describe('base learning rate'),
    schedule,
    optimizer: z.enum(OPTIMIZERS).describe('as PyTorch computes it'),
    momentum: share.describe('of sgd'),
    nesterov: z.boolean().describe('of sgd'),
    betas: z.tuple([decay, decay]).describe('of adamw: how slowly the averages of gradients and of their squares follow'),
    eps: z.number().positive().describe('of adamw'),
    weightDecay: z.number().min(0).describe('sgd: L2 penalty on every parameter; adamw: decoupled decay of every parameter'),
    noDecay: z.array(pattern).describe('parameters without weight decay, by regular expression'),
    clip: z.number().positive().nullable().describe('largest norm of the whole gradient; null: no clipping'),
    multipliers: z
      .array(z.strictObject({ pattern, factor: z.number().min(0) }))
      .describe("rate multipliers by a regular expression on the parameter's name; the first that matches counts"),
    layerDecay: z
      .number()
      .positive()
      .max(1)
      .describe("every module's rate is this much of the next one's towards the head; 1: all the same"),
    frozen: z.array(pattern).describe('parameters that stay as they are, by regular expression'),
    batchNorm: z
      .enum(['train', 'frozen'])
      .describe("BatchNorms: train (default) with their batch's statistics, which the running ones follow; frozen: with the running ones"),
    mixup: z.number().min(0).describe("mixup's α; 0: none"),
    loss: z.enum(LOSSES),
    augment: z.array(z.record(z.string(), z.unknown())).describe('transforms of training images, like { flip: true }'),
    checkpoints: z
      .union([z.array(z.int().min(0)), z.strictObject({ every: count })])
      .describe('epochs after which a checkpoint is kept, besides 0, best and final: a list, or { every: k }'),
  })
  .partial();

const seed = z.union([z.int().min(0), z.strictObject({ init: z.int().min(0), order: z.int().min(0) })]);
const seeds = z.array(seed).min(1).describe('one run each; { init, order } seeds parameters and data order apart');

const file = z.string().min(1);
const map = z.array(z.string()).describe("renamings of the checkpoint's names: 'regex=>replacement'");
const epochs = z
  .record(z.string().regex(/^\d+$/, { error: 'must be the number of an epoch' }), file)
  .describe('checkpoints after earlier epochs; 0: where it started');
const loadedRun = z.union([file, z.strictObject({ from: file, map: map.optional(), epochs: epochs.optional() })]);
const loadedRuns = z.array(loadedRun).min(1);
const checkpoints = z
  .union([loadedRuns, z.record(word, loadedRuns)])
  .describe(
    'runs that were trained elsewhere, each a checkpoint (a path, or hf:owner/name@revision#file) or { from, map, epochs }; of several targets by their names',
  );

const options = z.record(z.string(), z.unknown()).nullable();
const analysis = names(Object.keys(analyses));

export const studySchema = z
  .strictObject({
    carryover: z.literal(1).describe('version of this form'),
    name: word.describe('what the study is called'),
    title: z.string().min(1).optional().describe('heading of the report (the name)'),
    compare: z.literal('paper').optional().describe("put the paper's findings beside this study's in the report"),
    network: z.looseObject({ architecture: names([...architectures.keys()]) }).describe('an architecture and its options'),
    data: z
      .record(word, z.looseObject({ dataset: names(Object.keys(datasetOptions)) }))
      .describe('data sets by a name of your own; each a kind of data set and its options'),
    recipe: recipe.optional().describe('how to train, for all trainings below'),
    pretrain: z
      .strictObject({
        on: z
          .string()
          .optional()
          .describe('the source, by its name in data: what P is trained on here, or was trained on elsewhere (from)'),
        seed: seed.optional(),
        recipe: recipe.optional(),
        from: file.optional().describe('trained elsewhere: a checkpoint (a path, or hf:owner/name@revision#file)'),
        map: map.optional(),
        epochs: epochs.optional(),
      })
      .optional()
      .describe('P: the network that is fine-tuned'),
    initial: z
      .strictObject({ from: file.describe('a checkpoint (a path, or hf:owner/name@revision#file)'), map: map.optional() })
      .optional()
      .describe('RI: random initialization from a file, where RI-T starts'),
    targets: z.array(z.string()).min(1).describe('what is trained on, by names in data'),
    arms: z
      .record(
        role,
        z
          .strictObject({
            seeds: seeds.optional(),
            from: z.enum(['best', 'final']).optional().describe('of P-T: checkpoint of P (final)'),
            recipe: recipe.optional(),
            checkpoints: checkpoints.optional(),
            map: map.optional(),
          })
          .describe('trained here (seeds), or elsewhere (checkpoints)'),
      )
      .describe(
        'runs on every target, by role: P-T (P with a fresh head, fine-tuned), RI-T (trained from random initialization), or of your own where they were trained elsewhere',
      ),
    analyses: z
      .union([z.array(z.union([analysis, z.partialRecord(analysis, options)])), z.partialRecord(analysis, options)])
      .optional()
      .describe('which analyses, with options; by default all that train no networks of their own'),
    seed: z.int().min(0).optional().describe('of bootstraps and draws (1)'),
    assume: z
      .strictObject({
        data: z
          .record(
            word,
            z.strictObject({
              train: count,
              val: z.int().min(0).optional(),
              test: z.int().min(0).optional(),
              classes: count,
            }),
          )
          .describe('images of data sets that are not here, by their names in data'),
      })
      .optional()
      .describe('what `carryover plan --assume` takes for granted; changes no result'),
  })
  .meta({ title: 'Carryover study' });

export type StudyInput = z.infer<typeof studySchema>;
export type RecipeInput = z.infer<typeof recipe>;
export type SeedInput = z.infer<typeof seed>;

/** For editors: the first line `# yaml-language-server: $schema=…` of a study names it. */
export const studyJsonSchema = (): Record<string, unknown> => z.toJSONSchema(studySchema, { io: 'input' });

export type Issue = z.core.$ZodIssue;
export type Checked = { readonly input: StudyInput } | { readonly issues: readonly Issue[] };

export function checkShape(value: unknown): Checked {
  const result = studySchema.safeParse(value);
  return result.success ? { input: result.data } : { issues: result.error.issues };
}

/** What is wrong with (a part of) a recipe. */
export const checkRecipe = (value: unknown): readonly Issue[] => recipe.safeParse(value).error?.issues ?? [];

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
