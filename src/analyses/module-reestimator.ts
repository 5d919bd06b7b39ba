import type { BatchNorm } from '../onnx/edits/batch-statistics.js';
import { batchStatistic } from '../onnx/edits/batch-statistics.js';
import { dependents } from '../onnx/edits/hoist.js';
import { updateRunningStatistics } from '../runtime/running-statistics.js';
import type { Prepared, StagedSession } from '../runtime/staged.js';
import { planStaged } from '../runtime/staged.js';
import type { Params } from '../tensor/params.js';
import { select } from '../tensor/params.js';
import type { FloatTensor } from '../tensor/tensor.js';
import type { Run, Subject } from './analysis.js';
import type { ModuleGroup } from './module-groups.js';
import type { TrainingForm } from './reestimate.js';
import { openReestimator, openTrainingForm } from './reestimate.js';

/** Activations of the training images that are kept; where they take more, every variant goes through the whole network. */
const ROOM = 256 * 2 ** 20;

/** Takes running statistics anew for parameter sets that differ from a base in one group of modules: as `Reestimator`, but reusing what does not change. */
export interface ModuleReestimator {
  /** Makes a base of these parameters, and returns them with statistics that fit. */
  rebase(params: Params): Promise<Params>;
  /** The statistics that change when the group's parameters are replaced in the base. */
  reestimate(group: ModuleGroup, variant: Params): Promise<Params>;
  release(): Promise<void>;
}

/** null: the network of `run` has no BatchNorm. `images`: training images, the same for all parameters. */
export async function openModuleReestimator(
  subject: Subject,
  run: Run,
  groups: readonly ModuleGroup[],
  { images, room = ROOM }: { readonly images: number; readonly room?: number },
): Promise<ModuleReestimator | null> {
  const form = await openTrainingForm(subject, run, images);
  if (!form) return null;
  const reach = new Map(groups.map((group) => [group, normsAfter(form, group)]));
  const stages = groups.filter((group) => reach.get(group)!.length > 0);
  const plan = await planStaged(
    form.graph,
    stages.map(({ parameters }) => parameters),
    { threads: subject.threads },
  );
  if (plan.bytes * form.count <= room) return staged(await plan.open(), form, { stages, reach });
  const whole = (await openReestimator(subject, run, { images }))!;
  let base: Params;
  return {
    async rebase(params) {
      base = await whole.reestimate(params);
      return base;
    },
    async reestimate(group, variant) {
      const changing = new Set(reach.get(group)!.flatMap(({ mean, variance }) => [mean, variance]));
      if (changing.size === 0) return new Map();
      return select(await whole.reestimate(new Map([...base, ...variant])), (name) => changing.has(name));
    },
    release: () => whole.release(),
  };
}

/** BatchNorms that see other images when the group changes. */
function normsAfter({ graph, norms }: TrainingForm, { parameters }: ModuleGroup): readonly BatchNorm[] {
  const varies = dependents(graph, parameters);
  return norms.filter(({ mean }) => varies.has(batchStatistic(mean)));
}

interface Stages {
  /** Groups that reach a BatchNorm, in the session's order. */
  readonly stages: readonly ModuleGroup[];
  readonly reach: ReadonlyMap<ModuleGroup, readonly BatchNorm[]>;
}

function staged(session: StagedSession, form: TrainingForm, { stages, reach }: Stages): ModuleReestimator {
  let prepared: Prepared[] = [];
  let base: Params = new Map();
  return {
    async rebase(params) {
      prepared = [];
      const fresh = form.blank(params);
      for await (const images of form.batches()) {
        prepared.push(await session.prepare(params, images, prepared[0]));
        updateRunningStatistics(fresh, form.norms, prepared.at(-1)!.outputs, 1 / prepared.length);
      }
      base = fresh;
      return base;
    },
    async reestimate(group, variant) {
      const norms = reach.get(group)!;
      const names = norms.flatMap(({ mean, variance }) => [mean, variance]);
      const fresh: Params = form.blank(new Map(names.map((name): [string, FloatTensor] => [name, base.get(name)!])));
      if (norms.length === 0) return fresh;
      for (const [k, batch] of prepared.entries())
        updateRunningStatistics(fresh, norms, await session.run(stages.indexOf(group), batch, variant), 1 / (k + 1));
      return fresh;
    },
    release: () => session.release(),
  };
}
