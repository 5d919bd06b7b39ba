import type { Role, Run } from './analysis.js';
import { trainedRoles } from './pairs.js';
import type { Resampling } from './bootstrap.js';
import type { ModuleGroup } from './module-groups.js';
import type { Judged } from './outcomes.js';
import type { Bounded, OverImages } from './over-images.js';
import { averageOf, boundedOf, differenceOf, meanOver } from './over-images.js';
import type { RewindContrastRow, RewindRoleRow, RewindRow } from './rows.js';

/** One module of one run set back. */
export interface Rewound {
  readonly run: Pick<Run, 'name' | 'role' | 'seed'>;
  /** Epoch it is set back to. */
  readonly to: number;
  readonly group: ModuleGroup;
  /** Training changed it since. */
  readonly moved: boolean;
  /** The network as trained, and with the module set back, on the same images. */
  readonly whole: Pick<Judged, 'accuracy' | 'loss'>;
  readonly found: Pick<Judged, 'accuracy' | 'loss'>;
}

const dropOf = ({ whole, found }: Rewound): OverImages => differenceOf(whole.accuracy, found.accuracy);

export function moduleRows(all: readonly Rewound[], resampling: Resampling): Omit<RewindRow, 'target' | 'at' | 'split'>[] {
  const found = boundedOf(
    all.flatMap((each) => {
      const [loss, whole] = [meanOver(each.found.loss), meanOver(each.whole.loss)];
      return [each.found.accuracy, dropOf(each), loss, differenceOf(loss, whole)];
    }),
    resampling,
  );
  return all.map(({ run, to, group, moved, whole }, k) => {
    const [accuracy, drop, loss, rise] = found.slice(4 * k, 4 * k + 4) as [Bounded, Bounded, Bounded, Bounded];
    return {
      run: run.name,
      role: run.role,
      seed: run.seed,
      to,
      module: group.name,
      depth: group.depth,
      head: group.head,
      moved,
      n: whole.accuracy.n,
      accuracy: accuracy.value,
      low: accuracy.low,
      high: accuracy.high,
      drop: drop.value,
      dropLow: drop.low,
      dropHigh: drop.high,
      loss: loss.value,
      rise: rise.value,
      riseLow: rise.low,
      riseHigh: rise.high,
    };
  });
}

/** Epochs that all runs of these were set back to, ascending. */
function sharedEpochs(all: readonly Rewound[]): number[] {
  const runs = new Set(all.map(({ run }) => run.name)).size;
  const epochs = [...new Set(all.map(({ to }) => to))].sort((a, b) => a - b);
  return epochs.filter((epoch) => new Set(all.filter(({ to }) => to === epoch).map(({ run }) => run.name)).size === runs);
}

/** The body's modules in halves, from input to output; of an odd number the middle one belongs to neither. */
function halves(depths: readonly number[]): { readonly early: readonly number[]; readonly late: readonly number[] } {
  const half = Math.floor(depths.length / 2);
  return { early: depths.slice(0, half), late: half === 0 ? [] : depths.slice(-half) };
}

/** Mean drop of a role's body, and by how much it is larger in the later half than in the earlier. */
export function roleRows(all: readonly Rewound[], resampling: Resampling): Omit<RewindRoleRow, 'target' | 'at'>[] {
  return trainedRoles(all.map(({ run }) => run)).flatMap((role) => {
    const own = all.filter(({ run }) => run.role === role);
    return sharedEpochs(own).flatMap((to) => {
      const body = own.filter((each) => each.to === to && !each.group.head);
      if (body.length === 0) return [];
      const depths = [...new Set(body.map(({ group }) => group.depth))];
      const { early, late } = halves(depths);
      const dropAt = (wanted: readonly number[]) => averageOf(body.filter(({ group }) => wanted.includes(group.depth)).map(dropOf));
      const columns = [dropAt(depths), ...(early.length > 0 ? [differenceOf(dropAt(late), dropAt(early))] : [])];
      const [drop, growth] = boundedOf(columns, resampling);
      return [
        {
          role,
          to,
          runs: new Set(body.map(({ run }) => run.name)).size,
          modules: depths.length,
          n: columns[0]!.n,
          drop: drop!.value,
          low: drop!.low,
          high: drop!.high,
          growth: growth?.value ?? null,
          growthLow: growth?.low ?? null,
          growthHigh: growth?.high ?? null,
        },
      ];
    });
  });
}

/** Drop of P-T minus that of RI-T, each a mean over runs: of the body as a whole (module '') and of every module. */
export function contrastRows(all: readonly Rewound[], resampling: Resampling): Omit<RewindContrastRow, 'target' | 'at'>[] {
  const ofRole = (role: Role, from = all) => from.filter(({ run }) => run.role === role);
  const compared = [...ofRole('P-T'), ...ofRole('RI-T')];
  if (ofRole('P-T').length === 0 || ofRole('RI-T').length === 0) return [];
  return sharedEpochs(compared).flatMap((to) => {
    const here = compared.filter((each) => each.to === to);
    const groups = [...new Map(here.map(({ group }) => [group.name, group])).values()];
    const body = groups.filter(({ head }) => !head);
    const scopes = [
      ...(body.length > 0 ? [{ module: '', depth: -1, members: body }] : []),
      ...groups.map((group) => ({ module: group.name, depth: group.depth, members: [group] })),
    ];
    return scopes.map(({ module, depth, members }) => {
      const inside = here.filter(({ group }) => members.some(({ name }) => name === group.name));
      const [p, r] = [averageOf(ofRole('P-T', inside).map(dropOf)), averageOf(ofRole('RI-T', inside).map(dropOf))];
      const [apart] = boundedOf([differenceOf(p, r)], resampling);
      const runs = new Set(inside.map(({ run }) => run.name)).size;
      return {
        to,
        module,
        depth,
        pretrained: p.of(null),
        random: r.of(null),
        difference: apart!.value,
        low: apart!.low,
        high: apart!.high,
        n: p.n,
        runs,
      };
    });
  });
}
