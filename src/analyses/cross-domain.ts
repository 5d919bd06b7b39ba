import { integerOption, oneOf } from '../tensor/options.js';
import type { Params } from '../tensor/params.js';
import { mix, replace } from '../tensor/params.js';
import type { Analysis, End, Ground, Sweep, SweepRun, Tables, Training } from './analysis.js';
import { ENDS } from './analysis.js';
import type { VerdictOptions } from './barrier.js';
import { grid, ONE_BASIN, oneBasinOption } from './barrier.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import { pathRows } from './path-rows.js';
import type { Judged } from './outcomes.js';
import { ofRole, trainedRoles } from './pairs.js';
import { inPieces, joined } from './pieces.js';
import type { CrossBarrierRow, CrossPathRow } from './rows.js';
import { fixedImages, openFreshSurface } from './surface.js';

export interface CrossDomainOptions extends VerdictOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Equidistant λ on [0, 1], both ends included. */
  readonly points: number;
  readonly split: 'test' | 'train';
  /** Images, drawn once by the subject's seed, the same everywhere; null: all. */
  readonly samples: number | null;
  /** Resamples of the paired bootstrap over images. */
  readonly resamples: number;
}

/**
 * The body's way from a run on this target to a run of the same role on another target, judged on this target's images with the first run's
 * head: do fine-tunes of one P for different targets share a basin? Heads stay each target's own; the other target's step looks at the way
 * back. Throws where the two bodies differ in shape.
 */
export const crossDomain: Analysis<CrossDomainOptions> = {
  name: 'cross-domain',
  version: 3,
  options: { at: 'final', points: 11, split: 'test', samples: 256, oneBasin: ONE_BASIN, resamples: DEFAULT_RESAMPLES },
  check({ at, points, split, samples, oneBasin, resamples }) {
    oneOf('cross-domain: at', at, ENDS);
    integerOption('cross-domain: points', points, 2);
    oneOf('cross-domain: split', split, ['test', 'train']);
    if (samples !== null) integerOption('cross-domain: samples', samples, 1);
    oneBasinOption('cross-domain', oneBasin);
    integerOption('cross-domain: resamples', resamples, 1);
  },
  sweep: ({ target, targets, arms, loaded = [] }: Ground): Sweep => ({
    trainings: targets
      .filter((other) => other !== target)
      .flatMap((other) =>
        arms.flatMap(({ role, seeds }) =>
          seeds.map((each): Training => {
            const number = each.init === each.order ? each.init : `${each.init}-${each.order}`;
            return { name: `${role}.${number} on ${other}`, role, seeds: each, on: other, variant: { on: other } };
          }),
        ),
      ),
    borrowed: loaded
      .filter(({ on }) => on !== target)
      .map(({ role, on, number }) => ({ name: `${role}.${number} on ${on}`, role, on, number, variant: { on } })),
  }),
  async run(subject, options): Promise<Tables> {
    crossDomain.check!(options);
    const tables = { paths: [] as CrossPathRow[], barriers: [] as CrossBarrierRow[] };
    const { at, split, samples, oneBasin, resamples } = options;
    const others: readonly SweepRun[] = subject.sweep ?? [];
    const pairs = trainedRoles(subject.runs).flatMap((role) =>
      ofRole(subject.runs, role).flatMap((a) => others.filter((b) => b.role === role).map((b) => ({ a, b, pair: `${role} & ${role}` }))),
    );
    if (pairs.length === 0) return tables;
    const head = new Set(subject.network(pairs[0]!.a, { batch: 1 }).modules.at(-1)!.parameters);
    const surface = await openFreshSurface(subject, pairs[0]!.a, fixedImages(subject, 'cross-domain', split, samples));
    const lambdas = grid(options.points, null);
    const work = async (k: number, progress: (share: number) => void): Promise<typeof tables> => {
      const { a, b, pair } = pairs[k]!;
      const other = String(b.variant['on']);
      const names = { target: subject.target, batchNorm: surface.batchNorm, other, a: a.name, b: b.name, pair, at };
      const start = await a.checkpoint(at);
      const end: Params = replace(start, await b.checkpoint(at), (name) => !head.has(name));
      const path: Judged[] = [];
      for (const lambda of lambdas) {
        path.push(await surface.at(mix(start, end, lambda), `λ = ${lambda} from ${a.name} to the body of ${b.name}`));
        progress(path.length / lambdas.length);
      }
      const rows = pathRows(lambdas, path, split, { oneBasin, resamples, key: [subject.seed, 'cross-domain', split] });
      return { paths: rows.paths.map((row) => ({ ...names, ...row })), barriers: rows.barriers.map((row) => ({ ...names, ...row })) };
    };
    try {
      return joined(tables, await inPieces(subject, pairs.length, work));
    } finally {
      await surface.release();
    }
  },
};
