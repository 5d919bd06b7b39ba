import type { Split } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption, oneOf, show } from '../tensor/options.js';
import { select } from '../tensor/params.js';
import type { Params } from '../tensor/params.js';
import { absentTable } from './absent.js';
import type { Analysis, End, Run, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { ModuleEvaluator } from './module-evaluator.js';
import { openModuleEvaluator } from './module-evaluator.js';
import type { ModuleGroup } from './module-groups.js';
import { groupsOf, patternOption } from './module-groups.js';
import type { ModuleReestimator } from './module-reestimator.js';
import { openModuleReestimator } from './module-reestimator.js';
import type { Judged } from './outcomes.js';
import { judge } from './outcomes.js';
import { trained } from './pairs.js';
import { epochOf } from './predict.js';
import { mustReproduce } from './recorded.js';
import type { BatchNormForm } from './reestimate.js';
import { canReestimate, missingStatistics, normalizes, REESTIMATION_IMAGES } from './reestimate.js';
import type { Rewound } from './rewind-rows.js';
import { contrastRows, moduleRows, roleRows } from './rewind-rows.js';
import { groupsWithStart, unknownStarts, withStart } from './starts.js';
import { fixedImages } from './surface.js';

export interface RewindOptions {
  /** Which checkpoint the modules are rewound from. */
  readonly at: End;
  /** Epochs they are rewound to; 'saved': every one that was kept. */
  readonly to: readonly number[] | 'saved';
  /** null: every module by itself; a regular expression regroups them by the text it finds in their names. */
  readonly modules: string | null;
  readonly split: 'test' | 'train';
  /** Images of the split, drawn once by the subject's seed; null: all. */
  readonly samples: number | null;
  /** Training images over which BatchNorms' statistics are taken anew for every rewound network; nothing for networks without BatchNorm. */
  readonly batchNormImages: number;
  /** Resamples of the paired bootstrap over images. */
  readonly resamples: number;
}

/**
 * Accuracy and loss with one module set back to an earlier epoch, all others as trained (Zhang, Bengio, Singer, 1902.01996; Chatterji et al.,
 * 1912.00528). Epoch 0 is what the run started from: for P-T the body of P under the fresh head. With BatchNorm everything is computed with
 * running statistics that fit the rewound network (re-estimated), the network as it was trained too; and, in a table of its own, with those
 * on record (raw), where a module brings its own back. Intervals: percentile bootstrap over images, the same resamples for everything.
 */
export const rewind: Analysis<RewindOptions> = {
  name: 'rewind',
  version: 2,
  options: {
    at: 'final',
    to: [0],
    modules: null,
    split: 'test',
    samples: null,
    batchNormImages: REESTIMATION_IMAGES,
    resamples: DEFAULT_RESAMPLES,
  },
  check({ at, to, modules, split, samples, batchNormImages, resamples }) {
    oneOf('rewind: at', at, ENDS);
    if (to !== 'saved') {
      if (!Array.isArray(to) || to.length === 0 || new Set(to).size < to.length) {
        throw new InputError(`rewind: to must be saved or a list of different epochs, got ${show(to)}`);
      }
      for (const epoch of to as readonly unknown[]) integerOption('rewind: to', epoch, 0);
    }
    patternOption('rewind: modules', modules);
    oneOf('rewind: split', split, ['test', 'train']);
    if (samples !== null) integerOption('rewind: samples', samples, 1);
    integerOption('rewind: batchNormImages', batchNormImages, 2);
    integerOption('rewind: resamples', resamples, 1);
  },
  checkpoints: ({ to }) => (to === 'saved' ? [] : to).map((epoch) => ({ option: 'to', written: epoch, run: null, at: epoch })),
  async run(subject, options): Promise<Tables> {
    rewind.check!(options);
    const all = trained(subject.runs);
    if (all.length === 0) return { modules: [], roles: [], contrasts: [] };
    const runs = withStart('rewind', all);
    const images = fixedImages(subject, 'rewind', options.split, options.samples);
    const groups = groupsWithStart('rewind', runs, groupsOf(subject.network(runs[0]!, { batch: 1 }).modules, options.modules));
    const fresh = canReestimate(subject)
      ? await openModuleReestimator(subject, runs[0]!, groups, { images: options.batchNormImages })
      : null;
    const evaluator = await openModuleEvaluator(subject, runs[0]!, images, groups);
    const forms: readonly BatchNormForm[] = fresh ? ['raw', 're-estimated'] : [normalizes(subject, runs[0]!) ? 'raw' : 'none'];
    const rewound = new Map<BatchNormForm, Rewound[]>(forms.map((form) => [form, []]));
    let done = 0;
    try {
      for (const run of runs) {
        for (const form of forms) {
          const tell = (share: number) => subject.progress((0.95 * (done + share)) / (runs.length * forms.length));
          const setting = { evaluator, groups, images, options, fresh: form === 're-estimated' ? fresh : null, form };
          rewound.get(form)!.push(...(await rewindRun(run, setting, tell)));
          done++;
        }
      }
    } finally {
      await evaluator.release();
      await fresh?.release();
    }
    const resampling: Resampling = { resamples: options.resamples, key: [subject.seed, 'rewind', options.split] };
    const names = { target: subject.target, at: options.at };
    const rowsOf = (all: readonly Rewound[]) => moduleRows(all, resampling).map((row) => ({ ...names, split: options.split, ...row }));
    const fitting = rewound.get(forms.at(-1)!)!;
    const tables = {
      modules: rowsOf(fitting),
      ...(fresh ? { raw: rowsOf(rewound.get('raw')!) } : {}),
      roles: roleRows(fitting, resampling).map((row) => ({ ...names, ...row })),
      contrasts: contrastRows(fitting, resampling).map((row) => ({ ...names, ...row })),
      ...absentTable(subject, [...unknownStarts(all), ...missingStatistics(subject, all[0]!)]),
    };
    subject.progress(1);
    return tables;
  },
};

interface Setting {
  readonly evaluator: ModuleEvaluator;
  readonly groups: readonly ModuleGroup[];
  readonly images: Split;
  readonly options: RewindOptions;
  readonly form: BatchNormForm;
  /** null: running statistics stay as they are. */
  readonly fresh: ModuleReestimator | null;
}

/** Every module of a run at every epoch asked for. */
async function rewindRun(
  run: Run,
  { evaluator, groups, images, options, form, fresh }: Setting,
  progress: (share: number) => void,
): Promise<Rewound[]> {
  const { at, to } = options;
  const end = await run.checkpoint(at);
  const base = fresh ? await fresh.rebase(end) : end;
  const epochs = to === 'saved' ? run.saved.filter((epoch) => epoch !== epochOf(run, at)) : to;
  const size = images.ids.length * evaluator.classes;
  const logits = new Map(groups.map((group) => [group, epochs.map(() => new Float32Array(size))]));
  const moved = new Map(groups.map((group) => [group, epochs.map(() => false)]));
  const statistics = new Map(groups.map((group) => [group, [] as Params[]]));
  const own = await evaluator.sweep(base, {
    variants(group) {
      const names = form === 'raw' ? [...group.parameters, ...group.buffers] : group.parameters;
      return {
        count: epochs.length,
        async at(i) {
          const start = select(await run.checkpoint(epochs[i]!), (name) => names.includes(name));
          if (names.every((name) => sameValues(start, end, name))) return null;
          moved.get(group)![i] = true;
          if (!fresh) return start;
          const kept = statistics.get(group)!;
          kept[i] ??= await fresh.reestimate(group, start);
          return new Map([...start, ...kept[i]]);
        },
      };
    },
    found: (group, i, rows, first) => logits.get(group)![i]!.set(rows, first * evaluator.classes),
    progress,
  });
  const come = (values: Float32Array, who: string): Judged =>
    judge({ ...images, logits: values, classes: evaluator.classes }, `${run.name}, ${who}`);
  const whole = come(own, at);
  if (!fresh && options.split === 'test' && options.samples === null) mustReproduce('rewind', run, at, whole);
  return groups.flatMap((group) =>
    epochs.map((epoch, i): Rewound => {
      const changed = moved.get(group)![i]!;
      const found = changed ? come(logits.get(group)![i]!, `${group.name} at epoch ${epoch}`) : whole;
      return { run, to: epoch, group, moved: changed, whole, found };
    }),
  );
}

function sameValues(a: Params, b: Params, name: string): boolean {
  const [x, y] = [a.get(name)!.data, b.get(name)!.data];
  return x.every((value, i) => value === y[i]);
}
