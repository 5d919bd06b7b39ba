import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, oneOf, show } from '../tensor/options.js';
import { sizeOf } from '../tensor/tensor.js';
import { ABSENT, Absent, absentTable, isWhollyAbsent } from './absent.js';
import type { Analysis, End, Subject, SweepRun, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { Choice, FreezingRule } from './freezing-choice.js';
import { chooseFrozen } from './freezing-choice.js';
import { judge } from './outcomes.js';
import { averageOf, boundedOf, differenceOf } from './over-images.js';
import { ofRole } from './pairs.js';
import { predict } from './predict.js';
import type { CkaRow, FreezingChoiceRow, FreezingVerifiedRow, RewindRow } from './rows.js';
import { runName } from './run-name.js';

export interface FreezingOptions extends FreezingRule {
  /** Fine-tune once more, a run a P-T seed, with the chosen modules frozen. */
  readonly verify: boolean;
  /** Which checkpoint of the runs is compared. */
  readonly at: End;
  /** Resamples of the paired bootstrap over test images. */
  readonly resamples: number;
}

/**
 * Which modules fine-tuning may leave as they are in P (ours): those that can be set back to P after training without harm (rewind) and still
 * compute what they did there (cka). With `verify` P-T is trained once more with all of them frozen, and compared with P-T of the same seeds.
 */
export const freezing: Analysis<FreezingOptions> = {
  name: 'freezing',
  version: 2,
  reads: ['rewind', 'cka'],
  options: { margin: 0.02, similarity: 0.8, verify: false, at: 'final', resamples: DEFAULT_RESAMPLES },
  check({ margin, similarity, verify, at, resamples }) {
    numberOption('freezing: margin', margin, 0, 1);
    numberOption('freezing: similarity', similarity, -1, 1);
    if (typeof verify !== 'boolean') throw new InputError(`freezing: verify must be true or false, got ${show(verify)}`);
    oneOf('freezing: at', at, ENDS);
    integerOption('freezing: resamples', resamples, 1);
  },
  sweep({ arms }, { margin, similarity, verify }) {
    const seeds = arms.find(({ role }) => role === 'P-T')?.seeds ?? [];
    if (!verify) return { trainings: [] };
    const trainings = seeds.map((each) => {
      const of = runName('P-T', each);
      return { name: `${of}, frozen`, role: 'P-T' as const, seeds: each, freeze: { margin, similarity }, variant: { of } };
    });
    return { trainings };
  },
  async run(subject, options): Promise<Tables> {
    freezing.check!(options);
    const { rewind, cka } = subject.results ?? {};
    const rows = <T>(tables: Tables | undefined, name: string) => (tables?.[name] ?? []) as unknown as readonly T[];
    const unread = Object.entries(subject.results ?? {}).find(([, tables]) => isWhollyAbsent(tables));
    if (unread) throw new Absent('freezing', `it reads ${unread[0]}, which is absent: ${String(unread[1][ABSENT]![0]!['reason'])}`);
    const chosen = chooseFrozen(rows<RewindRow>(rewind, 'modules'), rows<CkaRow>(cka, 'similarities'), options);
    const weights = weightsOf(subject);
    const choice = chosen.map((each): FreezingChoiceRow => {
      return { target: subject.target, at: options.at, ...each, weights: weights.get(each.module) ?? 0 };
    });
    const verified = await verifiedRows(subject, chosen, weights, options);
    subject.progress(1);
    const unverified = options.verify && (subject.sweep ?? []).length === 0;
    const missing = unverified ? [{ what: 'verification', reason: 'P-T was trained elsewhere: there is no recipe to train it with' }] : [];
    return { choice, verified, ...absentTable(subject, missing) };
  },
};

/** Weights of each module. */
function weightsOf(subject: Subject): ReadonlyMap<string, number> {
  const [run] = ofRole(subject.runs, 'P-T');
  if (!run) return new Map();
  const { modules, graph } = subject.network(run, { batch: 1 });
  const sizes = new Map(graph.inputs.map(({ name, dims }) => [name, sizeOf(dims)]));
  return new Map(modules.map(({ name, parameters }) => [name, parameters.reduce((sum, each) => sum + sizes.get(each)!, 0)]));
}

/** One row, or none: nothing was trained, or nothing was chosen. */
async function verifiedRows(
  subject: Subject,
  chosen: readonly Choice[],
  weights: ReadonlyMap<string, number>,
  { at, resamples }: FreezingOptions,
): Promise<FreezingVerifiedRow[]> {
  const pairs = (subject.sweep ?? []).flatMap((run: SweepRun) => {
    const twin = subject.runs.find(({ name }) => name === run.variant['of']);
    return twin ? [{ run, twin }] : [];
  });
  const modules = chosen.filter(({ frozen }) => frozen).map(({ module }) => module);
  if (pairs.length === 0 || modules.length === 0) return [];
  const levelOf = async (runs: readonly (typeof pairs)[number]['twin'][]) => {
    const found = await predict(
      subject,
      runs.map((run) => ({ run, at })),
      'test',
    );
    return averageOf(found.map((each, i) => judge(each, `${runs[i]!.name}, ${at}`).accuracy));
  };
  const [full, frozen] = [await levelOf(pairs.map(({ twin }) => twin)), await levelOf(pairs.map(({ run }) => run))];
  const [difference] = boundedOf([differenceOf(frozen, full)], { resamples, key: [subject.seed, 'freezing'] });
  const total = [...weights.values()].reduce((sum, each) => sum + each, 0);
  const share = modules.reduce((sum, module) => sum + weights.get(module)!, 0) / total;
  return [
    {
      target: subject.target,
      at,
      modules: modules.join(', '),
      share,
      n: full.n,
      runs: pairs.length,
      full: full.of(null),
      frozen: frozen.of(null),
      difference: difference!.value,
      low: difference!.low,
      high: difference!.high,
    },
  ];
}
